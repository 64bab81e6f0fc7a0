"""What tests with our comment say they are for, and where that is."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen import measure
from pytest_aigen.data import Coverage, Gap, Reached
from pytest_aigen.merge import marked


@dataclass(frozen=True, slots=True)
class Claim:
    """A test, or a row of a table, that says what it is for."""

    path: Path
    #: The text of its module, as it is on disk.
    text: str
    #: Node id within the module.
    test: str
    #: What its comments say, ``module:function``; seldom more than one.
    subjects: tuple[str, ...]
    #: The text of the test, or of the row.
    code: str


def claims(path: Path, text: str, ran: Collection[str]) -> Iterator[Claim]:
    """The claims of a module's tests, of those that are in ``ran``: node ids within the module.

    Each row of a table is a claim of its own, if it can be told which is which. Raises SyntaxError.
    """
    for test in marked(text):
        here = {name for name in ran if name == test.name or name.startswith(f"{test.name}[")}
        rows = {f"{test.name}[{row.id}]": row for row in test.rows}
        if rows and (not test.subjects or here <= rows.keys()):
            for name, row in rows.items():
                if name in here:
                    yield Claim(path, text, name, row.subjects, row.code)
        elif here and test.subjects:
            yield Claim(path, text, test.name, test.subjects, test.code)


@dataclass(frozen=True, slots=True)
class Gone:
    """What a comment names is not there any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """What a comment names is there, and nothing can be said about it."""

    reason: str


class Subjects:
    """Finds what comments name in the source files."""

    def __init__(
        self,
        names: Mapping[str, Path],
        texts: Mapping[Path, str],
        coverage: Coverage,
        exists: Callable[[str], bool],
    ) -> None:
        self._names, self._texts, self._coverage, self._exists = names, texts, coverage, exists
        self._regions: dict[Path, tuple[Gap, ...]] = {}

    def find(self, subject: str) -> Gap | Gone | Unmeasured:
        """The lines and branches of what ``module:function`` names; of a class, those of its methods."""
        module, _, qualname = subject.partition(":")
        path = self._names.get(module)
        if path is None or path not in self._texts or path not in self._coverage.files:
            if path is not None or self._exists(module):
                return Unmeasured(f"{module} is not measured (--ai-gen-source, or coverage's configuration)")
            return Gone(f"there is no module {module}{nearest(module, self._names)}")
        regions = self._of(path)
        found = [region for region in regions if region.qualname == qualname]
        found = found or [r for r in regions if qualname and r.qualname.startswith(f"{qualname}.")]
        if not found:
            others = [region.qualname for region in regions]
            return Gone(f"there is no {qualname} in {module}{nearest(qualname, others)}")
        whole = replace(found[0], qualname=qualname)
        for region in found:
            reached = whole.missing | (region.missing or self._on_one_line(region))
            whole = replace(
                whole,
                last=max(whole.last, region.last),
                lines=reached.lines,
                branches=reached.branches,
            )
        return whole if whole.lines else Unmeasured(f"coverage's configuration leaves {subject} out")

    def _of(self, path: Path) -> tuple[Gap, ...]:
        if path not in self._regions:
            file = self._coverage.files[path]
            self._regions[path] = tuple(measure.regions(file, self._texts[path]))
        return self._regions[path]

    def _on_one_line(self, region: Gap) -> Reached:
        """A function that stands on the line of its ``def`` counts as part of the module's body elsewhere."""
        lines = self._coverage.files[region.path].statements
        return Reached(frozenset(line for line in lines if region.first <= line <= region.last))


def nearest(name: str, names: Collection[str]) -> str:
    """
    >>> nearest("shop.price", ["shop.prices", "zoo"])
    '; the nearest is shop.prices'
    """
    tail = name.rpartition(".")[2]
    close = difflib.get_close_matches(name, list(filter(None, names)), 1)
    same = [other for other in names if other.rpartition(".")[2] == tail]
    return f"; the nearest is {(same or close)[0]}" if same or close else ""
