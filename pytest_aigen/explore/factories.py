"""Whether a function gives an instance of a class: by its annotation, or by what its code returns."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import typing
from typing import Any


def gives(function: Any, cls: type, *, bound: bool = False) -> bool:
    """Whether it does; ``bound`` for a class method, whose own ``cls`` is the class too."""
    annotation = getattr(function, "__annotations__", {}).get("return")
    if annotation is not None:
        words = (cls, cls.__name__, "Self", f"'{cls.__name__}'", getattr(typing, "Self", cls))
        return any(annotation is word or annotation == word for word in words)
    return not _returned(function).isdisjoint({cls.__name__, "cls"} if bound else {cls.__name__})


@functools.cache
def _returned(function: Any) -> frozenset[str]:
    """Names of what is called, or made by ``__new__``, for the values that it returns."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return frozenset()
    made = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            value = made.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.Call):
                found.add(_made_of(value))
    return frozenset(found)


def _made_of(call: ast.Call) -> str:
    """``Point`` of ``Point(1)``, of ``Point.__new__(Point)`` and of ``object.__new__(Point)``."""
    named = call.func
    if isinstance(named, ast.Attribute) and named.attr == "__new__" and call.args:
        named = call.args[0]
    return named.id if isinstance(named, ast.Name) else ""
