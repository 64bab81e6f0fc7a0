"""What else to do with the result of a call: closures are called, decorators applied, context managers interrupted."""

from __future__ import annotations

import ast
import contextlib
import functools
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pytest_aigen.explore.calls import Entered, Param, bind
from pytest_aigen.explore.objects import Module, Subject
from pytest_aigen.explore.recipes import Call, Recipe, Then
from pytest_aigen.explore.trace import Traced

#: Calls of calls of calls; calls offered for one result.
_DEEPEST, _MOST = 3, 24
#: For ``*args``: what a wrapped function may take.
_SPREAD: tuple[tuple[Recipe, ...], ...] = ((3,), (), ("hello",), (2, 3), ([1, 2, 3],))


def follow(module: Module, subject: Subject, call: Call, traced: Traced) -> Iterator[Call]:
    """Calls that go on where this one ended, if its result is something that only runs when it is used."""
    if traced.error is not None:
        return
    last = call.then[-1] if call.then else None
    if traced.how == "with" and last is None:
        yield replace(call, then=(Then(interrupts=True),))
        return
    function = _closure(module, traced.result)
    if function is None:
        if last is not None and last.times == 1 and not last.interrupts:
            yield replace(call, then=(*call.then[:-1], replace(last, times=2)))
        return
    params = _params(module, subject, function) if len(call.then) < _DEEPEST else None
    for chosen in _choices(params or ()) if params is not None else ():
        yield replace(call, then=(*call.then, Then(bind(params or (), chosen))))


def _closure(module: Module, result: Any) -> Any:
    """What runs code of the module when it is called, and has no name of its own in it."""
    inner = result.func if isinstance(result, functools.partial) else result
    if isinstance(inner, (contextlib.ContextDecorator, Entered)):
        return None
    if not isinstance(inner, types.FunctionType):
        local = callable(inner) and "<locals>" in type(inner).__qualname__
        return result if local and type(inner).__module__ == module.name else None
    if inner.__code__.co_filename not in module.filenames and not hasattr(inner, "__wrapped__"):
        return None
    return result if vars(module.object).get(inner.__name__) is not inner else None


def _params(module: Module, subject: Subject, function: Any) -> Sequence[Param] | None:
    if subject.values is None:
        return None
    code = getattr(function, "__code__", None)
    node = next(
        (
            node
            for node in ast.walk(module.tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            and code is not None
            and min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            == code.co_firstlineno
        ),
        None,
    )
    return module.arguments.params(function, "", subject.values, skip=0, node=node)


def _choices(params: Sequence[Param]) -> Iterator[dict[str, Recipe]]:
    """Values of the arguments: the first of each, then others, one at a time."""
    if not all(param.values for param in params if param.required):
        return
    offers = {param.name: _SPREAD if param.form == "star" else param.values for param in params}
    plain = {param.name: offers[param.name][0] for param in params if param.required or param.form == "star"}
    yield plain
    left = _MOST
    for turn in range(8):
        for param in params:
            if param.form != "stars" and turn < len(offers[param.name]) and left:
                left -= 1
                yield {**plain, param.name: offers[param.name][turn]}
