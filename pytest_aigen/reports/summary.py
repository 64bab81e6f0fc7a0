"""What a report has to say as a whole: what was written, what it cost, what to do next."""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.data import Ended, Report, Trial
from pytest_aigen.reports import recheck
from pytest_aigen.reports.words import command, count, plain, relative


def names(trial: Trial) -> tuple[str, ...]:
    """Names in the test module, which may differ from what was proposed."""
    return trial.job.tests or trial.edit.tests or (trial.candidate.name,)


def written(report: Report) -> dict[Path, list[Trial]]:
    """Accepted trials by test module, those left out whose module was not written."""
    by_path: dict[Path, list[Trial]] = {}
    for trial in report.accepted:
        if trial.edit.path not in report.unwritten:
            by_path.setdefault(trial.edit.path, []).append(trial)
    return by_path


def spent(report: Report) -> str:
    """Requests, tokens and money."""
    usage = report.usage
    cached = f" ({usage.cached_tokens:,} of them cached)" if usage.cached_tokens else ""
    price = "price unknown" if usage.cost is None else f"${usage.cost:.4f}"
    return f"{count(usage.requests, 'request')}, {count(usage.tokens, 'token')}{cached}, {price}"


def next_step(report: Report) -> str:
    """The one thing to do now."""
    added = bool(written(report))
    if report.mode == "preview":
        return "next: pytest --ai-gen without --ai-gen-mode=preview (sends them)"
    if report.mode == "plan":
        return "next: pytest --ai-gen" if report.targets else "next: nothing is left to do"
    if report.rechecks:
        return recheck.next_step(report)
    if report.unwritten:
        if report.patches:
            patch = command(next(iter(report.patches.values())), report.root)
            more = ", and the others" if len(report.patches) > 1 else ""
            return f"next: look at the files that were not written, then git apply {patch}{more}"
        return "next: look at the files that were not written, then pytest --ai-gen"
    if report.ended is Ended.FAULT:
        return "next: remove the fault, then pytest --ai-gen"
    if report.mode == "diff" and added:
        return "next: pytest --ai-gen (writes the tests)"
    if report.ended is Ended.INTERRUPTED:
        return "next: pytest --ai-gen (goes on)"
    if report.ended is Ended.BUDGET:
        return "next: pytest --ai-gen with a higher budget (goes on)"
    if not report.left:
        return "next: git diff (read what was added)" if added else "next: nothing is left to do"
    if not report.usage.requests:
        return "next: pytest --ai-gen --ai-gen-model=PROVIDER:MODEL (a model for what is left)"
    biggest = max(report.left, key=lambda gap: len(gap.missing))
    spec = relative(biggest.path, report.root) + (f"::{plain(biggest.qualname)}" if biggest.qualname else "")
    return f"next: pytest --ai-gen --ai-gen-target={spec}"
