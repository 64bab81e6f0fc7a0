"""What a report has to say as a whole: what was written, what it cost."""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.data import Accepted, Report, Suspect, Trial, Verdict
from pytest_aigen.reports.words import count, plain, relative


def names(trial: Trial) -> tuple[str, ...]:
    """Names in the test module, which may differ from what was proposed."""
    return trial.job.tests or trial.edit.tests or (trial.candidate.name,)


def node_ids(verdict: Verdict, report: Report) -> tuple[str, ...]:
    """The tests of a verdict, as they were written or as they were proposed."""
    if isinstance(verdict, Accepted):
        path = relative(verdict.trial.edit.path, report.root)
        return tuple(f"{path}::{name}" for name in names(verdict.trial))
    path = relative(verdict.candidate.target.test_path, report.root)
    return (f"{path}::{verdict.candidate.name or 'a reply without a test'}",)


def outcome(verdict: Verdict, report: Report) -> str:
    """What became of a test, in a few words."""
    if isinstance(verdict, Accepted):
        if any(candidate is verdict.candidate for candidate in report.redundant):
            return "accepted, and left out: others cover the same"
        unwritten = report.unwritten.get(verdict.trial.edit.path)
        return f"accepted, and NOT WRITTEN: {plain(unwritten)}" if unwritten else "accepted"
    if any(suspect.rejected is verdict for suspect in report.suspects):
        return "a suspected bug"
    return f"refused by {verdict.refusal.check}: {plain(verdict.refusal.reason)}"


def written(report: Report) -> dict[Path, list[Trial]]:
    """Accepted trials by test module, those left out whose module was not written."""
    by_path: dict[Path, list[Trial]] = {}
    for trial in report.accepted:
        if trial.edit.path not in report.unwritten:
            by_path.setdefault(trial.edit.path, []).append(trial)
    return by_path


def told(suspect: Suspect) -> list[tuple[str, str]]:
    """What a suspected bug is about, each with its title: the promise, the call, what was expected and what came."""
    contract = suspect.contract
    rows = ((contract.kind, contract.text), ("call", suspect.call), ("expected", suspect.expected))
    return [(title, words) for title, words in (*rows, ("actual", suspect.actual)) if words]


def spent(report: Report) -> str:
    """Requests, tokens and money."""
    usage = report.usage
    cached = f" ({usage.cached_tokens:,} of them cached)" if usage.cached_tokens else ""
    at_most = "at most " if usage.unanswered else ""
    by = f" (price: {plain(report.price.source)})" if report.price and usage.cost else ""
    price = "price unknown" if usage.cost is None else f"{at_most}${usage.cost:.4f}{by}"
    silent = f" ({usage.unanswered} without an answer)" if usage.unanswered else ""
    kept = f", {count(usage.remembered, 'reply', 'replies')} from the cache" if usage.remembered else ""
    return f"{count(usage.requests, 'request')}{silent}, {at_most}{count(usage.tokens, 'token')}{cached}, {price}{kept}"
