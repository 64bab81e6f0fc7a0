"""What several shards accepted becomes one edit for each test module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pytest_aigen import formatting, select, sources
from pytest_aigen.data import Candidate, Edit, Report, Trial
from pytest_aigen.errors import MergeError
from pytest_aigen.joining import joined

#: The text of a file, None where there is none.
Read = Callable[[Path], "str | None"]


@dataclass(frozen=True, slots=True)
class United:
    edits: tuple[Edit, ...]
    #: Tests that those of other shards make redundant.
    redundant: tuple[Candidate, ...]
    #: Names of tests that cannot be joined with their module, with the reason.
    refused: tuple[tuple[str, str], ...]
    #: Modules whose text is none that a shard ran.
    mixed: tuple[Path, ...]
    #: Coverage in percent, without and with the new tests.
    before: float
    after: float


def united(reports: Sequence[Report], *, root: Path, read: Read, comment: bool) -> United:
    """The reports of all shards, in order, of modules that are as the shards saw them, as one.

    A module that one shard alone edits, and nothing is taken from, becomes what that shard ran. The tests of any other
    are joined one by one, as they were when they were accepted, so that their names stay apart.
    """
    accepted = [trial for report in reports for trial in report.accepted]
    redundant = select.redundant(accepted)
    dropped = set(map(id, redundant))
    kept = [trial for trial in accepted if id(trial.candidate) not in dropped]
    reserved: dict[Path, frozenset[str]] = {}
    by_path: dict[Path, list[Edit]] = {}
    for report in reports:
        for edit in report.edits:
            by_path.setdefault(edit.path, []).append(edit)
            reserved[edit.path] = reserved.get(edit.path, frozenset()) | report.reserved.get(
                edit.path, frozenset()
            )
    edits: list[Edit] = []
    refused: list[tuple[str, str]] = []
    mixed: list[Path] = []
    conftests = partial(sources.conftests, root=root, read=read)
    for path, several in by_path.items():
        mine = [trial for trial in kept if trial.edit.path == path]
        whole = len(mine) == sum(trial.edit.path == path for trial in accepted)
        # An edit without tests makes a folder a package.
        if not several[0].tests or (len(several) == 1 and whole):
            edits.append(several[0])
            continue
        edit, wrong = _joined(path, mine, several[0].before, reserved[path], conftests(path), comment)
        refused += wrong
        if edit.tests:
            edits.append(replace(edit, after=formatting.formatted(path, edit.before, edit.after, root=root)))
            mixed.append(path)
    before = reports[0].before
    after = before
    for trial in kept:
        after = after.plus(trial.run.covered)
    return United(tuple(edits), redundant, tuple(refused), tuple(mixed), before.percent, after.percent)


def _joined(
    path: Path,
    trials: Sequence[Trial],
    before: str | None,
    reserved: frozenset[str],
    conftests: Sequence[str],
    comment: bool,
) -> tuple[Edit, list[tuple[str, str]]]:
    """The module with these tests, and those that cannot be joined with it."""
    text = before
    tests: list[str] = []
    refused: list[tuple[str, str]] = []
    for trial in trials:
        try:
            edit = joined(trial, text, reserved=reserved, conftests=conftests, comment=comment)
        except MergeError as error:
            refused.append((trial.candidate.name, str(error)))
            continue
        text, tests = edit.after, [*tests, *edit.tests]
    return Edit(path, before, text or "", tuple(tests)), refused
