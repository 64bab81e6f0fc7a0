"""What a report has to say as a whole: what was written, what it cost, what to do next."""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.data import Accepted, Ended, Hurdle, Left, Report, Suspect, Trial, Verdict
from pytest_aigen.reports import recheck
from pytest_aigen.reports.words import command, count, plain, relative


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


def next_step(report: Report) -> str:
    """The one thing to do now."""
    said = _next_step(report)
    if report.since and not report.rechecks:
        return said.replace("pytest --ai-gen", f"pytest --ai-gen --ai-gen-since={plain(report.since)}", 1)
    return said


def _next_step(report: Report) -> str:
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
    if any(_is_not_found(left) for left in report.unreached):
        return "next: python -m pytest --ai-gen (the current folder can be imported from then; or install the project)"
    if not report.usage.requests and (report.targets or report.verdicts):
        return "next: pytest --ai-gen --ai-gen-model=PROVIDER:MODEL (a model for what is left)"
    biggest = max(report.left, key=lambda gap: len(gap.missing))
    spec = relative(biggest.path, report.root) + (f"::{plain(biggest.qualname)}" if biggest.qualname else "")
    return f"next: pytest --ai-gen --ai-gen-target={spec}"


def _is_not_found(left: Left) -> bool:
    """Whether the module itself is not on the path, as opposed to one that it imports."""
    top = left.target.module.partition(".")[0]
    missing = f"ModuleNotFoundError: No module named '{top}'"
    return left.obstacle.hurdle is Hurdle.UNIMPORTED and left.obstacle.detail == missing
