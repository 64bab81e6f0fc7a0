"""A copy of a module that code in the same process cannot change by importing the module and setting its names.

Whoever searches the objects of the process, or the frames of an error, can still find it.
"""

from __future__ import annotations

import builtins
import importlib.util
import os
import posixpath
import stat
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any


def copy_of(module: ModuleType, **names: object) -> Any:
    """The module loaded once more, under no name, with builtins and a ``realpath`` of its own; ``names`` are set in it."""
    made = _loaded(module)
    made.__dict__.update(names)
    if sys.platform != "win32":
        paths = _loaded(posixpath)
        paths.__dict__.update(os=SimpleNamespace(**vars(os)), stat=SimpleNamespace(**vars(stat)))
        made.__dict__.update(
            _realpath=paths.realpath, _join=paths.join, _dirname=paths.dirname, _basename=paths.basename
        )
    return made


def _loaded(module: ModuleType) -> Any:
    file = Path(str(module.__file__))
    spec = importlib.util.spec_from_file_location(module.__name__, file)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    made.__dict__["__builtins__"] = dict(vars(builtins))
    exec(compile(file.read_bytes(), str(file), "exec"), made.__dict__)
    return made
