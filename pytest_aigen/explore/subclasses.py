"""A concrete subclass for an abstract class: its abstract methods answer plainly."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping
from typing import Any

from pytest_aigen.explore.recipes import Member, Ref, Subclass

_BY_NAME = {
    "__len__": "1", "__iter__": "iter([1])", "__next__": "1", "__getitem__": "1", "__contains__": "True", "__hash__": "1",
    "__bool__": "True", "__str__": '"text"', "__repr__": '"text"', "__eq__": "True", "__lt__": "True", "__exit__": "None",
}  # fmt: skip
_BY_TYPE: Mapping[Any, str] = {
    int: "1", str: '"text"', bool: "True", float: "1.5", bytes: 'b"text"', list: "[1]", dict: '{"a": 1}', tuple: "(1, 2)",
    set: "{1}", type(None): "None",
}  # fmt: skip
_NAMED = {kind.__name__: text for kind, text in _BY_TYPE.items()} | {"None": "None"}


def plain_subclass(cls: type, reference: Ref) -> Subclass | None:
    """What has to be written; None where nothing but a name is missing, or too much."""
    names = sorted(getattr(cls, "__abstractmethods__", ()))
    if getattr(cls, "_is_protocol", False):
        names = sorted(name for name in typing.cast(Any, cls).__dict__ if _asked(cls, name))
    if not 0 < len(names) <= 8:
        return None
    return Subclass(reference, tuple(_member(cls, name) for name in names))


def _asked(cls: type, name: str) -> bool:
    """Whether it is a method that a protocol asks for."""
    plain = not name.startswith("_") or name in _BY_NAME
    return plain and inspect.isfunction(inspect.getattr_static(cls, name))


def _member(cls: type, name: str) -> Member:
    static = inspect.getattr_static(cls, name)
    function = static
    form: str = "method"
    if isinstance(static, property):
        form, function = "attribute", static.fget
    elif isinstance(static, classmethod):
        form, function = "classmethod", static.__func__
    elif isinstance(static, staticmethod):
        form, function = "staticmethod", static.__func__
    elif not callable(static):
        form = "attribute"
    elif inspect.iscoroutinefunction(static):
        form = "async"
    return Member(name, form, _names(function, form), _BY_NAME.get(name) or _answer(function))


def _names(function: Any, form: str) -> str:
    """Its arguments as they are written; whatever comes, where it has defaults or names that only its module knows."""
    if form == "attribute":
        return ""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    simple = all(
        param.default is param.empty and param.kind is param.POSITIONAL_OR_KEYWORD for param in parameters
    )
    if simple and parameters:
        return ", ".join(param.name for param in parameters)
    return {"method": "self, ", "async": "self, ", "classmethod": "cls, "}.get(form, "") + "*args, **options"


def _answer(function: Any) -> str:
    hint = getattr(function, "__annotations__", {}).get("return", None)
    if hint is Any or (isinstance(hint, str) and hint.rpartition(".")[2] == "Any"):
        return _NAMED["int"]
    if isinstance(hint, str):
        return _NAMED.get(hint.partition("[")[0].lower() if "[" in hint else hint, "None")
    origin: Any = typing.get_origin(hint) or hint
    return _BY_TYPE.get(origin, "1" if "return" not in getattr(function, "__annotations__", {}) else "None")
