"""What can be imported here, found without importing anything: modules as files, names in the syntax tree of a module."""

from __future__ import annotations

import ast
import difflib
import importlib.machinery
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_aigen.checks.reading import Function, parsed
from pytest_aigen.trees import nodes

SUFFIXES = tuple(importlib.machinery.all_suffixes())
#: Words by which a module may have submodules that are no files, and names that its syntax tree does not show.
MAKES_MODULES = ("__path__", "sys.modules", "meta_path")
DYNAMIC = (*MAKES_MODULES, "globals()", "vars()", "exec(")


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
        close = difflib.get_close_matches(last, set(there) - {last}, 1, 0.6 if package else 0.7)
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
    for node in same_scope(tree):
        if isinstance(node, (Function, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
    found.update(name for node in nodes(tree) if isinstance(node, ast.Global) for name in node.names)
    return None if found & {"*", "__getattr__"} else frozenset(found)


def same_scope(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (Function, ast.ClassDef, ast.Lambda)):
            yield from same_scope(child)


def mean(name: str, names: Iterable[str]) -> str:
    """A question whether the nearest name was meant; private ones only for a private one."""
    close = difflib.get_close_matches(name, [n for n in names if name[:1] == "_" or n[:1] != "_"], 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def no_module(name: str, world: World) -> str:
    near = world.near(name)
    return f"there is no module `{name}` here" + (f"; did you mean `{near}`?" if near else "")
