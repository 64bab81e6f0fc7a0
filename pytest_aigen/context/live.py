"""What loaded modules hold: where a name of the project comes from, and signatures of what is not of the project.

Objects are looked at and never called; attributes are read without what a class or module computes for them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_MOST = 8
_LONGEST_VALUE = 30
_LONGEST_ROW = 140
_LITERALS = (bool, int, float, str, bytes, type(None))


def origin(loaded: Mapping[str, ModuleType], module: str, name: str) -> tuple[str, str] | None:
    """The module and the name where what a module has under a name was defined, without its decorators."""
    found = _unwrapped(named(loaded, module, name))
    home, qualname = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if not isinstance(home, str) or not isinstance(qualname, str):
        return None
    return home, qualname.partition(".")[0]


def signatures(
    loaded: Mapping[str, ModuleType],
    module: str,
    names: Iterable[str],
    is_own: Callable[[str], bool],
    *,
    most: int = _MOST,
) -> tuple[str, ...]:
    """The classes and functions that a module uses of libraries, each in a line; ``is_own`` tells modules of the project.

    The standard library is known to whoever is told this, and left out.
    """
    values = ((name, named(loaded, module, name)) for name in names)
    rows = (
        signature(name, value)
        for name, value in values
        if (inspect.isclass(value) or inspect.isroutine(value)) and _is_foreign(value, is_own)
    )
    return tuple(dict.fromkeys(row for row in rows if row))[:most]


def states(loaded: Mapping[str, ModuleType], module: str, names: Iterable[str]) -> Iterator[str]:
    """What names of a module are at present, a sentence each, of those that are a module, None or a truth value.

    For names that depend on the machine, such as that of a library that may be missing.
    """
    there = vars(loaded[module]) if module in loaded else {}
    for name in names:
        value = there.get(name, _ELSE)
        if value is None or isinstance(value, bool):
            yield f"`{name}` of this module is {value}"
        elif isinstance(value, ModuleType):
            yield f"`{name}` of this module is the module `{value.__name__}`"


def is_installed(package: str) -> bool:
    """Whether a package could be imported, without importing it; True where it cannot be told."""
    with suppress(ImportError, ValueError):  # a module may stand there without a specification
        return find_spec(package) is not None
    return True


def named(loaded: Mapping[str, ModuleType], module: str, name: str) -> Any:
    """What a module has under a name, or a module or class that it has."""
    value: Any = loaded.get(module)
    for part in name.split("."):
        if not isinstance(value, (ModuleType, type)):
            return None
        value = inspect.getattr_static(value, part, None)
    return value


def _unwrapped(value: Any) -> Any:
    try:
        return inspect.unwrap(value)
    except Exception:  # a class may do anything where it is asked for an attribute
        return value


def _is_foreign(value: Any, is_own: Callable[[str], bool]) -> bool:
    home = getattr(value, "__module__", None)
    if not isinstance(home, str):
        return False
    top = home.partition(".")[0]
    return (
        top not in sys.stdlib_module_names
        and top not in ("builtins", "pytest", "_pytest")
        and not is_own(home)
    )


def signature(name: str, value: Any) -> str:
    """A line as in the source of a library; empty where there is nothing to tell."""
    try:
        given = inspect.signature(value)
        word = (
            "class"
            if inspect.isclass(value)
            else "async def"
            if inspect.iscoroutinefunction(value)
            else "def"
        )
        parameters = [
            p.replace(default=_default(p), annotation=_annotation(p.annotation))
            for p in given.parameters.values()
        ]
        returns = given.empty if word == "class" else _annotation(given.return_annotation)
        row = f"{word} {name}{given.replace(parameters=parameters, return_annotation=returns)}"
        if len(row) > _LONGEST_ROW or "object at 0x" in row:
            row = f"{word} {name}{inspect.Signature([p.replace(annotation=p.empty) for p in parameters])}"
        if len(row) > _LONGEST_ROW:
            row = row[:_LONGEST_ROW].rpartition(", ")[0] + ", ...)"
    except Exception:  # of compiled code there may be none, and libraries compute theirs
        return ""
    return row


@dataclass(frozen=True, slots=True)
class _As:
    """Stands for a value, by what is shown of it."""

    text: str

    def __repr__(self) -> str:
        return self.text


_ELSE = _As("...")


def _default(parameter: inspect.Parameter) -> Any:
    value = parameter.default
    if value is inspect.Parameter.empty:
        return value
    return value if type(value) in _LITERALS and len(repr(value)) <= _LONGEST_VALUE else _ELSE


def _annotation(value: Any) -> Any:
    """Annotations that are text already, without the quotes round it."""
    return _As(value) if isinstance(value, str) else value
