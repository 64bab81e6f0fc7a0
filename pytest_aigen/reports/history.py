"""What became of each test, run by run: a few words of each, in ``.pytest_aigen/history.jsonl``, the latest last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from pytest_aigen.data import Report, Verdict
from pytest_aigen.reports.summary import node_ids, outcome
from pytest_aigen.reports.words import place, plain, relative

#: Most entries that are kept, and most characters of what became of a test.
MOST = 10_000
WIDTH = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one test in one run."""

    #: To the minute, with the offset from UTC.
    when: str
    #: The node id.
    test: str
    outcome: str
    #: Who proposed it; empty where it was there before.
    by: str = ""
    #: What it is for.
    target: str = ""


def entries(report: Report, when: datetime) -> Iterator[Entry]:
    """Of each test that was proposed or proven again, in the order of the report."""
    minute = when.isoformat(" ", "minutes")
    for verdict in report.verdicts:
        yield from _of(verdict, report, minute)
    for trial in report.proven:
        path = relative(trial.edit.path, report.root)
        yield Entry(minute, f"{path}::{plain(trial.candidate.name)}", "proven again")
    for stale in report.stale:
        said = f"{'removed' if stale.removed else 'stale'}, {stale.why.value}: {plain(stale.reason)}"
        test = f"{relative(stale.path, report.root)}::{plain(stale.test)}"
        yield Entry(minute, test, _cut(said), target=plain(stale.subject))


def _of(verdict: Verdict, report: Report, minute: str) -> Iterator[Entry]:
    candidate = verdict.candidate
    by = f"{plain(candidate.origin)}, round {candidate.attempt + 1}"
    target = place(candidate.target.gap, report.root)
    for test in node_ids(verdict, report):
        yield Entry(minute, plain(test), _cut(outcome(verdict, report)), by, target)


def _cut(said: str) -> str:
    return said if len(said) <= WIDTH else f"{said[: WIDTH - 3]}..."


def joined(kept: bytes, added: Iterable[Entry]) -> bytes:
    """The file with further entries, without the oldest where there are too many."""
    lines = [line for line in kept.splitlines() if line.strip()]
    lines += [json.dumps(asdict(entry)).encode() for entry in added]
    return b"".join(line + b"\n" for line in lines[-MOST:])


def read(kept: bytes) -> Iterator[Entry]:
    """The entries of such a file. A line that is none, as of another version, is passed over."""
    for line in kept.splitlines():
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError, RecursionError):
            continue
        if all(isinstance(value, str) for value in asdict(entry).values()):
            yield entry
