"""Modules whose text is held in memory: the finder that imports them, and the test module that is made of one.

Runs in the processes in which candidates run; imports pytest and the standard library only.
"""

from __future__ import annotations

import ast
import importlib
import linecache
import os
import sys
import tokenize
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from pytest_aigen.executors.child.pytest_private import rewrites, rewritten


@contextmanager
def untraced() -> Iterator[None]:
    """No trace function inside the block: for work that takes many calls, none of them in a source."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)


class OverlayLoader(Loader):
    """Executes the text of one module. Reads and writes no bytecode."""

    def __init__(
        self, path: Path, text: str, config: pytest.Config | None, tests: Collection[str] = ()
    ) -> None:
        """Where there is a ``config``, asserts are rewritten as pytest does for test modules, in other tests than these only
        if there are none.
        """
        self._path = path
        self._text = text
        self._config = config
        self._tests = tests

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code(), module.__dict__)

    def get_source(self, fullname: str) -> str:
        return self._text

    def get_filename(self, fullname: str) -> str:
        return str(self._path)

    def is_package(self, fullname: str) -> bool:
        return self._path.name == "__init__.py"

    def _code(self) -> CodeType:
        data = self._text.encode("utf-8", "surrogateescape")
        name = str(self._path)
        lines = self._text.splitlines(keepends=True)
        linecache.cache[name] = (len(data), None, lines, name)
        if self._config is None:
            code = compile(self._text, name, "exec", dont_inherit=True)
        else:
            with untraced():
                tree = ast.parse(self._text, filename=name)
                with without_other_tests(tree, self._tests):
                    rewritten(tree, data, self._path, self._config)
                code = compile(tree, name, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code


@contextmanager
def without_other_tests(tree: ast.Module, tests: Collection[str]) -> Iterator[None]:
    """Inside the block the functions of the module that are other tests than these have no bodies; none where no tests
    are named. To rewrite the asserts of a long module takes far longer than to run a test of it.
    """
    wanted = {test.partition("[")[0] for test in tests}
    taken: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, list[ast.stmt]]] = []
    places: list[tuple[str, list[ast.stmt]]] = [("", tree.body)] if wanted else []
    while places:
        prefix, body = places.pop()
        for node in body:
            name = f"{prefix}{getattr(node, 'name', '')}"
            if name in wanted:
                continue
            if isinstance(node, ast.ClassDef):
                places.append((f"{name}::", node.body))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
                taken.append((node, node.body))
                node.body = []
    try:
        yield
    finally:
        for node, body in taken:
            node.body = body


class Overlay(MetaPathFinder):
    """Finds the modules of a job's overlay before anyone else does."""

    def __init__(
        self, texts: Mapping[Path, str], tests: Mapping[Path, Collection[str]] | None = None
    ) -> None:
        #: The tests that are wanted of a module, where that is not all.
        self._tests = tests or {}
        self.texts = {os.path.realpath(path): text for path, text in texts.items()}
        #: Names under which single files are known for sure: the test module.
        self.names: dict[str, Path] = {}
        self.config: pytest.Config | None = None
        self._last = {_last_name(path) for path in self.texts}

    def install(self) -> None:
        """Stand first; pytest puts its assertion rewriter there during configuration."""
        self.remove()
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        while self in sys.meta_path:
            sys.meta_path.remove(self)

    def has(self, path: Path) -> bool:
        return os.path.realpath(path) in self.texts

    def add_from_disk(self, path: Path) -> None:
        """Let a test module that the job does not hold be imported as it stands on disk, if it does."""
        if not self.has(path) and path.is_file():
            with tokenize.open(path) as stream:
                self.texts[os.path.realpath(path)] = stream.read()

    def stale(self, besides: Path, files: Mapping[str, Sequence[str]]) -> list[str]:
        """Files that were imported already, with another text than the overlay gives them.

        ``files`` is what `imported_files` found.
        """
        besides_real = os.path.realpath(besides)
        found = []
        for file in (file for last in self._last for file in files.get(last, ())):
            real = os.path.realpath(file)
            if real in self.texts and real != besides_real and not _same(file, self.texts[real]):
                found.append(file)
        return found

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self.names:
            return self._spec(fullname, self.names[fullname], self.config)
        last = fullname.rpartition(".")[2]
        if last not in self._last:
            return None
        spec = self._found_by_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            origin = os.path.realpath(spec.origin) if spec.has_location and spec.origin else ""
            if origin not in self.texts:
                return None
            return self._spec(fullname, Path(str(spec.origin)), self.config if rewrites(spec) else None)
        for entry in sys.path if path is None else path:
            folder = os.path.join(entry or os.getcwd(), last)
            for file in (os.path.join(folder, "__init__.py"), folder + ".py"):
                if os.path.realpath(file) in self.texts:
                    return self._spec(fullname, Path(file), None)
        return None

    def _found_by_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return None

    def _spec(self, fullname: str, path: Path, config: pytest.Config | None) -> ModuleSpec | None:
        text = self.texts[os.path.realpath(path)]
        loader = OverlayLoader(path, text, config, self._tests.get(path, ()))
        folder = [str(path.parent)] if path.name == "__init__.py" else None
        return spec_from_file_location(fullname, path, loader=loader, submodule_search_locations=folder)


class OverlayModule(pytest.Module):
    """A test module that is made from memory; the file need not exist."""

    overlay: Overlay
    _imported: ModuleType | None = None

    def again(self) -> OverlayModule:
        """A collector of the same module as it is imported by now."""
        other: OverlayModule = OverlayModule.from_parent(self.parent, path=self.path)
        other.overlay, other._imported = self.overlay, self.obj
        return other

    def _getobj(self) -> ModuleType:
        if self._imported is not None:
            return self._imported
        try:
            module = imported(self.path, self.overlay, self.config)
        except (SyntaxError, ImportError) as exc:
            error = pytest.ExceptionInfo.from_exception(exc) if sys.version_info >= (3, 8) else None
            raise self.CollectError(str(error.getrepr(style="short") if error else exc)) from exc
        except pytest.skip.Exception as exc:
            if exc.allow_module_level:
                raise
            raise self.CollectError("pytest.skip outside of a test, without allow_module_level") from exc
        self.config.pluginmanager.consider_module(module)
        return module


def imported_files() -> dict[str, list[str]]:
    """The files of the modules that are imported at this moment, by the last part of their names."""
    files: dict[str, list[str]] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py"):
            files.setdefault(_last_name(file), []).append(file)
    return files


def imported(path: Path, overlay: Overlay, config: pytest.Config) -> ModuleType:
    """Import a test module from the overlay, under the name and with the sys.path that pytest would give it."""
    root, name = module_name(path, overlay)
    if _import_mode(config) == "importlib":
        if root == path.parent and "." not in name:
            name = _name_below(path, config.rootpath)
            _make_parents(name, path)
        elif str(root) not in sys.path:
            _load_packages(name, root)
    else:
        sys.path[:] = path_for(root, config)
    overlay.config = config
    overlay.names[name] = path
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def path_for(root: Path, config: pytest.Config) -> list[str]:
    """``sys.path`` as pytest leaves it for a test module that is imported from this folder."""
    mode, there = _import_mode(config), sys.path
    if mode == "importlib" or str(root) in (there if mode == "append" else there[:1]):
        return list(there)
    return [*there, str(root)] if mode == "append" else [str(root), *there]


def _import_mode(config: pytest.Config) -> str:
    mode = config.getoption("importmode")
    return str(getattr(mode, "value", mode))


def module_name(path: Path, overlay: Overlay) -> tuple[Path, str]:
    """The folder that has to be in sys.path, and the dotted name, ``__init__.py`` files taken into account.

    ``/p/tests/unit/test_x.py`` is ``(/p/tests/unit, "test_x")``, or ``(/p, "tests.unit.test_x")`` in packages.
    """
    names = [path.stem] if path.name != "__init__.py" else []
    folder = path.parent
    while folder.name.isidentifier():
        init = folder / "__init__.py"
        if not (overlay.has(init) or init.is_file()):
            break
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


def _name_below(path: Path, root: Path) -> str:
    """``tests.unit.test_x``: unique by folder, as ``--import-mode=importlib`` has it."""
    try:
        parts = path.relative_to(root).with_suffix("").parts
    except ValueError:
        parts = path.with_suffix("").parts[1:]
    return ".".join(part.replace(".", "_") for part in parts)


def _make_parents(name: str, path: Path) -> None:
    """Modules for the folders, without anything in them, where no package of the name can be imported."""
    parents = name.split(".")[:-1]
    folders = list(path.parents)[: len(parents)][::-1]
    for depth, folder in enumerate(folders, 1):
        parent = ".".join(parents[:depth])
        if parent in sys.modules:
            if not hasattr(sys.modules[parent], "__path__"):  # as pytest 8.1 makes them
                sys.modules[parent].__path__ = [str(folder)]
            continue
        module = ModuleType(parent, "Made for --import-mode=importlib.")
        module.__path__ = [str(folder)]
        sys.modules[parent] = module
        if depth > 1:
            setattr(sys.modules[".".join(parents[: depth - 1])], parents[depth - 1], module)


def _load_packages(name: str, root: Path) -> None:
    """Import the packages around a test module without sys.path."""
    parents = name.split(".")[:-1]
    folder = root
    for depth, part in enumerate(parents, 1):
        folder = folder / part
        parent = ".".join(parents[:depth])
        if parent in sys.modules:
            continue
        spec: Any = PathFinder.find_spec(parent, [str(folder.parent)])
        if spec is None or spec.loader is None:
            return
        module = module_from_spec(spec)
        sys.modules[parent] = module
        spec.loader.exec_module(module)
        if depth > 1:
            setattr(sys.modules[".".join(parents[: depth - 1])], part, module)


def _last_name(path: str) -> str:
    head, tail = os.path.split(path)
    return os.path.basename(head) if tail == "__init__.py" else tail.rpartition(".")[0]


def _same(file: str, text: str) -> bool:
    try:
        with open(file, encoding="utf-8", newline="", errors="surrogateescape") as stream:
            return stream.read() == text
    except OSError:
        return False
