"""Refuses a test whose imports or names do not exist here: a closed world, found without importing the code under test.

Modules are looked up as files, names in the syntax tree of the module's source. Where neither can tell (a star import, a
module with ``__getattr__``, a compiled one that is not loaded), the candidate passes. Nothing is ever installed.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.attributes import missing_attribute, missing_place
from pytest_aigen.checks.reading import parsed
from pytest_aigen.checks.world import SUFFIXES, World, bindings, mean, no_module, same_scope
from pytest_aigen.data import Candidate, Refusal, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.trees import nodes

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Words by which a test makes modules of its own, so that what it imports inside need not exist.
PRETENDS = ("sys.modules", "sys.path", "meta_path", "syspath_prepend", "import_module", "ImportError", "NotFoundError")  # fmt: skip


def missing_import(tree: ast.Module, trial: Trial, world: World) -> str:
    """The first import that cannot work, as a sentence; empty where all can."""
    under_test = trial.candidate.target.module
    pretends = any(word in trial.candidate.code for word in PRETENDS)
    guards = [node for node in nodes(tree) if isinstance(node, (ast.If, ast.Try))]
    guarded = {id(part) for node in guards for part in ast.walk(node)}
    for node in same_scope(tree) if pretends else nodes(tree):
        if isinstance(node, ast.Import) and id(node) not in guarded:
            for alias in node.names:
                if world.find(alias.name) is None:
                    return no_module(alias.name, world)
        elif isinstance(node, ast.ImportFrom) and id(node) not in guarded:
            if node.level:
                found = _missing_relative(node, trial.edit.path)
            elif world.find(node.module or "") is None:
                found = no_module(node.module or "", world)
            else:
                found = _missing_name(node, world, under_test)
            if found:
                return found
    return ""


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
        return f"`{module}` has no `{name}`{mean(name, names or ())}"
    return ""


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
    return mean(name, {*(bindings(tree) or ()), *there, *dir(builtins)})


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
            found = found or missing_attribute(tree, world) or missing_place(tree, world)
        except (SyntaxError, RecursionError):
            return None
        return Refusal(self.name, found) if found else None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Imports()]
