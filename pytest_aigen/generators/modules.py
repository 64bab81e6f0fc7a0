"""What can be known about a module without importing it."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path


def exists(module: str, folders: tuple[str, ...] = ()) -> bool:
    """Whether there is such a module; ``folders`` are searched before ``sys.path``. True in doubt."""
    return _spec(module, folders) is not None


def mentions(module: str, name: str, folders: tuple[str, ...] = ()) -> bool:
    """Whether the source of a module has this word; True where there is no source to look at."""
    spec = _spec(module, folders)
    origin = spec.origin if isinstance(spec, ModuleSpec) else None
    if origin is None or not origin.endswith(".py"):
        return True
    return name in _words(origin)


@lru_cache(maxsize=1024)
def _spec(module: str, folders: tuple[str, ...]) -> ModuleSpec | bool | None:
    top, *rest = module.split(".")
    if top == "__main__" or not module:
        return None
    try:
        spec = PathFinder.find_spec(top, list(folders)) or importlib.util.find_spec(top)
        name = top
        for part in rest:
            if spec is None or spec.submodule_search_locations is None:
                return True if name in sys.builtin_module_names or f"{name}.{part}" == "os.path" else None
            name = f"{name}.{part}"
            spec = PathFinder.find_spec(name, list(spec.submodule_search_locations))
    except Exception:  # whatever a finder raises, the module is not known to be missing
        return True
    return spec


@lru_cache(maxsize=256)
def _words(origin: str) -> frozenset[str]:
    try:
        return frozenset(re.findall(r"\w+", Path(origin).read_text("utf-8", "replace")))
    except OSError:
        return frozenset()
