"""What the terminal says of tests that were proven again, in the modes ``check`` and ``prune``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pytest_aigen.data import Ended, Report, Stale, Trial
from pytest_aigen.reports.words import Said, count, plain, relative

NOTHING = "no test that ran carries a comment `# aigen: module:function` (--ai-gen-comment=no leaves it out)"


def lines(report: Report, verbosity: int) -> Iterator[Said]:
    """Stale tests by module, each with its reason; proven ones with ``-v``."""
    if not _number(report):
        if report.ended is Ended.COMPLETE:
            yield Said(NOTHING)
        return
    yield Said(
        f"proven again: {len(report.proven):,} of {count(_number(report), 'generated test')}", _colour(report)
    )
    for path, trials in groupby(report.proven if verbosity > 0 else (), key=lambda trial: trial.edit.path):
        yield Said(f"  {relative(path, report.root)}")
        for trial in trials:
            yield Said(f"    {plain(trial.candidate.name)}  {_score(trial)}")
    removed = [stale for stale in report.stale if stale.removed]
    yield from _listed(
        report,
        removed,
        "removed, as they prove nothing any more"
        if len(removed) > 1
        else "removed, as it proves nothing any more",
        "yellow",
    )
    yield from _listed(report, [stale for stale in report.stale if not stale.removed], "stale", "red")


def _listed(report: Report, several: list[Stale], words: str, colour: str) -> Iterator[Said]:
    if not several:
        return
    yield Said(f"{words}: {count(len(several), 'test')}", colour)
    for path, group in groupby(several, key=lambda stale: stale.path):
        yield Said(f"  {relative(path, report.root)}")
        for stale in group:
            yield Said(f"    {plain(stale.test)} (for {plain(stale.subject)})")
            yield Said(f"      {stale.why.value}: {plain(stale.reason, 120)}")
            if stale.hindered:
                yield Said(f"      not removed: {plain(stale.hindered, 120)}", "red")


def _score(trial: Trial) -> str:
    """``kills 3 of 4 mutants``, and the time."""
    tried = len(trial.killed) + len(trial.survived)
    mutants = f"kills {len(trial.killed)} of {count(tried, 'mutant')}, " if tried else ""
    return f"{mutants}{trial.run.seconds:.2f} s"


def _number(report: Report) -> int:
    return len(report.proven) + len(report.stale)


def _colour(report: Report) -> str:
    return "green" if all(stale.removed for stale in report.stale) else ""


def summary(report: Report) -> str:
    """All in one line."""
    if not _number(report) and report.ended is Ended.COMPLETE:
        return NOTHING
    removed = sum(stale.removed for stale in report.stale)
    left = [stale for stale in report.stale if not stale.removed]
    parts = [f"{len(report.proven):,} of {count(_number(report), 'generated test')} proven again"]
    parts += [f"{removed:,} removed"] if removed else []
    if left:
        more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
        parts.append(f"STALE: {relative(left[0].path, report.root)}::{plain(left[0].test)}{more}")
    parts += [report.ended.value] if report.ended is not Ended.COMPLETE else []
    return ", ".join(parts)
