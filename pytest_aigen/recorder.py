"""Measures the suite of this process, and notes which test reached which lines.

coverage.py's own way of changing from one test to the next, ``switch_context``, writes to a database each time: as long as
a quick test takes, and longer. What it writes stands in sets that can be emptied in a few microseconds; `unwritten` reads
them.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import coverage

from pytest_aigen import unwritten
from pytest_aigen.data.recorded import Recorded, Recording, united
from pytest_aigen.errors import ConfigError
from pytest_aigen.measure import WRONG, close, forget_sources, recorded, sources_of
from pytest_aigen.sources import never_sources
from pytest_aigen.unwritten import Arc


class Recorder:
    """Measures this process from ``start`` on, with branches, apart from the user's own coverage data.

    ``named``: what the user calls the sources, beside coverage.py's configuration.
    """

    def __init__(self, config: Path | None, named: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="aigen-coverage-", ignore_cleanup_errors=True)
        self._data_file = Path(self._folder.name, "data")
        try:
            self.coverage = coverage.Coverage(
                data_file=str(self._data_file), config_file=str(config) if config else False, branch=True
            )
        except WRONG as error:
            self._folder.cleanup()
            raise ConfigError(f"coverage.py's configuration {config}: {error}") from error
        # Sources are chosen when the report is made: here it would only hide files that are wanted later. Tests would
        # cost as much as what they test.
        omitted = self.coverage.get_option("run:omit")
        tests = never_sources([*named, *sources_of(self.coverage)])
        forget_sources(self.coverage)
        self.coverage.set_option("run:omit", [*(omitted if isinstance(omitted, list) else ()), *tests])
        # A suite without tests collects no data; that is what this plugin is for.
        self.coverage.set_option("run:disable_warnings", ["no-data-collected", "module-not-imported"])
        # Contexts of the user's own data are none of ours, which are the tests' node ids.
        self.coverage.set_option("run:context", None)
        self.coverage.set_option("run:dynamic_context", None)
        self.coverage.set_option("run:relative_files", False)
        self._running = False
        self._quick = _Quick(self.coverage)
        #: Files that were imported by now: their top level looks uncovered.
        self.early = frozenset(
            filter(None, (getattr(m, "__file__", None) for m in tuple(sys.modules.values())))
        )

    def start(self) -> None:
        self.coverage.start()
        self._running = True

    def test(self, nodeid: str) -> None:
        """From now on, lines are reached by this test; by none of them with ``""``."""
        if self._running:
            self._quick.switch(nodeid)

    def stop(self) -> Recording:
        """End measuring; what was executed, in child processes too."""
        if self._running:
            self.coverage.stop()
            self._running = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = own = self.coverage.get_data()
        children = sorted(self._data_file.parent.glob(self._data_file.name + ".*"))
        if children:  # those that were forked off do not say that they hold branches
            data = coverage.CoverageData(no_disk=True)
            data.update(own)
        for path in children:
            child = coverage.CoverageData(str(path))
            child.read()
            data.update(child)
            close(child)
        found = united([*self._quick.recorded(), recorded(data)])
        close(data)
        close(own)
        self._folder.cleanup()
        return found


class _Quick:
    """Changes from one test to the next: as coverage.py documents it, until its sets are understood."""

    def __init__(self, cov: coverage.Coverage) -> None:
        self._coverage = cov
        self._data: coverage.CoverageData | None = None
        self._test = ""
        #: How to read the sets: None until that is known, 0 where it is not to be found out.
        self._bits: int | None = None
        #: By file and test. Tests that reach the same share one set, and what is in several sets is one object.
        self._reached: dict[str, dict[str, frozenset[Arc]]] = {}
        self._sets: dict[frozenset[Arc], frozenset[Arc]] = {}
        self._arcs: dict[Arc, Arc] = {}

    def switch(self, nodeid: str) -> None:
        """What is executed from now on is of this test."""
        if self._data is not None and self._bits:
            self._take()
            self._data.set_context(nodeid)  # for the processes that are forked off meanwhile
        elif self._bits == 0:
            self._coverage.switch_context(nodeid)
        else:
            stood = {name: seen.copy() for name, seen in unwritten.sets(self._coverage) if seen}
            self._coverage.switch_context(nodeid)
            if stood:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._data = self._coverage.get_data()
                self._bits = unwritten.bits(stood, self._data)
        self._test = nodeid

    def _take(self) -> None:
        for name, seen in unwritten.sets(self._coverage):
            if seen:
                taken = seen.copy()
                seen.difference_update(taken)  # what other threads put in meanwhile stays
                arcs = frozenset(map(self._arcs.setdefault, taken, taken))
                tests = self._reached.setdefault(name, {})
                arcs |= tests.get(self._test, frozenset())
                tests[self._test] = self._sets.setdefault(arcs, arcs)

    def recorded(self) -> Iterator[Recording]:
        """What was taken out of the sets."""
        branches = {arc: unwritten.branch(arc, self._bits or 0) for arc in self._arcs}
        lines = {
            arcs: frozenset(line for arc in arcs for line in branches[arc] if line > 0) for arcs in self._sets
        }
        for name, tests in self._reached.items():
            arcs = frozenset(branches[arc] for taken in set(tests.values()) for arc in taken)
            contexts = {test: lines[taken] for test, taken in tests.items() if test}
            yield {Path(name).resolve(): Recorded(arcs, frozenset(), contexts)}
