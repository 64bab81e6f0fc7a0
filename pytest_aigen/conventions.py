"""By which rule a repository names and places its test modules, read off those that it has. Pure: paths only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

#: Names of folders for tests within a package.
_INSIDE = ("tests", "test")


class Folders(Enum):
    """Where the tests of ``pkg.a.b`` stand; where a repository leaves it open, the first that fits is taken."""

    BESIDE = "pkg/a/test_b.py"
    INSIDE = "pkg/a/tests/test_b.py"
    MIRRORED = "tests/a/test_b.py"
    WITH_PACKAGE = "tests/pkg/a/test_b.py"
    FLAT = "tests/test_b.py"


class Named(Enum):
    """Which parts of ``pkg.a.b`` the name of the test module holds."""

    LAST = "test_b.py"
    INNER = "test_a_b.py"
    WHOLE = "test_pkg_a_b.py"


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    #: Of the dotted name under which tests import it.
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    folders: Folders
    named: Named
    #: The folder that the rule starts from; of INSIDE the name alone, of BESIDE nothing.
    base: Path = Path()

    def folder(self, source: Source) -> Path:
        """Where the test module of a source file stands."""
        match self.folders:
            case Folders.BESIDE:
                return source.path.parent
            case Folders.INSIDE:
                return source.path.parent / self.base
            case Folders.MIRRORED:
                return self.base.joinpath(*source.parts[1:-1])
            case Folders.WITH_PACKAGE:
                return self.base.joinpath(*source.parts[:-1])
        return self.base

    def stem(self, source: Source) -> str:
        """The name of its test module without ``test_``."""
        count = {Named.LAST: 1, Named.INNER: len(source.parts) - 1, Named.WHOLE: len(source.parts)}
        return joined(source.parts[-max(count[self.named], 1) :])


def joined(parts: Sequence[str]) -> str:
    """
    >>> joined(["a", "_b"])
    'a__b'
    """
    return "_".join(parts).strip("_") or "module"


def explanations(test: Path, stem: str, source: Source) -> Iterator[tuple[Rule, int]]:
    """The rules by which this could be the test module of the source, with how much of its name they leave open.

    A rule that leaves something open, such as ``tests/test_b.py`` for ``pkg.a.b``, is as good as any where no other
    source file fits better.
    """
    whole = len(source.parts)
    for count in range(1, whole + 1):
        if joined(source.parts[-count:]) != stem:
            continue
        above = source.parts[:-count]
        labels = {Named.LAST: count == 1, Named.INNER: count == whole - 1, Named.WHOLE: count == whole}
        for named in (label for label, fits in labels.items() if fits):
            if named is Named.LAST:
                if test.parent == source.path.parent:
                    yield Rule(Folders.BESIDE, named), 0
                if test.parent.parent == source.path.parent and test.parent.name in _INSIDE:
                    yield Rule(Folders.INSIDE, named, Path(test.parent.name)), 0
                for folders, suffix in ((Folders.MIRRORED, above[1:]), (Folders.WITH_PACKAGE, above)):
                    end = len(test.parent.parts) - len(suffix)
                    if test.parent.parts[end:] == suffix:
                        yield Rule(folders, named, Path(*test.parent.parts[:end])), 0
            yield Rule(Folders.FLAT, named, test.parent), max(whole - 1 - count, 0)


def owners(tests: Mapping[Path, str], sources: Iterable[Source]) -> dict[Path, tuple[Source, list[Rule]]]:
    """The source file that each test module, given with its stem, is named after, with the rules that say so.

    A test module that fits several source files equally well is left out.
    """
    by_name: dict[str, list[Source]] = {}
    for source in sources:
        for count in range(1, len(source.parts) + 1):
            by_name.setdefault(joined(source.parts[-count:]), []).append(source)
    found: dict[Path, tuple[Source, list[Rule]]] = {}
    # Those that leave least open first: a source file that has such a one does not claim another.
    has: dict[Source, int] = {}
    fitting = {test: list(_fitting(test, stem, by_name.get(stem, ()))) for test, stem in tests.items()}
    for test in sorted(tests, key=lambda test: min((entry[0] for entry in fitting[test]), default=0)):
        best = min((least for least, _, _ in fitting[test]), default=0)
        ties = [entry for entry in fitting[test] if entry[0] == best and has.get(entry[1], best) >= best]
        if len(ties) == 1:
            found[test] = ties[0][1:]
            has.setdefault(ties[0][1], best)
    return found


def _fitting(test: Path, stem: str, sources: Iterable[Source]) -> Iterator[tuple[int, Source, list[Rule]]]:
    for source in dict.fromkeys(sources):
        reasons = list(explanations(test, stem, source))
        if reasons:
            least = min(left for _, left in reasons)
            yield least, source, [rule for rule, left in reasons if left == least]


def rules(owned: Iterable[tuple[Source, list[Rule]]], package: str) -> list[Rule]:
    """The rules that the repository follows, for sources of this top-level package first, the most frequent first.

    Between equals, a folder for unit tests wins, then the upper one.
    """
    near: Counter[Rule] = Counter()
    far: Counter[Rule] = Counter()
    for source, reasons in owned:
        (near if source.parts[0] == package else far).update(reasons)
    order = list(Folders)

    def worth(votes: Counter[Rule], rule: Rule) -> tuple[int, bool, int, int, str]:
        return (
            -votes[rule],
            "unit" not in rule.base.parts,
            order.index(rule.folders),
            len(rule.base.parts),
            str(rule),
        )

    return [rule for votes in (near, far) for rule in sorted(votes, key=lambda rule: worth(votes, rule))]
