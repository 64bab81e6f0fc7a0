"""What a model is expected to be asked, as ``--ai-gen-mode=plan`` says it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_aigen.data import Expected, Report, Target
from pytest_aigen.reports.words import count, plain


def by_target(report: Report) -> dict[Target, str]:
    """For each target, what is expected for it; nothing where no model would be asked."""
    if report.forecast is None:
        return {}
    rows = {one.target: _row(one) for one in report.forecast.expected}
    return {target: rows.get(target, "not asked of a model") for target in report.targets}


def total(report: Report) -> Iterator[str]:
    """For all of them together, with who says what the model costs."""
    forecast = report.forecast
    if forecast is None:
        return
    paid = len(forecast.expected) - forecast.kept
    kept = f" ({forecast.kept:,} answered already)" if forecast.kept else ""
    yield f"{plain(forecast.model)} would be asked about {count(paid, 'target')}{kept}"
    yield f"  expected: {_amounts(forecast.prompt_tokens, forecast.reply_tokens, forecast.cost)}"
    if report.price is not None:
        yield f"  price: {plain(report.price.source)}"
    else:
        yield "  price: give --ai-gen-price, or pip install pytest-aigen[prices]"


def _row(one: Expected) -> str:
    if one.kept:
        return "its reply is kept from an earlier run: nothing to pay"
    return f"expected: {_amounts(one.prompt_tokens, one.reply_tokens, one.cost)}"


def _amounts(prompt_tokens: int, reply_tokens: int, cost: float | None) -> str:
    price = "price unknown" if cost is None else f"${cost:.4f}" if cost < 1 else f"${cost:,.2f}"
    return f"{prompt_tokens:,} prompt + {reply_tokens:,} reply tokens, {price}"
