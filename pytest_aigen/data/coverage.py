"""What coverage.py measured: lines and branches, what is reached and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

Line: TypeAlias = int
Lines: TypeAlias = frozenset[int]
#: ``(from, to)`` as coverage.py numbers them; a negative ``to`` leaves the scope.
Branch: TypeAlias = tuple[int, int]
Branches: TypeAlias = frozenset[Branch]


def cut_off(percent: float) -> float:
    """With one decimal, not rounded: what is not whole never reads 100.

    >>> cut_off(99.98)
    99.9
    """
    return math.floor(percent * 10 + 1e-9) / 10


def spans(lines: Iterable[Line]) -> list[tuple[Line, Line]]:
    """Runs of lines, each as its first and its last.

    >>> spans([3, 4, 5, 9])
    [(3, 5), (9, 9)]
    """
    found: list[tuple[Line, Line]] = []
    for line in sorted(lines):
        if found and line == found[-1][1] + 1:
            found[-1] = found[-1][0], line
        else:
            found.append((line, line))
    return found


@dataclass(frozen=True, slots=True)
class Reached:
    """Lines and branches of one file, as coverage.py numbers them; the sets of a run, or of what is missing."""

    lines: Lines = frozenset()
    branches: Branches = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lines or self.branches)

    def __len__(self) -> int:
        return len(self.lines) + len(self.branches)

    def __or__(self, other: Reached) -> Reached:
        return Reached(self.lines | other.lines, self.branches | other.branches)

    def __and__(self, other: Reached) -> Reached:
        return Reached(self.lines & other.lines, self.branches & other.branches)

    def __sub__(self, other: Reached) -> Reached:
        return Reached(self.lines - other.lines, self.branches - other.branches)


NOTHING = Reached()
#: What was reached, by resolved source file.
Covered: TypeAlias = Mapping[Path, Reached]


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One source file: what could be executed and what was."""

    path: Path
    statements: Lines
    executed: Lines
    branches: Branches = frozenset()
    taken: Branches = frozenset()

    @property
    def missing(self) -> Reached:
        return Reached(self.statements - self.executed, self.branches - self.taken)

    def plus(self, reached: Reached) -> FileCoverage:
        """The same file after a further run; what is no statement or branch of it is ignored."""
        return replace(
            self,
            executed=self.executed | (reached.lines & self.statements),
            taken=self.taken | (reached.branches & self.branches),
        )

    def within(self, lines: Lines) -> FileCoverage:
        """Only these lines, and the branches that begin on them."""
        return FileCoverage(
            self.path,
            self.statements & lines,
            self.executed & lines,
            frozenset(branch for branch in self.branches if branch[0] in lines),
            frozenset(branch for branch in self.taken if branch[0] in lines),
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """All measured files, and which test reached which lines where that was recorded."""

    files: Mapping[Path, FileCoverage]
    #: file -> node id -> lines that this test executed; empty where contexts were not recorded.
    contexts: Mapping[Path, Mapping[str, Lines]] = field(default_factory=dict)

    @property
    def percent(self) -> float:
        """Total coverage in percent as ``coverage report`` computes it, branches included; 100.0 of nothing."""
        whole = sum(len(f.statements) + len(f.branches) for f in self.files.values())
        part = sum(len(f.executed & f.statements) + len(f.taken & f.branches) for f in self.files.values())
        return 100.0 * part / whole if whole else 100.0

    def missing(self, path: Path) -> Reached:
        """What no test reaches in this file; nothing for a file that is not measured."""
        return self.files[path].missing if path in self.files else NOTHING

    def gain(self, covered: Covered) -> Covered:
        """The part of ``covered`` that is missing here, without empty entries."""
        gained = {path: reached & self.missing(path) for path, reached in covered.items()}
        return {path: reached for path, reached in gained.items() if reached}

    def plus(self, covered: Covered) -> Coverage:
        """The coverage after a further run."""
        files = {
            path: file.plus(covered[path]) if path in covered else file for path, file in self.files.items()
        }
        return replace(self, files=files)

    def within(self, lines: Mapping[Path, Lines]) -> Coverage:
        """Only these lines of these files, and the branches that begin on them; no file of which nothing is left."""
        files = {path: file.within(lines[path]) for path, file in self.files.items() if path in lines}
        return replace(self, files={path: file for path, file in files.items() if file.statements})


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines and branches of one scope (function, method or module body) that no test reaches."""

    path: Path
    #: ``function``, ``Class.method``; ``""`` is the module body, class bodies included.
    qualname: str
    #: First and last line of the whole scope, decorators included.
    first: Line
    last: Line
    lines: Lines
    branches: Branches = frozenset()

    @property
    def missing(self) -> Reached:
        return Reached(self.lines, self.branches)

    @property
    def is_module_body(self) -> bool:
        return not self.qualname

    def left(self, missing: Reached) -> Gap:
        """The same gap, shrunk to what is still missing in its file."""
        return replace(self, lines=self.lines & missing.lines, branches=self.branches & missing.branches)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A gap that is not worth a test, and why."""

    gap: Gap
    reason: str
