"""Measures which lines and branches of the sources a candidate reaches; all that executors know of coverage.py.

The numbers equal ``executed_lines`` and ``executed_branches`` of ``coverage json``; versions of coverage.py that count
lines there which are no statements, such as docstrings, are not followed. Made before the fork, started after.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import ConfigError, CoverageException
from coverage.python import PythonFileReporter

from pytest_aigen import unwritten

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


#: A file with the lines and the arcs that were executed in it.
Measured = tuple[str, Iterable[int], Iterable[tuple[int, int]]]


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
        #: How `unwritten` reads what was not written, once it is seen that it says the same; 0 before.
        self._bits = 0
        self._warmed, self._met = 0, set[str]()
        self._real = {os.path.realpath(path) for path in sources}
        self._lasts = {os.path.basename(path) for path in (*self._sources, *self._real)}
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

    def warm(self, path: Sequence[str]) -> None:
        """Do once what the first start does, and what the first call does with this ``sys.path`` and in each module that is
        imported, so that forks need not: coverage.py looks for a while whether to measure it. ``erase`` would undo it.
        """
        if self._coverage is None:
            return
        names = {name for name in _file_names() - self._met if not self._is_source(name)}
        self._met |= names
        self._warmed += 1  # of a name that it has met it does not look again
        codes = [compile("", name, "exec") for name in (*sorted(names), f"<aigen {self._warmed}>")]
        before = list(sys.path)
        self.start()
        try:
            sys.path[:] = path
            for code in codes:
                exec(code, {})
        finally:
            sys.path[:] = before
            self.stop()

    def _is_source(self, file: str) -> bool:
        return os.path.basename(file) in self._lasts and os.path.realpath(file) in self._real

    def parse(self, path: str) -> None:
        """Parse a source file now, for all processes that are forked later."""
        if path in self._sources:
            self._shape(path)

    def keep(self) -> None:
        """Count what was reached so far as reached by whatever is forked from here on."""
        if self._coverage is None:
            return
        stood = [(name, seen.copy()) for name, seen in unwritten.sets(self._coverage)]
        self._kept = self.reached()
        bits = unwritten.bits(dict(stood), self._coverage.get_data()) if self._branch else 0
        if bits and self._numbers(_read(stood, bits)) == self._kept:
            self._bits = bits

    def reached(self) -> dict[str, Numbers]:
        """Executed lines and taken branches by file; call it once, after stop."""
        found = self._numbers(self._measured())
        for path, (lines, branches) in self._kept.items():
            others, steps = found.get(path, ([], []))
            found[path] = (sorted({*lines, *others}), sorted({*branches, *steps}))
        return found

    def _numbers(self, measured: Iterable[Measured]) -> dict[str, Numbers]:
        found: dict[str, Numbers] = {}
        for path, executed, arcs in measured:
            shape = self._shape(path)
            if shape is None:
                continue
            lines = shape.reporter.translate_lines(executed) & shape.statements
            branches = _taken(shape, arcs) if self._branch else []
            if lines or branches:
                found[path] = (sorted(lines), branches)
        return found

    def _measured(self) -> Iterator[Measured]:
        """What was executed since the fork, or since `keep`."""
        if self._coverage is None:
            return
        if self._bits:
            yield from _read(unwritten.sets(self._coverage), self._bits)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = self._coverage.get_data()
        for path in data.measured_files():
            yield path, data.lines(path) or [], data.arcs(path) or []

    def _shape(self, path: str) -> Shape | None:
        if path not in self._shapes:
            assert self._coverage is not None
            try:
                self._shapes[path] = _shape(PythonFileReporter(path, self._coverage), self._branch)
            except (CoverageException, OSError, SyntaxError):
                self._shapes[path] = None
        return self._shapes[path]


def _read(stood: Iterable[tuple[str, Iterable[unwritten.Arc]]], bits: int) -> Iterator[Measured]:
    for path, seen in stood:
        arcs = {unwritten.branch(arc, bits) for arc in seen}
        yield path, {line for arc in arcs for line in arc if line > 0}, arcs


def _file_names() -> set[str]:
    """What code objects of the imported modules may have as the names of their files."""
    names = {"<string>", "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            names.add(file)
        if getattr(getattr(module, "__spec__", None), "origin", "") == "frozen":
            names.add(f"<frozen {name}>")
    return names


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
