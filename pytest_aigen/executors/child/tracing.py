"""Measures which lines and branches of the sources a candidate reaches; all that executors know of coverage.py.

The numbers equal ``executed_lines`` and ``executed_branches`` of ``coverage json``; versions of coverage.py that count
lines there which are no statements, such as docstrings, are not followed. Made before the fork, started after.
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import ConfigError, CoverageException
from coverage.python import PythonFileReporter

#: Settings that fit a whole session and not one candidate.
_NEUTRAL: dict[str, Any] = {
    "run:source": [],
    "run:source_pkgs": [],
    "run:omit": [],
    "run:parallel": False,
    "run:patch": [],
    "run:dynamic_context": None,
    "run:context": None,
    "run:debug": [],
    "run:debug_file": None,
    "run:timid": False,
    "run:disable_warnings": [
        "already-imported",
        "couldnt-parse",
        "dynamic-conflict",
        "include-ignored",
        "module-not-imported",
        "module-not-measured",
        "module-not-python",
        "no-ctracer",
        "no-data-collected",
        "no-sysmon",
        "trace-changed",
    ],
}

#: Lines and branches of a file, as JSON has them.
Numbers = tuple[list[int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What could happen in one file."""

    reporter: PythonFileReporter
    statements: frozenset[int]
    possible: frozenset[tuple[int, int]]
    #: Lines with one exit -> where it leads.
    only_exit: Mapping[int, int]
    #: Lines with more exits than one.
    forks: frozenset[int]


class Tracer:
    """One measurement; none when there are no sources."""

    def __init__(self, sources: Sequence[Path], *, branch: bool, config: Path | None) -> None:
        self._sources = {str(path) for path in sources}
        self._branch = branch
        self._shapes: dict[str, Shape | None] = {}
        #: What was reached before the fork, for every process that is forked later.
        self._kept: dict[str, Numbers] = {}
        self._coverage: coverage.Coverage | None = None
        if sources:
            self._coverage = _make(sources, branch, config)

    def start(self) -> None:
        if self._coverage is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._coverage.start()

    def stop(self) -> None:
        if self._coverage is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._coverage.stop()

    def warm(self) -> None:
        """Do once what the first start does, so that forks need not. ``erase`` would undo it."""
        self.start()
        self.stop()

    def parse(self, path: str) -> None:
        """Parse a source file now, for all processes that are forked later."""
        if path in self._sources:
            self._shape(path)

    def keep(self) -> None:
        """Count what was reached so far as reached by whatever is forked from here on."""
        self._kept = self.reached()

    def reached(self) -> dict[str, Numbers]:
        """Executed lines and taken branches by file; call it once, after stop."""
        found = self._reached_here()
        for path, (lines, branches) in self._kept.items():
            others, steps = found.get(path, ([], []))
            found[path] = (sorted({*lines, *others}), sorted({*branches, *steps}))
        return found

    def _reached_here(self) -> dict[str, Numbers]:
        """What was reached since the fork, or since `keep`."""
        if self._coverage is None:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = self._coverage.get_data()
        found: dict[str, Numbers] = {}
        for path in data.measured_files():
            shape = self._shape(path)
            if shape is None:
                continue
            lines = shape.reporter.translate_lines(data.lines(path) or []) & shape.statements
            branches = _taken(shape, data.arcs(path) or []) if self._branch else []
            if lines or branches:
                found[path] = (sorted(lines), branches)
        return found

    def _shape(self, path: str) -> Shape | None:
        if path not in self._shapes:
            assert self._coverage is not None
            try:
                self._shapes[path] = _shape(PythonFileReporter(path, self._coverage), self._branch)
            except (CoverageException, OSError, SyntaxError):
                self._shapes[path] = None
        return self._shapes[path]


def _make(sources: Sequence[Path], branch: bool, config: Path | None) -> coverage.Coverage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = coverage.Coverage(
            data_file=None,
            branch=branch,
            config_file=str(config) if config is not None else False,
            include=[_pattern(path) for path in sources],
            messages=False,
        )
        # The first use applies the user's configuration and configuring plugins, which ours has to follow; how paths
        # are written is settled by it for good.
        made.set_option("run:relative_files", False)
        made.get_exclude_list()
        concurrency = made.get_option("run:concurrency")
        kept = (
            [name for name in concurrency if name != "multiprocessing"]
            if isinstance(concurrency, list)
            else []
        )
        ours = {**_NEUTRAL, "run:concurrency": kept or ["thread"], "run:branch": branch}
        ours["run:include"] = [_pattern(path) for path in sources]
        for option, value in ours.items():
            try:
                made.set_option(option, value)
            except (ConfigError, CoverageException):
                continue  # of another version
    return made


def _pattern(path: Path) -> str:
    """A pattern that matches the path; characters that mean something in patterns match any one character."""
    return re.sub(r"[\[\]*?!]", "?", str(path))


def _shape(reporter: PythonFileReporter, branch: bool) -> Shape:
    statements = frozenset(reporter.lines())
    if not branch:
        return Shape(reporter, statements, frozenset(), {}, frozenset())
    possible = frozenset(reporter.arcs())
    exits = defaultdict(set)
    for start, end in possible:
        exits[start].add(end)
    only = {start: next(iter(ends)) for start, ends in exits.items() if len(ends) == 1}
    forks = frozenset(line for line, count in reporter.exit_counts().items() if count > 1)
    return Shape(reporter, statements, possible, only, forks)


def _taken(shape: Shape, arcs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The branches among the arcs, as coverage.py's own analysis has them.

    A multi-line statement can leave an arc from a line to itself, which stands for its only exit.
    """
    steps = set()
    for start, end in shape.reporter.translate_arcs(arcs):
        if start != end:
            steps.add((start, end))
        elif start in shape.only_exit:
            steps.add((start, shape.only_exit[start]))
    steps = set(shape.reporter.translate_arcs(steps))
    return sorted(step for step in steps if step in shape.possible and step[0] in shape.forks)
