"""A definition found among the objects of a module, under the name by which it is reached."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Role: TypeAlias = Literal["call", "get", "set", "delete"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition is."""

    #: Dotted below the module.
    name: str
    #: As it stands there: a function, or the descriptor that holds it.
    value: Any
    owner: type | None = None
    role: Role = "call"
    #: The class for which a generic function calls it.
    registered: type | None = None

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


def locate(module: types.ModuleType, qualname: str, first: int = 0) -> Place | None:
    """The definition of that name, and of several that of the given first line; of a nested function the outermost one.

    A definition whose name now means something else, as in ``@generic.register def _(value)``, is found by its line.
    """
    parts = qualname.replace(".<locals>", "").split(".")
    owner: type | None = None
    reached: list[str] = []
    for place, part in enumerate(parts):
        members: Mapping[str, Any] = vars(owner if owner is not None else module)
        name = _mangled(owner, part)
        value = members.get(name)
        last = place == len(parts) - 1
        if isinstance(value, type) and not last:
            owner = value
            reached.append(name)
            continue
        found = _among(members, name, first)
        if found is None:
            return None
        name, role, registered = found
        return Place(".".join([*reached, name]), members[name], owner, role, registered)
    return None


def _mangled(owner: type | None, name: str) -> str:
    if owner is None or not name.startswith("__") or name.endswith("__"):
        return name
    return f"_{owner.__name__.lstrip('_')}{name}"


def _among(members: Mapping[str, Any], name: str, first: int) -> tuple[str, Role, type | None] | None:
    """The member that holds the definition: the one of its name if that begins on the line, or is all there is."""
    named = members.get(name)
    if named is not None:
        for role, registered, function in _inside(named):
            if not first or _begins(function, first):
                return name, role, registered
    for other, value in members.items() if first else ():
        if other != name and not isinstance(value, type):
            for role, registered, function in _inside(value):
                if _begins(function, first):
                    return other, role, registered
    if named is None or isinstance(named, type):
        return None
    return name, "call" if callable(named) or _held(named) else "get", None


def _held(value: Any) -> bool:
    return isinstance(value, (staticmethod, classmethod))


def _inside(value: Any) -> Iterator[tuple[Role, type | None, Any]]:
    """The functions that a member holds: what calls each, and the class for which it is registered."""
    if isinstance(value, property):
        roles: tuple[tuple[Role, Any], ...] = (
            ("get", value.fget),
            ("set", value.fset),
            ("delete", value.fdel),
        )
        for role, function in roles:
            if function is not None:
                yield role, None, function
    elif isinstance(value, functools.cached_property):
        yield "get", None, value.func
    elif isinstance(value, (staticmethod, classmethod)):
        yield "call", None, value.__func__
    elif isinstance(value, functools.singledispatchmethod):
        yield from _registered(value.dispatcher, value.func)
    elif hasattr(value, "registry") and hasattr(value, "dispatch"):
        yield from _registered(value, getattr(value, "__wrapped__", value))
    elif inspect.isfunction(value) or hasattr(value, "__wrapped__"):
        yield "call", None, value


def _registered(dispatcher: Any, general: Any) -> Iterator[tuple[Role, type | None, Any]]:
    yield "call", None, general
    for kind, function in dispatcher.registry.items():
        yield "call", kind, function


def _begins(function: Any, first: int) -> bool:
    try:
        code = getattr(inspect.unwrap(function), "__code__", None)
    except ValueError:
        return False
    return code is not None and code.co_firstlineno == first
