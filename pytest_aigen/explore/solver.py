"""Arguments with which a function takes yet another path, found by a solver: the one home of CrossHair.

CrossHair (crosshair.readthedocs.io) runs a function on values that stand for all of their type, asks the solver Z3 at every
decision which ways are open, and takes another one each time. It is imported in processes that solve only, and before their
sandbox is put on: Z3 is a library that ``ctypes`` loads.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from inspect import BoundArguments, Signature
from typing import Any, TypeAlias

#: Given what runs the function and its signature: the arguments of one path after the other; None for one that came to nothing.
Paths: TypeAlias = Callable[[Callable[[BoundArguments], Any], Signature], Iterator[Mapping[str, Any] | None]]
#: `load`, for the `Probe` that solves.
LOAD = f"{__name__}:load"
#: What Z3 may do for one question, in units of its own, the same on every machine: about half a second.
_WORK = 1_000_000
#: Processor seconds of one path, and twice the seconds of one question: a veto only.
_SECONDS = 6.0


def installed() -> bool:
    """Whether there is a solver."""
    try:
        importlib.metadata.version("crosshair-tool")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def load() -> None:
    """Import the solver. Raises ImportError where there is none, and what its parts raise."""
    before = os.environ.get("CROSSHAIR_SMT_RLIMIT")
    os.environ.setdefault("CROSSHAIR_SMT_RLIMIT", str(_WORK))
    try:
        importlib.import_module("crosshair.core_and_libs")
    finally:
        if before is None:
            del os.environ["CROSSHAIR_SMT_RLIMIT"]


def paths(run: Callable[[BoundArguments], Any], signature: Signature) -> Iterator[Mapping[str, Any] | None]:
    """`Paths` of CrossHair. Ends when there are no more, or when the function does not do the same each time.

    Raises what CrossHair and Z3 raise when they come to an end of their own.
    """
    from crosshair.core import ExceptionFilter, deep_realize, explore_paths
    from crosshair.options import DEFAULT_OPTIONS
    from crosshair.statespace import NotDeterministic, RootNode

    root, happened = RootNode(), Counter[str]()
    options = DEFAULT_OPTIONS.overlay(
        max_iterations=1, per_condition_timeout=2 * _SECONDS, per_path_timeout=_SECONDS, stats=happened
    )
    found: list[Mapping[str, Any]] = []

    def complete(space: Any, args: BoundArguments, *_: object) -> bool:
        with ExceptionFilter():
            space.detach_path()
            found.append(dict(deep_realize(args).arguments))
        return False

    while not happened["exhaustion"]:
        found.clear()
        try:
            explore_paths(run, signature, options, root, complete)
        except NotDeterministic:
            return
        yield found[0] if found else None
