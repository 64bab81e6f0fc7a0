"""Which test module the tests of a source file belong to, from what the repository has."""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import stat
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen import whereabouts
from pytest_aigen.conventions import Folders, Named, Rule, Source, joined, owners, rules
from pytest_aigen.data import Coverage, Edit
from pytest_aigen.sources import is_test_file, module_name, project
from pytest_aigen.uses import uses

#: A test module is about a source file if this share of what its tests reach lies there, or so much of the file.
_SHARE_OF_TESTS, _SHARE_OF_FILE = 0.25, 0.5
_GENERATED = re.compile(r"^\s*#.*(do not (edit|modify|change)|@generated|auto-?generated)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Repository:
    """What there is, and what pytest would collect."""

    root: Path
    #: Source files with their dotted names.
    sources: Mapping[Path, str]
    #: Test modules, those that this session did not collect included.
    tests: Sequence[Path]
    #: Where new test modules go; ``fixed`` where the user said so.
    folder: Path
    fixed: bool = False
    read: Callable[[Path], str | None] = lambda path: None
    sys_path: Sequence[str] = ()
    #: pytest's settings.
    patterns: Sequence[str] = ("test_*.py", "*_test.py")
    testpaths: Sequence[Path] = ()
    #: Folders on the command line: tests go into these, whatever stands elsewhere.
    given: Sequence[Path] = ()
    norecurse: Sequence[str] = ()
    import_mode: str = "prepend"
    #: Whether folders of new tests become packages, whatever their neighbours are.
    packaged: bool = False


@dataclass
class TestModules:
    """Chooses test modules; a choice stays."""

    __test__ = False

    repository: Repository
    coverage: Coverage
    #: Folders that become packages with a new test module, by that.
    packages: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    _chosen: dict[Path, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        there = self.repository
        self._tests = [path for path in dict.fromkeys(there.tests) if path not in there.sources]
        ours = [path for path in self._tests if self._is_within(path)]
        self._may_grow = [path for path in ours if may_grow(path, there.read)]
        self._styles = _styles(there.patterns, ours)
        sources = [Source(path, tuple(name.split("."))) for path, name in there.sources.items()]
        stems = {path: stem for path in ours if (stem := self._stem(path))}
        self._owned = owners(stems, sources)
        self._reach = (
            _reach(self.coverage, there.root, self._may_grow) if self.coverage.contexts else self._used()
        )
        self._names = {self._import_name(path, ()) for path in self._tests}

    def __call__(self, source: Path, module: str) -> Path:
        """The absolute path of the test module for a source file that tests import as ``module``."""
        if source not in self._chosen:
            found = self._nearest(source) or self._conventional(source)
            self._chosen[source] = found or self._new(Source(source, tuple(module.split("."))))
        return self._chosen[source]

    def packages_for(self, edits: Iterable[Edit]) -> list[Edit]:
        """The ``__init__.py`` files that come with the test modules of these edits."""
        folders = (folder for edit in edits for folder in self.packages.get(edit.path, ()))
        return [Edit(folder / "__init__.py", None, "", ()) for folder in dict.fromkeys(folders)]

    # ------------------------------------------------------------------------------------- that is there

    def _nearest(self, source: Path) -> Path | None:
        """The module whose tests reach most of the file, weighed by how much of what they reach is this file."""
        file = self.coverage.files.get(source)
        most = len(file.statements) if file else 0
        best, highest = None, 0.0
        for test_module, reach in self._reach.items():
            here, everything = reach[source], sum(reach.values())
            is_about = here and (
                here >= _SHARE_OF_TESTS * everything
                or (bool(self.coverage.contexts) and here >= _SHARE_OF_FILE * most)
            )
            score = here * here / everything if is_about else 0.0
            if score > highest:
                best, highest = test_module, score
        return best

    def _used(self) -> dict[Path, Counter[Path]]:
        """How often each test module uses each source file, where nothing tells which tests reach what."""
        there = self.repository
        by_name = {name: path for path, name in there.sources.items()}
        return {
            path: uses(there.read(path) or "", module_name(path, there.sys_path), by_name)
            for path in self._may_grow
        }

    def _conventional(self, source: Path) -> Path | None:
        """The module that is named after the file; none where several are."""
        named = [
            path for path in self._may_grow if path in self._owned and self._owned[path][0].path == source
        ]
        unit = [path for path in named if "unit" in path.parts]
        for fitting in (unit, named):
            if len(fitting) == 1:
                return fitting[0]
        return None

    def _stem(self, path: Path) -> str:
        for style in self._styles:
            head, _, tail = style.partition("{}")
            if path.name.startswith(head) and path.name.endswith(tail) and len(path.name) > len(style) - 2:
                return path.name[len(head) : len(path.name) - len(tail)].strip("_")
        return ""

    # -------------------------------------------------------------------------------------------- that is new

    def _new(self, source: Source) -> Path:
        for path in self._proposals(source):
            packages = tuple(self._new_packages(path.parent))
            if self._is_free(path, packages):
                self._names.add(self._import_name(path, packages))
                if packages:
                    self.packages[path] = packages
                return path
        raise AssertionError("unreachable because the numbers do not end")

    def _proposals(self, source: Source) -> Iterator[Path]:
        """Places for a new test module, the best first: each rule's, then longer names, then numbers."""
        there, style = self.repository, self._styles[0]
        found = rules(self._owned.values(), source.parts[0])
        if there.fixed:
            found = [
                Rule(rule.folders, rule.named, there.folder) for rule in found if rule.base.is_absolute()
            ]
        default = Rule(Folders.MIRRORED, Named.LAST, there.folder)
        flat = [Rule(Folders.FLAT, rule.named, rule.base) for rule in found if rule.base.is_absolute()]
        best = next((rule for rule in (*found, *flat) if self._is_collected(rule.folder(source))), default)
        yield best.folder(source) / style.format(best.stem(source))
        base = best.base if best.base.is_absolute() else best.folder(source)
        stems = [joined(source.parts[start:]) for start in range(len(source.parts) - 1, -1, -1)]
        longer = [stem for stem in stems if len(stem) >= len(best.stem(source))]
        if source.path.name == "__init__.py":
            longer.append(f"{stems[-1]}_init")
        for folder in dict.fromkeys((best.folder(source), base, there.folder)):
            yield from (folder / style.format(stem) for stem in longer)
        for number in itertools.count(2):
            yield there.folder / style.format(f"{stems[-1]}_{number}")

    def _is_free(self, path: Path, packages: Collection[Path]) -> bool:
        there = self.repository
        if path in self._tests or path in self._chosen.values() or path.exists():
            return False
        if not self._is_collected(path.parent) or any(p.is_file() for p in path.parents):
            return False
        if there.import_mode == "importlib":
            return True
        return self._import_name(path, packages) not in self._names and not self._hides(path, packages)

    def _is_collected(self, folder: Path) -> bool:
        """Whether pytest comes by a folder when nothing is said on its command line."""
        there = self.repository
        if not self._is_within(folder):
            return False
        if not there.fixed and not there.given and there.testpaths and folder != there.folder:
            if not any(folder.is_relative_to(testpath) for testpath in there.testpaths):
                return False
        inner = folder.relative_to(there.root).parts if folder.is_relative_to(there.root) else ()
        return not any(fnmatch.fnmatch(part, pattern) for part in inner for pattern in there.norecurse)

    def _is_within(self, path: Path) -> bool:
        """Whether the user's own command line would collect what stands there."""
        there = self.repository
        return there.fixed or not there.given or any(path.is_relative_to(folder) for folder in there.given)

    def _is_package(self, folder: Path, planned: Collection[Path]) -> bool:
        return folder in planned or (folder / "__init__.py").exists()

    def _top(self, path: Path, planned: Collection[Path]) -> Path:
        """The folder from which a test module is imported, unless by importlib."""
        top = path.parent
        while self._is_package(top, planned):
            top = top.parent
        return top

    def _import_name(self, path: Path, planned: Collection[Path]) -> str:
        """Two test modules of one name cannot both be imported, unless by importlib."""
        return ".".join(path.relative_to(self._top(path, planned)).with_suffix("").parts)

    def _hides(self, path: Path, planned: Collection[Path]) -> bool:
        """Whether its package would have the name of one that tests import, or of the standard library."""
        top = self._top(path, planned)
        first, *rest = path.relative_to(top).parts
        if not rest or any(source.is_relative_to(top / first) for source in self.repository.sources):
            return False
        tops = {name.partition(".")[0] for name in self.repository.sources.values()}
        return first in tops or first in sys.stdlib_module_names

    def _new_packages(self, folder: Path) -> Iterator[Path]:
        """Which of the folders that are to be made get an ``__init__.py``: those whose neighbours have one, or all."""
        with_tests = dict.fromkeys(path.parent for path in self._tests)
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        made: list[Path] = []
        if self.repository.packaged:
            within = reversed(whereabouts.levels(folder, self.repository.root))
            yield from (place for place in within if not self._is_package(place, ()))
            return
        for new in reversed(missing):
            like = [other for other in with_tests if other.parent == new.parent]
            like = like or [other for other in with_tests if other.name == new.name]
            above = [new.parent] if new.parent in with_tests or new.parent in made else []
            votes = [self._is_package(other, made) for other in like or above]
            if sum(votes) * 2 > len(votes):
                made.append(new)
                yield new


def may_grow(path: Path, read: Callable[[Path], str | None]) -> bool:
    """Whether a test module is one that people edit: neither generated, nor read-only, nor a conftest file."""
    if path.name == "conftest.py" or path.suffix != ".py":
        return False
    try:
        writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
        if path.exists() and not (path.stat().st_mode & writable and os.access(path, os.W_OK)):
            return False
        head = (read(path) or "").splitlines()[:10]
    except Exception:  # it cannot be read, so it cannot be edited either
        return False
    return not any(_GENERATED.search(line) for line in head)


def _styles(patterns: Sequence[str], tests: Sequence[Path]) -> list[str]:
    """Forms of file names that pytest would collect, with ``{}`` for the stem; that of the repository first.

    >>> _styles(["check_*.py"], [])
    ['check_{}.py']
    """
    usual = [style for style in ("test_{}.py", "{}_test.py") if matches(style.format("x"), patterns)]
    own = [
        p.replace("*", "{}")
        for p in patterns
        if p.count("*") == 1 and p.endswith(".py") and not set(p) & set("?[]/{}") and p != "*.py"
    ]
    styles = list(dict.fromkeys([*usual, *own])) or ["test_{}.py"]
    counts = Counter(
        next((s for s in styles if fnmatch.fnmatch(path.name, s.replace("{}", "*"))), "") for path in tests
    )
    return sorted(styles, key=lambda style: -counts[style])


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a file name is one that pytest collects."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _reach(coverage: Coverage, root: Path, existing: Collection[Path]) -> dict[Path, Counter[Path]]:
    """How many lines of each source file the tests of each module reach."""
    lines: dict[tuple[Path, Path], set[int]] = defaultdict(set)
    for source, tests in coverage.contexts.items():
        for nodeid, reached in tests.items():
            lines[root / nodeid.partition("::")[0], source] |= reached
    reach: dict[Path, Counter[Path]] = {path: Counter() for path in existing}
    for (test_module, source), numbers in lines.items():
        if test_module in reach:
            reach[test_module][source] = len(numbers)
    return reach


def tests_folder(
    existing: Sequence[Path], *, given: Sequence[Path], testpaths: Sequence[Path], root: Path
) -> Path:
    """Where new test modules go: where those are that exist, a folder on the command line, ``testpaths``, ``tests``."""
    if existing:
        folders = Counter(path.parent for path in existing)
        return min(
            folders, key=lambda folder: (len(folder.parts), "unit" not in folder.parts, -folders[folder])
        )
    for folder in (*given, *testpaths, root / "tests", root / "test"):
        inside = folder.relative_to(root) if folder.is_relative_to(root) else folder
        if (folder.is_dir() and folder != root and is_test_file(inside / "x.py")) or folder in testpaths:
            return folder
    return root / "tests" if project(root) == root else root
