"""Which source files to cover: those that the user names, else what coverage.py is told, else what a project holds."""

from __future__ import annotations

import fnmatch
import importlib.machinery
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pytest_aigen.errors import ConfigError, WriteError

#: Folders that hold no source of the project itself.
_NEVER = {
    "__pycache__", "node_modules", "site-packages", "build", "dist", "venv", "env", "htmlcov", "__pypackages__",
}  # fmt: skip
#: Folders and files beside the packages that are not what a project ships.
_NOT_SHIPPED = {
    "test", "tests", "testing", "doc", "docs", "example", "examples", "benchmark", "benchmarks", "script", "scripts",
    "tool", "tools", "changelog", "ci",
}  # fmt: skip
_NOT_MODULES = {"setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "dodo.py", "manage.py"}


#: What files of tests are called.
_TESTS = ("test_*.py", "*_test.py")
_TEST_FOLDERS = ("tests", "test")


def is_test_file(path: Path, patterns: Sequence[str] = _TESTS) -> bool:
    """Whether a file is part of the tests by its name or by its folder."""
    return (
        path.name == "conftest.py"
        or any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns)
        or any(part in _TEST_FOLDERS for part in path.parts[:-1])
    )


def never_sources(entries: Iterable[str]) -> tuple[str, ...]:
    """Patterns of coverage.py for files that are no sources by their name, whatever else is one.

    None where one of the user's entries for the sources is called so itself, as a file or as a module.

    >>> never_sources(["src", "shop.prices"])
    ('*/conftest.py', '*/test_*.py', '*/*_test.py')
    >>> never_sources(["src", "shop.test_client"]), never_sources(["lib/load_test.py"])
    ((), ())
    """
    modules = (entry.removesuffix(".py").replace(".", "/") + ".py" for entry in entries)
    if any(is_test_file(Path(Path(module).name)) for module in modules):
        return ()
    return tuple(f"*/{name}" for name in ("conftest.py", *_TESTS))


def walk(folder: Path) -> Iterator[Path]:
    """Python files below a folder, in order, without environments, caches and build results."""
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NEVER
            and not name.startswith(".")
            and not name.endswith(".egg-info")
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.endswith(".py"))


def source_files(
    entries: Sequence[str], *, root: Path, cwd: Path, sys_path: Sequence[str], option: str = ""
) -> tuple[Path, ...]:
    """Files for what the user named: files, folders, or names of packages and modules.

    Tests in a named folder are left out; a file that is named itself is not. Raises ConfigError, which names the
    ``option``, for an entry that is none of these; without one it is passed over, as coverage.py does.
    """
    found: dict[Path, None] = {}
    for entry in entries:
        for path in _located(entry, root=root, cwd=cwd, sys_path=sys_path, option=option):
            if path.is_file():
                found[path.resolve()] = None
            else:
                # A folder of tests that the user names is wanted; in coverage.py's own settings it is often one of several.
                below = root if not option and path.is_relative_to(root) else path
                inner = (file for file in walk(path) if not is_test_file(file.relative_to(below)))
                found.update(dict.fromkeys(file.resolve() for file in inner))
    return tuple(found)


def _located(entry: str, *, root: Path, cwd: Path, sys_path: Sequence[str], option: str) -> Iterable[Path]:
    for base in (cwd, root):
        if (path := base / entry).exists():
            if path.is_dir() or path.suffix == ".py":
                return [path]
            if option:
                raise ConfigError(f"{option}: {entry!r} is neither a folder nor a Python file")
    if (places := named(entry, root=root, sys_path=sys_path)) or not option:
        return places
    raise ConfigError(f"{option}: there is no file, folder or package {entry!r} here or in {root}")


def named(module: str, *, root: Path, sys_path: Sequence[str]) -> list[Path]:
    """The folders of a package, or the file of a module, of this name; nothing is imported to find it.

    Python's own packages are none of them: where ``test`` is a folder of this project, it has no such name.
    """
    if not all(part.isidentifier() for part in module.split(".")):
        return []
    # The user's own path, not this process's.
    search: list[str] = [str(root), str(root / "src"), *sys_path]
    origin: str | None = None
    for name in _prefixes(module):
        spec = importlib.machinery.PathFinder.find_spec(name, search)
        if spec is None:
            return []
        search, origin = list(spec.submodule_search_locations or ()), spec.origin
    places = [Path(place) for place in search] or ([Path(origin)] if origin else [])
    return [place for place in places if not _is_pythons(place)]


def _is_pythons(path: Path) -> bool:
    below = Path(sysconfig.get_path("stdlib"))
    return path.is_relative_to(below) and "site-packages" not in path.relative_to(below).parts


def _prefixes(dotted: str) -> list[str]:
    """``["a", "a.b"]`` of ``"a.b"``."""
    parts = dotted.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def project(root: Path) -> Path:
    """The folder of the whole project: the one above, where pytest's root is a folder of tests with a configuration of
    its own.
    """
    above = root.name in _TEST_FOLDERS and not _holds_project(root) and _holds_project(root.parent)
    return root.parent if above else root


def _holds_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg"))


def discover(root: Path, pythonpath: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The packages and modules that the project at ``root`` ships, by its layout: ``src/`` first, else beside it.

    ``pythonpath`` are folders below the root from which the tests can import, by pytest's setting of that name.
    """
    root = project(root)
    found = _in(root / "src") or _in(root)
    for base in pythonpath:
        if base.is_relative_to(root) and base != root and not is_test_file(base.relative_to(root) / "x.py"):
            found += _in(base)
    return tuple(dict.fromkeys(file.resolve() for file in found))


def _in(base: Path) -> list[Path]:
    """The files of what stands in a folder."""
    found: list[Path] = []
    for place in _shipped(base):
        if place.is_file():
            found.append(place)
        elif (place / "__init__.py").exists() or base.name == "src":
            found += walk(place)
        else:
            # A namespace, or the folder of one of several distributions: what is loose in it is not shipped.
            found += (file for file in walk(place) if (file.parent / "__init__.py").exists())
    return [file for file in found if not is_test_file(file.relative_to(base))]


def _shipped(base: Path) -> Iterator[Path]:
    """Modules and folders that may hold packages."""
    if not base.is_dir():
        return
    for place in sorted(base.iterdir()):
        if place.name.startswith((".", "_")) or place.name in _NOT_SHIPPED or place.name in _NEVER:
            continue
        if (place.is_dir() and not (place / "pyvenv.cfg").exists()) or (
            place.suffix == ".py" and place.name not in _NOT_MODULES and not is_test_file(Path(place.name))
        ):
            yield place


def module_name(path: Path, sys_path: Sequence[str]) -> str:
    """The dotted name under which a test imports a source file.

    The package's parents are followed while they have an ``__init__.py``; above that, a namespace package counts as
    far as the nearest folder on the path.
    """
    base = path.parent
    while (base / "__init__.py").exists():
        base = base.parent
    places = {Path(place).resolve() for place in sys_path if place}
    for ancestor in (base, *base.parents):
        if ancestor in places and all(
            part.isidentifier() for part in path.relative_to(ancestor).parent.parts
        ):
            base = ancestor
            break
        if ancestor.name == "src":
            base = ancestor
            break
    parts = list(path.relative_to(base).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def outside_project(path: Path) -> bool:
    """Whether a file belongs to the interpreter or to an installed package."""
    return "site-packages" in path.parts or path.is_relative_to(sys.base_prefix)


def conftests(path: Path, *, root: Path, read: Callable[[Path], str | None]) -> list[str]:
    """Texts of the conftest files that a test module sees, the nearest first; what cannot be read is passed over."""
    found = []
    for folder in path.parents:
        if folder.is_relative_to(root):
            with suppress(WriteError):
                found.append(read(folder / "conftest.py"))
    return [text for text in found if text]
