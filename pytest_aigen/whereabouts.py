"""Whether Python imports a source file from where it stands, and what helps where it does not."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pytest_aigen.data import Hurdle, Obstacle


def base(path: Path, name: str) -> Path:
    """The folder that has to be on the path for a file to be imported by a dotted name.

    >>> base(Path("/a/b/c.py"), "b.c"), base(Path("/a/b/__init__.py"), "b")
    (PosixPath('/a'), PosixPath('/a'))
    """
    levels = len(name.split(".")) - (path.name != "__init__.py")
    return path.parents[levels]


def hindrances(names: Mapping[Path, str]) -> dict[Path, Obstacle]:
    """What stands in the way of source files that Python, as it is now, would not import; nothing is imported for it.

    ``names`` are their dotted names.
    """
    origins: dict[str, list[Path] | None] = {}
    found: dict[Path, Obstacle] = {}
    for path, name in names.items():
        top = name.partition(".")[0]
        if top not in origins:
            origins[top] = _origins(top)
        places = origins[top]
        if places is None:
            found[path] = Obstacle(Hurdle.NOT_FOUND, f"no {top} is on the path")
        elif places and _place(path, name, top) not in places:
            found[path] = Obstacle(Hurdle.ELSEWHERE, f"from {places[0]}")
    return found


def _place(path: Path, name: str, top: str) -> Path:
    """What Python finds for the first part of the name: the folder of a package, the file of a module."""
    folder = base(path, name) / top
    return path.resolve() if name == top and path.name != "__init__.py" else folder.resolve()


def _origins(top: str) -> list[Path] | None:
    """Where a package or module of this name is imported from; none where nobody can say, None where it is nowhere."""
    try:
        spec = importlib.util.find_spec(top)
    except Exception:  # as a finder of others, or a module that pretends, raises it
        return []
    if spec is None:
        return None
    if spec.submodule_search_locations is not None:
        places = [Path(place).resolve() for place in spec.submodule_search_locations]
    else:
        places = [Path(spec.origin).resolve()] if spec.has_location and spec.origin else []
    # Some finders have marks of their own there.
    return places if all(place.exists() for place in places) else []


def lacks_root(config: pytest.Config, names: Mapping[Path, str], folder: Path) -> bool:
    """Whether plain ``pytest`` finds the project's code only if the new folder of the first tests is a package.

    So it is where the code stands at the root and is not installed: pytest puts the folder above the outermost package
    of tests on the path, unless it imports tests by importlib, which is not asked about here. ``names`` are those of the
    source files.
    """
    root = config.rootpath.resolve()
    if not folder.is_relative_to(root) or any(map(_holds_code, levels(folder, root))):
        return False
    if (root / "__init__.py").exists() or (root / "conftest.py").exists():
        return False
    paths = (*map(Path, config.getini("pythonpath")), *_lasting(config))
    return any(base(path, name).resolve() == root for path, name in names.items()) and not any(
        place.resolve() == root for place in paths
    )


def levels(folder: Path, root: Path) -> list[Path]:
    """A folder and those above it that are below the root, the innermost first.

    >>> levels(Path("/a/b/c"), Path("/a"))
    [PosixPath('/a/b/c'), PosixPath('/a/b')]
    """
    return [place for place in (folder, *folder.parents) if root in place.parents]


def _holds_code(folder: Path) -> bool:
    return any(folder.glob("*.py"))


def _lasting(config: pytest.Config) -> Iterator[Path]:
    """Folders on the path however pytest is started: ``python -m pytest`` adds the current one."""
    entries = [Path(entry) for entry in sys.path if entry]
    here = config.invocation_params.dir
    if Path(sys.argv[0]).name == "__main__.py" and here in entries:
        entries.remove(here)  # its first place
    return iter(entries)
