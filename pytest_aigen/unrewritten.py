"""Imports of this package's own modules, which pytest would slow down."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class Unrewritten(MetaPathFinder):
    """Imports the modules of this package as Python does.

    pytest would rewrite the asserts in them, as in all of a plugin, and where no bytecode is written anew each time.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(fullname, path, target) if fullname.startswith("pytest_aigen.") else None
