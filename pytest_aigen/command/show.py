"""show: tells all about one test of the last run that wrote: its target, what proves it, its text, its history over the runs"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from pytest_aigen import command, statefolder, unified
from pytest_aigen.asking import covers
from pytest_aigen.command import last
from pytest_aigen.data import Accepted, Report, Verdict
from pytest_aigen.errors import AigenError
from pytest_aigen.reports import history, page, summary
from pytest_aigen.reports.history import Entry
from pytest_aigen.reports.words import count, place, plain, relative

#: Most tests that a part of a name may mean.
SEVERAL = 3
#: Most runs of its history that are shown.
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("test", metavar="TEST", help="a node id, or a part of one")


def run(given: argparse.Namespace, say: command.Say) -> int:
    root = command.root(given.rootdir)
    report = last.read(root)
    earlier = past(root)
    found = matching(report, given.test)
    if not found:
        return _gone(given.test, earlier, say)
    if len(found) > SEVERAL:
        say(f"{count(len(found), 'test')} of the last run match; write more of the name:")
        for verdict in found:
            say(f"  {name(verdict, report)}  {summary.outcome(verdict, report)}")
        return command.STOPPED
    for number, verdict in enumerate(found):
        if number:
            say("")
        for line in lines(verdict, report):
            say(unified.shown(line))
        ids = summary.node_ids(verdict, report)
        for line in told([entry for entry in earlier if entry.test in ids]):
            say(unified.shown(line))
    return 0


def past(root: Path) -> list[Entry]:
    """What became of tests in all runs that are remembered. Raises AigenError."""
    path = statefolder.history(root)
    try:
        return list(history.read(path.read_bytes()))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AigenError(f"{path} cannot be read: {error.strerror}") from error


def _gone(wanted: str, earlier: list[Entry], say: command.Say) -> int:
    """Of tests that the last run did not propose: their history alone."""
    by_test: dict[str, list[Entry]] = {}
    for entry in earlier:
        by_test.setdefault(entry.test, []).append(entry)
    ends = [test for test in by_test if test == wanted or test.endswith(f"::{wanted}")]
    found = ends or [test for test in by_test if wanted in test]
    if not found:
        raise AigenError(
            f"no test of the last run, or of those before, has {wanted!r} in its name;"
            " `pytest-aigen report -v` lists those of the last one"
        )
    if len(found) > SEVERAL:
        say(f"{count(len(found), 'test')} of earlier runs match; write more of the name:")
        for test in found:
            say(unified.shown(f"  {test}"))
        return command.STOPPED
    for number, test in enumerate(found):
        if number:
            say("")
        say(unified.shown(test))
        say("  not of the last run")
        for line in told(by_test[test]):
            say(unified.shown(line))
    return 0


def told(entries: list[Entry]) -> Iterator[str]:
    """The history of one test, the latest last."""
    if not entries:
        return
    yield "  history, run by run:"
    if len(entries) > SHOWN:
        yield f"    {count(len(entries) - SHOWN, 'earlier run')}"
    for entry in entries[-SHOWN:]:
        by = f"  ({entry.by})" if entry.by else ""
        yield f"    {entry.when}  {entry.outcome}{by}"


def matching(report: Report, wanted: str) -> list[Verdict]:
    """Those whose node id is the words, else those that have them in it."""
    named = [(name(verdict, report), verdict) for verdict in report.verdicts]
    ends = [v for found, v in named if found == wanted or found.endswith(f"::{wanted}")]
    return ends or [v for found, v in named if wanted in found]


def name(verdict: Verdict, report: Report) -> str:
    """The node id of a test as it was written, or as it was proposed."""
    first, *others = summary.node_ids(verdict, report)
    return ", ".join((first, *(other.partition("::")[2] for other in others)))


def lines(verdict: Verdict, report: Report) -> Iterator[str]:
    candidate = verdict.candidate
    gap = candidate.target.gap
    yield name(verdict, report)
    yield f"  {summary.outcome(verdict, report)}"
    yield f"  proposed by {candidate.origin} in round {candidate.attempt + 1}"
    yield f"  target: {place(gap, report.root)}, lines {gap.first}-{gap.last}"
    if isinstance(verdict, Accepted):
        trial = verdict.trial
        yield f"  covers: {covers(trial.gained, report.root) or 'nothing new'}"
        yield f"  passed in {trial.run.seconds:.2f} s"
        for proof in trial.proofs:
            yield f"  {proof.check}: {plain(proof.says)}"
        for word, mutants in (("fails where", trial.killed), ("passes where", trial.survived)):
            yield from (f"    {word} {mutant}" for mutant in mutants)
        shown = list(page.difference(trial.edit)) or [f"+{row}" for row in candidate.code.splitlines()]
    else:
        for suspect in report.suspects:
            if suspect.rejected is verdict:
                yield f"  {suspect.contract.kind}: {plain(suspect.contract.text)}"
                yield f"  expected: {plain(suspect.expected)}, actual: {plain(suspect.actual)}"
                if suspect.path is not None:
                    yield f"  run: pytest {relative(suspect.path, report.root)}"
        rows = [row for row in (verdict.run.detail or verdict.refusal.reason).splitlines() if row.strip()]
        if len(rows) > 1:
            yield from ("  why:", *(f"    {row}" for row in rows))
        if verdict.run.output.strip():
            yield from ("  it printed:", *(f"    {row}" for row in verdict.run.output.strip().splitlines()))
        shown = candidate.code.splitlines()
    yield "  text:"
    yield from (f"    {row}".rstrip() for row in shown)
    others = [v for v in report.verdicts if v.candidate.target == candidate.target]
    if len(others) > 1:
        yield "  all tests for this target, in order:"
        for other in others:
            mark = ">" if other is verdict else " "
            words = f"{other.candidate.name or 'a reply'}: {summary.outcome(other, report)}"
            yield f"  {mark} round {other.candidate.attempt + 1}  {other.candidate.origin}  {words}"
