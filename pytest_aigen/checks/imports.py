"""Refuses a test whose imports or names do not exist here: a closed world, found without importing the code under test.

Modules are looked up as files, names in the syntax tree of the module's source. Where neither can tell (a star import, a
module with ``__getattr__``, a compiled one that is not loaded), the candidate passes. Nothing is ever installed.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import importlib.machinery
import importlib.util
import pkgutil
import symtable
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.reading import Function, parsed
from pytest_aigen.data import Candidate, Refusal, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

# ------------------------------------------------------------------------------------------- what can be imported

SUFFIXES = tuple(importlib.machinery.all_suffixes())
#: Words by which a module may have submodules that are no files, and names that its syntax tree does not show.
MAKES_MODULES = ("__path__", "sys.modules", "meta_path")
DYNAMIC = (*MAKES_MODULES, "globals()", "vars()", "exec(")
#: Words by which a test makes modules of its own, so that what it imports inside need not exist.
PRETENDS = ("sys.modules", "sys.path", "meta_path", "syspath_prepend", "import_module", "ImportError", "NotFoundError")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Module:
    """A module that can be imported."""

    name: str
    #: Its source; None for a folder, and for what is compiled or made in some other way.
    source: Path | None = None
    #: Where its submodules are; empty for what is no package.
    folders: tuple[Path, ...] = ()
    #: Nothing is known but that it exists.
    opaque: bool = False


class World:
    """What can be imported from a list of folders; each answer is found once."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = list(folders)
        self._modules: dict[str, Module | None] = {}
        self._names: dict[str, frozenset[str] | None] = {}

    def find(self, name: str) -> Module | None:
        """The module of this dotted name, or None where there is none."""
        if name not in self._modules:
            package, _, last = name.rpartition(".")
            self._modules[name] = self._below(package, last) if package else self._top(name)
        return self._modules[name]

    def has_file(self, name: str) -> bool:
        """There is such a module for sure, and not only perhaps."""
        module = self.find(name)
        return module is not None and (not module.opaque or name in sys.modules)

    def names(self, name: str) -> frozenset[str] | None:
        """What can be imported from a module that exists, submodules left out; None where that cannot be told."""
        if name not in self._names:
            self._names[name] = self._names_of(self.find(name))
        return self._names[name]

    def near(self, name: str) -> str:
        """The nearest name of a real module; empty where none is near."""
        package, _, last = name.rpartition(".")
        if package:
            parent = self.find(package)
            if parent is None:
                better = self.near(package)
                return f"{better}.{last}" if better and self.has_file(f"{better}.{last}") else better
            there: Iterable[str] = (i.name for i in pkgutil.iter_modules(map(str, parent.folders)))
        else:
            there = {i.name for i in pkgutil.iter_modules(self.folders)} | sys.stdlib_module_names
        close = difflib.get_close_matches(last, set(there) - {last}, 1, 0.7)
        return f"{package}.{close[0]}".lstrip(".") if close else ""

    def _top(self, name: str) -> Module | None:
        if name in sys.builtin_module_names:
            return Module(name)
        try:
            # Asked first: it sees files only, and leaves pytest's and others' finders alone.
            spec = importlib.machinery.PathFinder.find_spec(name, self.folders)
            spec = spec or importlib.util.find_spec(name)
            if spec is not None:
                folders = tuple(map(Path, spec.submodule_search_locations or ()))
                return Module(name, _source(spec.origin), folders)
        except Exception:
            # Finders of other packages may raise anything.
            return Module(name, opaque=True)
        return Module(name, opaque=True) if name in sys.modules else None

    def _below(self, package: str, last: str) -> Module | None:
        name = f"{package}.{last}"
        parent = self.find(package)
        if parent is None or parent.opaque:
            return parent and Module(name, opaque=True)
        for folder in parent.folders:
            init = folder / last / "__init__.py"
            if init.is_file():
                return Module(name, init, (init.parent,))
            for suffix in SUFFIXES:
                file = folder / f"{last}{suffix}"
                if file.is_file():
                    return Module(name, _source(str(file)))
        spaces = tuple(folder / last for folder in parent.folders if (folder / last).is_dir())
        if spaces:
            return Module(name, folders=spaces)
        compiled = parent.source is None and not parent.folders
        known = compiled or name in sys.modules or any(word in _text(parent.source) for word in MAKES_MODULES)
        return Module(name, opaque=True) if known else None

    def _names_of(self, module: Module | None) -> frozenset[str] | None:
        if module is None or module.opaque:
            return None
        loaded = sys.modules.get(module.name)
        seen = frozenset(vars(loaded)) if loaded is not None else frozenset()
        whole = seen if seen and "__getattr__" not in seen else None
        if module.source is None and not module.folders:
            return whole
        text = _text(module.source)
        bound = None
        try:
            bound = None if any(word in text for word in DYNAMIC) else bindings(parsed(text))
        except SyntaxError:
            pass
        if bound is None:
            return whole if module.name.partition(".")[0] in sys.stdlib_module_names else None
        return bound | seen | MODULE_NAMES


#: What each module has without binding it.
MODULE_NAMES = frozenset(
    ("__name__", "__doc__", "__file__", "__path__", "__spec__", "__loader__", "__package__", "__dict__")
)


def _source(origin: str | None) -> Path | None:
    return Path(origin) if origin and origin.endswith(".py") else None


def _text(source: Path | None) -> str:
    if source is None:
        return ""
    try:
        return source.read_text("utf-8", errors="replace")
    except OSError:
        return "__path__"


def bindings(tree: ast.Module) -> frozenset[str] | None:
    """Names bound at the top level, under conditions too; None where a star import or ``__getattr__`` may add more.

    >>> sorted(bindings(ast.parse("import os.path; a = 1")))
    ['a', 'os']
    """
    found: set[str] = set()
    for node in _same_scope(tree):
        if isinstance(node, (Function, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
    found.update(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)
    return None if found & {"*", "__getattr__"} else frozenset(found)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (Function, ast.ClassDef, ast.Lambda)):
            yield from _same_scope(child)


# ------------------------------------------------------------------------------------------------ the candidate


def missing_import(tree: ast.Module, trial: Trial, world: World) -> str:
    """The first import that cannot work, as a sentence; empty where all can."""
    under_test = trial.candidate.target.module
    pretends = any(word in trial.candidate.code for word in PRETENDS)
    guards = [node for node in ast.walk(tree) if isinstance(node, (ast.If, ast.Try))]
    guarded = {id(part) for node in guards for part in ast.walk(node)}
    for node in _same_scope(tree) if pretends else ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in guarded:
            for alias in node.names:
                if world.find(alias.name) is None:
                    return _no_module(alias.name, world)
        elif isinstance(node, ast.ImportFrom) and id(node) not in guarded:
            if node.level:
                found = _missing_relative(node, trial.edit.path)
            elif world.find(node.module or "") is None:
                found = _no_module(node.module or "", world)
            else:
                found = _missing_name(node, world, under_test)
            if found:
                return found
    return ""


def _no_module(name: str, world: World) -> str:
    near = world.near(name)
    return f"there is no module `{name}` here" + (f"; did you mean `{near}`?" if near else "")


def _missing_name(node: ast.ImportFrom, world: World, under_test: str) -> str:
    module = node.module or ""
    names = world.names(module)
    for alias in node.names if names is not None else ():
        name = alias.name
        if name in (names or ()) or name == "*" or world.has_file(f"{module}.{name}"):
            continue
        for other in (f"{module}.abc", under_test):
            if name in (world.names(other) or ()):
                return f"`{module}` has no `{name}`, `{other}` has"
        return f"`{module}` has no `{name}`{_mean(name, names or ())}"
    return ""


def _mean(name: str, names: Iterable[str]) -> str:
    """A question whether the nearest name was meant; private ones only for a private one."""
    close = difflib.get_close_matches(name, [n for n in names if name[:1] == "_" or n[:1] != "_"], 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _missing_relative(node: ast.ImportFrom, test_path: Path) -> str:
    folder = test_path.parents[min(node.level, len(test_path.parents)) - 1]
    for name in [node.module] if node.module else [alias.name for alias in node.names]:
        place = folder.joinpath(*name.split("."))
        if not (place.is_dir() or any(place.with_name(place.name + s).is_file() for s in SUFFIXES)):
            if not node.module and (folder / "__init__.py").is_file():
                continue
            return f"there is no module `{'.' * node.level}{name}` beside the test module"
    return ""


def free_names(code: str) -> frozenset[str]:
    """Names that a candidate uses and neither binds nor finds among the builtins. Raises SyntaxError.

    >>> sorted(free_names("def test(): assert f(x for x in y)"))
    ['f', 'y']
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(code, "<candidate>", "exec")
    used: set[str] = set()
    bound = {
        s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
    tables = [top]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            if table is top or symbol.is_global():
                if symbol.is_referenced():
                    used.add(symbol.get_name())
                if symbol.is_assigned() or symbol.is_imported():
                    bound.add(symbol.get_name())
    return frozenset(n for n in used - bound - set(dir(builtins)) if n.isidentifier() and n[:2] != "__")


def undefined(trial: Trial, tree: ast.Module, world: World) -> str:
    """The first name that is not defined, as a sentence; empty where all are."""
    code = trial.candidate.code
    if bindings(tree) is None or any(word in code for word in ("NameError", "globals()", "exec(")):
        return ""
    free = free_names(code)
    around: set[str] = set()
    for text in (trial.edit.before or "", trial.edit.after) if free else ():
        try:
            there = bindings(parsed(text))
        except SyntaxError:
            continue
        if there is None:
            return ""
        around |= there
    name = min(free - around, default="")
    return name and f"`{name}` is not defined{_where(name, trial.candidate, tree, world)}"


def _where(name: str, candidate: Candidate, tree: ast.Module, world: World) -> str:
    there = world.names(candidate.target.module) or frozenset()
    if name in sys.stdlib_module_names or (name not in there and world.find(name)):
        return f"; add `import {name}`"
    if name in there:
        return f"; `{candidate.target.module}` has it: import it from there"
    return _mean(name, {*(bindings(tree) or ()), *there, *dir(builtins)})


def folders(trial: Trial) -> Iterator[str]:
    """Where the test module's imports are looked for before ``sys.path``, as pytest and the project have it."""
    gap, module = trial.candidate.target.gap, trial.candidate.target.module
    up = module.count(".") + (gap.path.name == "__init__.py")
    if up < len(gap.path.parents):
        yield str(gap.path.parents[up])
    rootdir = trial.edit.path.parent
    while (rootdir / "__init__.py").is_file() and rootdir != rootdir.parent:
        rootdir = rootdir.parent
    yield str(rootdir)
    yield str(Path.cwd())
    yield str(Path.cwd() / "src")


class Imports:
    """Refuses imports and names that do not exist here."""

    name = "imports"
    stage: ClassVar[Stage] = Stage.STATIC
    cost: ClassVar[int] = 0

    def __init__(self) -> None:
        self._worlds: dict[tuple[str, ...], World] = {}

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        where = (*folders(trial), *sys.path)
        world = self._worlds.setdefault(where, World(where))
        try:
            tree = parsed(trial.candidate.code)
            found = missing_import(tree, trial, world)
            found = found or undefined(trial, tree, world)
        except (SyntaxError, RecursionError):
            return None
        return Refusal(self.name, found) if found else None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Imports()]
