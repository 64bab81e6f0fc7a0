"""Annotations as types: names looked up, those that only a type checker imports included, and what nobody can find
taken for anything.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_GUARD = "TYPE_CHECKING"


def namespace(module: types.ModuleType, tree: ast.Module) -> dict[str, Any]:
    """Names that annotations of the module may use, those imported for type checking included."""
    names: dict[str, Any] = {**vars(typing), **vars(module)}
    scope = {"__package__": module.__package__, "__name__": module.__name__, **names}
    for statement in _for_checkers(tree):
        before = {key: value for key, value in scope.items() if not key.startswith("__")}
        for part in _one_by_one(statement):
            try:
                exec(ast.unparse(part), scope)
            except Exception:
                continue
        names.update(
            {
                key: value
                for key, value in scope.items()
                if not key.startswith("__") and before.get(key) is not value
            }
        )
    return names


def around(function: Any, package: str) -> Mapping[str, Any]:
    """Names that the annotations of a function may use, or those of what makes a class, wherever it is written; those
    imported for type checking where that is in the package.
    """
    made = inspect.unwrap(function)
    if not isinstance(made, type):
        return {**_names(str(getattr(made, "__module__", "")), package), **getattr(made, "__globals__", {})}
    maker = getattr(inspect.getattr_static(made, "__init__"), "__module__", "")
    return {**_names(made.__module__, package), **_names(str(maker), package)}


@lru_cache(maxsize=256)
def _names(module: str, package: str) -> Mapping[str, Any]:
    found = sys.modules.get(module)
    if found is None or module.partition(".")[0] != package:
        return vars(found) if found is not None else {}
    try:
        return namespace(found, ast.parse(inspect.getsource(found)))
    except (OSError, SyntaxError):
        return vars(found)


def _for_checkers(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            test = ast.unparse(node.test)
            if test.endswith(_GUARD) and not test.startswith("not "):
                yield from node.body
            elif test.startswith("not ") and test.endswith(_GUARD):
                yield from node.orelse


def _one_by_one(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Imports of one name each, so that one that is missing does not cost the others; aliases of types."""
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield ast.ImportFrom(statement.module, [alias], statement.level)
    elif isinstance(statement, (ast.Import, ast.Assign, ast.AnnAssign, ast.ClassDef)):
        yield statement


def resolved(annotation: Any, names: Mapping[str, Any]) -> Any:
    """The type that an annotation stands for; ``inspect.Parameter.empty`` where nothing of it is known.

    >>> resolved("dict[str, Missing]", {"dict": dict, "str": str})
    dict[str, typing.Any]
    """
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return inspect.Parameter.empty
    return _value(node, names)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    try:
        found = eval(ast.unparse(node), dict(names))
    except Exception:  # whatever names and operators raise
        found = inspect.Parameter.empty
    if found is not inspect.Parameter.empty:
        return found if not isinstance(found, str) or isinstance(node, ast.Name) else resolved(found, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [_value(node.left, names), _value(node.right, names)]
        known = [side for side in sides if side is not inspect.Parameter.empty]
        return typing.Union[tuple(known)] if known else inspect.Parameter.empty  # noqa: UP007
    if isinstance(node, ast.Subscript):
        return _subscript(node, names)
    return inspect.Parameter.empty


def _subscript(node: ast.Subscript, names: Mapping[str, Any]) -> Any:
    """A generic of which some arguments are unknown."""
    origin = _value(node.value, names)
    if origin is inspect.Parameter.empty:
        return origin
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    given = [
        [_known(item, names) for item in part.elts] if isinstance(part, ast.List) else _known(part, names)
        for part in parts
    ]
    if origin in (typing.Optional, typing.Union):
        options = [option for option in given if option is not Any]
        return (
            typing.Union[(*options, *([type(None)] if origin is typing.Optional else []))]
            if options
            else inspect.Parameter.empty
        )
    try:
        return origin[tuple(given) if len(given) > 1 else given[0]]
    except TypeError:
        return origin


def _known(node: ast.expr, names: Mapping[str, Any]) -> Any:
    found = _value(node, names)
    return Any if found is inspect.Parameter.empty else found
