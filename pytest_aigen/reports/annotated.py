"""Source files as a report shows them: each line with what became of it and which tests reach it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen.data import NOTHING, Coverage, FileCoverage, Lines, Reached, Report
from pytest_aigen.errors import WriteError

#: Most lines that are shown whole, of all files together; beyond, what is new or left is shown with the lines around.
WHOLE = 20_000
AROUND = 3
#: Most names of earlier tests that are given for one line.
NAMED = 10

Read = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Way:
    """A branch that leaves from a line."""

    words: str
    #: ``new`` or ``left``.
    state: str


@dataclass(frozen=True, slots=True)
class Group:
    """The tests that reach a line; lines that the same tests reach share one."""

    number: int
    #: Numbers of accepted tests.
    accepted: tuple[int, ...]
    #: Some of the tests that were there before, and how many there are.
    earlier: tuple[str, ...]
    earlier_count: int

    @property
    def count(self) -> int:
        return len(self.accepted) + self.earlier_count


@dataclass(frozen=True, slots=True)
class Row:
    """One line of source."""

    number: int
    text: str
    #: ``before``, ``new``, ``partial``, ``left``, ``skipped``; empty for what is no statement.
    state: str
    ways: tuple[Way, ...] = ()
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Elided:
    """Lines that are not shown: nothing in them is new or left."""

    count: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A measured file."""

    number: int
    path: Path
    before: float
    after: float
    new: Reached
    left: Reached
    #: Empty where there is nothing to tell about the file, or its text cannot be had.
    rows: tuple[Row | Elided, ...] = ()
    groups: tuple[Group, ...] = ()
    #: Why the text cannot be shown, or may not be the one that was measured.
    problem: str = ""

    @property
    def shown(self) -> Lines:
        return frozenset(row.number for row in self.rows if isinstance(row, Row))


def files(report: Report, tests: Mapping[int, Mapping[Path, Reached]], read: Read) -> tuple[SourceFile, ...]:
    """Every measured file, by path. ``tests`` are the accepted ones: what each reaches, by number.

    ``read`` gives a file's text, and raises OSError or WriteError where there is none to be had.
    """
    found = []
    room = WHOLE
    for number, (path, after) in enumerate(sorted(report.after.files.items()), 1):
        before = report.before.files.get(path, replace(after, executed=frozenset(), taken=frozenset()))
        new = Reached(after.executed - before.executed, after.taken - before.taken)
        file = SourceFile(
            number,
            path,
            Coverage({path: before}).percent,
            Coverage({path: after}).percent,
            new,
            after.missing,
        )
        if new or after.missing:
            try:
                texts = re.split(r"\r\n|\r|\n", read(path).removeprefix("\ufeff"))
            except (OSError, WriteError) as error:
                file = replace(file, problem=_why(error))
            else:
                file = _annotated(file, report, before, after, texts, tests)
                if len(file.rows) > room:
                    file = replace(file, rows=tuple(_interesting(file.rows)))
                room -= min(room, len(file.rows))
        found.append(file)
    return tuple(found)


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "The file is no longer there."
    words = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return f"Its text cannot be read: {words}."


def _annotated(
    file: SourceFile,
    report: Report,
    before: FileCoverage,
    after: FileCoverage,
    texts: Sequence[str],
    tests: Mapping[int, Mapping[Path, Reached]],
) -> SourceFile:
    groups: dict[tuple[tuple[int, ...], tuple[str, ...], int], Group] = {}
    reached = _reached(file.path, report, tests)
    for line in sorted(reached):
        groups.setdefault(reached[line], Group(len(groups) + 1, *reached[line]))
    skipped = frozenset(
        line for skip in report.skipped if skip.gap.path == file.path for line in skip.gap.lines
    )
    ways = _ways(file.new, file.left)
    rows = tuple(
        Row(
            number,
            text,
            _state(number, before, after, ways.get(number, ()), skipped),
            ways.get(number, ()),
            groups[reached[number]] if number in reached else None,
        )
        for number, text in enumerate(texts, 1)
    )
    if rows and not rows[-1].text:
        rows = rows[:-1]
    changed = max(after.statements, default=0) > len(rows)
    problem = "It has changed since it was measured." if changed else ""
    return replace(file, rows=rows, groups=tuple(groups.values()), problem=problem)


def _reached(
    path: Path, report: Report, tests: Mapping[int, Mapping[Path, Reached]]
) -> dict[int, tuple[tuple[int, ...], tuple[str, ...], int]]:
    """For each line that a test is known to reach: the accepted tests, some of the earlier ones, how many of them."""
    accepted: dict[int, list[int]] = {}
    for number, covered in tests.items():
        for line in covered.get(path, NOTHING).lines:
            accepted.setdefault(line, []).append(number)
    counts: Counter[int] = Counter()
    named: dict[int, list[str]] = {}
    for name, lines in sorted(report.before.contexts.get(path, {}).items()):
        if name:
            counts.update(lines)
            for line in lines:
                names = named.setdefault(line, [])
                if len(names) < NAMED:
                    names.append(name)
    return {
        line: (tuple(accepted.get(line, ())), tuple(named.get(line, ())), counts[line])
        for line in accepted.keys() | named.keys()
        if line in report.after.files[path].statements
    }


def _state(line: int, before: FileCoverage, after: FileCoverage, ways: Sequence[Way], skipped: Lines) -> str:
    if line not in after.statements:
        return ""
    if line not in after.executed:
        return "skipped" if line in skipped else "left"
    states = {way.state for way in ways}
    if "left" in states:
        return "partial"
    return "before" if line in before.executed and not states else "new"


def _ways(new: Reached, left: Reached) -> dict[int, tuple[Way, ...]]:
    """By line: its branches that are new or left, but for a line that nothing reaches, where the line says it all."""
    found: dict[int, tuple[Way, ...]] = {}
    branches = [(*b, "new") for b in new.branches] + [(*b, "left") for b in left.branches]
    for start, end, state in sorted(branches):
        if start not in left.lines:
            way = Way("to the end" if end < 0 else f"to line {end}", state)
            found[start] = (*found.get(start, ()), way)
    return found


def _interesting(rows: Sequence[Row | Elided]) -> Iterator[Row | Elided]:
    """The rows that are new or left, with those around them; the others are counted."""
    wanted: set[int] = set()
    for place, row in enumerate(rows):
        if isinstance(row, Row) and row.state not in ("", "before"):
            wanted.update(range(place - AROUND, place + AROUND + 1))
    passed = 0
    for place, row in enumerate(rows):
        if place not in wanted:
            passed += 1
            continue
        if passed:
            yield Elided(passed)
        passed = 0
        yield row
    if passed:
        yield Elided(passed)
