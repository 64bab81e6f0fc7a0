"""What a run is expected to ask a model, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Coverage, Expected, Forecast, Gap, Price, Rates, Report, Target
from pytest_aigen.errors import ConfigError
from pytest_aigen.forecast import (
    REPLY,
    REPLY_LINE,
    ROUNDS,
    SAID,
    UNASKED,
    First,
    approved,
    of_targets,
    ordered,
)
from pytest_aigen.settings import Settings

PRICE = Price(Rates(2.0, 10.0, 1.0), "a test", ((4000, Rates(4.0, 20.0, 2.0)),))
TEN_LINES = REPLY + 10 * REPLY_LINE


def target(name: str, lines: int, first: int = 1) -> Target:
    gap = Gap(Path("/p/shop.py"), name, first, first + 9, frozenset(range(first, first + lines)))
    return Target(gap, "shop", Path("/p/test_shop.py"))


def first(prompt: int, most: int = 4096) -> First:
    return First(target("price", 3), prompt, most, "key")


@pytest.mark.parametrize(
    ("asked", "attempts", "price", "tokens", "cost"),
    [
        pytest.param(first(1000), 1, PRICE, (1000, TEN_LINES), (1000 * 2 + TEN_LINES * 10) / 1e6, id="one round"),
        pytest.param(first(1000, 100), 1, PRICE, (1000, 100), (1000 * 2 + 100 * 10) / 1e6, id="short replies"),
        pytest.param(first(1000), 1, None, (1000, TEN_LINES), None, id="unknown is not nothing"),
        pytest.param(
            first(1000), 3, None,
            (round(1000 + (ROUNDS - 1) * (1000 + TEN_LINES + SAID)), round(ROUNDS * TEN_LINES)), None,
            id="a further round brings the last reply and what pytest said",
        ),
        pytest.param(
            first(5000), 1, PRICE, (5000, TEN_LINES), (5000 * 4 + TEN_LINES * 20) / 1e6, id="the price of long prompts"
        ),
        pytest.param(
            first(3900), 2, PRICE,
            (round(3900 + (ROUNDS - 1) * (3900 + TEN_LINES + SAID)), round(ROUNDS * TEN_LINES)),
            (3900 * 2 + TEN_LINES * 10 + (ROUNDS - 1) * ((3900 + TEN_LINES + SAID) * 4 + TEN_LINES * 20)) / 1e6,
            id="long only in the second round",
        ),
    ],
)  # fmt: skip
def test_of_one_target(
    asked: First, attempts: int, price: Price | None, tokens: tuple[int, int], cost: float | None
) -> None:
    (found,) = of_targets(asked, attempts, price, kept=False)
    assert (found.prompt_tokens, found.reply_tokens) == tokens
    assert found.cost == (cost and pytest.approx(cost))


@pytest.mark.parametrize("price", [PRICE, None], ids=["known", "unknown"])
def test_what_was_answered_already_costs_nothing(price: Price | None) -> None:
    (found,) = of_targets(first(1000), 3, price, kept=True)
    assert (found.prompt_tokens, found.reply_tokens, found.cost) == (0, 0, 0.0)


def test_the_order_is_by_what_is_missing_for_each_token() -> None:
    cheap, dear, rich = target("cheap", 3), target("dear", 3), target("rich", 9)
    kept, alone, body = target("kept", 1), target("alone", 1), target("", 9)
    expected = {
        cheap: Expected(cheap, 900, 100, 0.1),
        dear: Expected(dear, 9000, 1000, 1.0),
        rich: Expected(rich, 1900, 100, 0.2),
        kept: Expected(kept, 0, 0, 0.0, kept=True),
        body: Expected(body, 100, 10, 0.1),
    }
    given = (body, dear, cheap, rich, kept, alone)
    assert ordered(given, expected) == (kept, alone, rich, cheap, dear, body)


def dear(cost: float | None, model: str = "openai:x") -> Report:
    nothing = Coverage({})
    forecast = Forecast(model, (Expected(target("price", 3), 1000, 100, cost),))
    return Report(Path("/p"), "write", nothing, nothing, forecast=forecast)


@pytest.mark.parametrize(
    ("report", "settings"),
    [
        pytest.param(dear(UNASKED), Settings(), id="cheap"),
        pytest.param(dear(None), Settings(), id="price unknown"),
        pytest.param(replace(dear(9.0), forecast=None), Settings(), id="no model"),
        pytest.param(dear(9.0, "replay:folder"), Settings(), id="recorded"),
        pytest.param(dear(9.0), Settings(max_requests=5), id="requests capped"),
        pytest.param(dear(9.0), Settings(max_tokens=5), id="tokens capped"),
        pytest.param(dear(9.0), Settings(max_cost=99.0), id="money capped"),
    ],
)
def test_what_nobody_is_asked_about(pytestconfig: pytest.Config, report: Report, settings: Settings) -> None:
    """Where somebody has to be, as in the next test, it raises: there is nobody."""
    approved(report, pytestconfig, settings)


def test_a_dear_run_without_a_cap_names_the_option(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ConfigError, match=r"about \$5\.01, .*--ai-gen-max-cost=6.*CI is set"):
        approved(dear(5.01), pytestconfig, Settings())
