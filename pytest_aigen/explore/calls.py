"""Calls carried out: fresh receiver and arguments, the call itself, its result driven to the end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import GeneratorType
from typing import Any, Literal, TypeAlias

from pytest_aigen.explore.recipes import Arg, Call, Form, Recipe, Step, build, resolve, spread

#: Methods that are called by an operator or a function: what calls them, and how that is written.
OPERATORS: dict[str, tuple[Callable[..., Any], str]] = {
    "__len__": (len, "len({0})"),
    "__str__": (str, "str({0})"),
    "__repr__": (repr, "repr({0})"),
    "__bool__": (bool, "bool({0})"),
    "__int__": (int, "int({0})"),
    "__float__": (float, "float({0})"),
    "__abs__": (abs, "abs({0})"),
    "__neg__": (operator.neg, "-{0}"),
    "__iter__": (iter, "iter({0})"),
    "__next__": (next, "next({0})"),
    "__reversed__": (reversed, "reversed({0})"),
    "__eq__": (operator.eq, "{0} == {1}"),
    "__ne__": (operator.ne, "{0} != {1}"),
    "__lt__": (operator.lt, "{0} < {1}"),
    "__le__": (operator.le, "{0} <= {1}"),
    "__gt__": (operator.gt, "{0} > {1}"),
    "__ge__": (operator.ge, "{0} >= {1}"),
    "__add__": (operator.add, "{0} + {1}"),
    "__radd__": (lambda receiver, other: other + receiver, "{1} + {0}"),
    "__sub__": (operator.sub, "{0} - {1}"),
    "__mul__": (operator.mul, "{0} * {1}"),
    "__truediv__": (operator.truediv, "{0} / {1}"),
    "__floordiv__": (operator.floordiv, "{0} // {1}"),
    "__mod__": (operator.mod, "{0} % {1}"),
    "__and__": (operator.and_, "{0} & {1}"),
    "__or__": (operator.or_, "{0} | {1}"),
    "__contains__": (operator.contains, "{1} in {0}"),
    "__getitem__": (operator.getitem, "{0}[{1}]"),
    "__setitem__": (operator.setitem, "{0}[{1}] = {2}"),
    "__delitem__": (operator.delitem, "del {0}[{1}]"),
}

#: How a result is driven: as it is, through ``list``, its first items, each part through ``list``, awaited, entered.
How: TypeAlias = Literal["plain", "list", "islice", "lists", "await", "with"]
#: The most items taken from an iterator.
ITEMS = 20


class SetupFailed(Exception):
    """The receiver or an argument could not be made; says nothing about the function under test."""


@dataclass(frozen=True, slots=True)
class Param:
    """An argument that the function takes, and what to try for it."""

    name: str
    form: Form
    required: bool
    values: tuple[Recipe, ...]
    #: Values of the wrong type, for code that checks its arguments.
    wrong: tuple[Recipe, ...] = ()


def bind(params: Sequence[Param], chosen: dict[str, Recipe]) -> tuple[Arg, ...]:
    """The arguments in order; what follows an omitted one goes by keyword."""
    args: list[Arg] = []
    gap = False
    for param in params:
        if param.name not in chosen:
            gap = gap or param.form in ("either", "positional")
            continue
        if gap and param.form in ("positional", "star"):
            continue
        form: Form = "keyword" if gap and param.form == "either" else param.form
        args.append(Arg(param.name, chosen[param.name], form))
    return tuple(args)


@dataclass(slots=True)
class Prepared:
    """A call with everything built that it needs."""

    run: Callable[[], Any]
    receiver: Any
    positional: list[Any]
    keywords: dict[str, Any]


def prepare(call: Call) -> Prepared:
    """Raises SetupFailed where the receiver or an argument cannot be made."""
    try:
        receiver = build(call.receiver) if call.receiver is not None else None
        for step in call.before:
            _step(receiver, step)
        positional, keywords = spread(call.args)
        if call.kind in ("function", "init"):
            function = resolve(call.function)
            return Prepared(lambda: function(*positional, **keywords), None, positional, keywords)
    except Exception as error:
        raise SetupFailed(f"{type(error).__name__}: {error}") from None
    name = call.name
    if call.kind == "setter":
        return Prepared(lambda: setattr(receiver, name, *positional), receiver, positional, keywords)
    if call.kind == "property":
        return Prepared(lambda: getattr(receiver, name), receiver, positional, keywords)
    if name in OPERATORS:
        operate = OPERATORS[name][0]
        return Prepared(lambda: operate(receiver, *positional), receiver, positional, keywords)
    return Prepared(lambda: getattr(receiver, name)(*positional, **keywords), receiver, positional, keywords)


def _step(receiver: Any, step: Step) -> None:
    positional, keywords = spread(step.args)
    drive(getattr(receiver, step.method)(*positional, **keywords))


def how(result: Any) -> How:
    """How a result is driven."""
    if inspect.iscoroutine(result):
        return "await"
    if _is_iterator(result):
        return "list"
    if isinstance(result, (type({}.keys()), type({}.values()), type({}.items()))):
        return "list"
    if type(result) in (tuple, list) and result and all(map(_is_iterator, result)):
        return "lists"
    return "with" if isinstance(result, contextlib._GeneratorContextManager) else "plain"


def drive(result: Any) -> tuple[Any, How]:
    """The value that a test can look at: of an iterator its items, of a coroutine what it returns.

    >>> drive(iter("ab"))
    (['a', 'b'], 'list')
    """
    form = how(result)
    if form == "await":
        return asyncio.run(result), form
    if form == "list":
        return _items(result)
    if form == "lists":
        return [list(itertools.islice(part, 2 * ITEMS)) for part in result], form
    if form == "with":
        with result as value:
            return value, form
    return result, form


def _is_iterator(result: Any) -> bool:
    if isinstance(result, GeneratorType):
        return True
    return isinstance(result, Iterator) and not isinstance(result, io.IOBase) and type(result).__module__ in (
        "builtins", "itertools"
    )  # fmt: skip


def _items(iterator: Iterable[Any]) -> tuple[Any, How]:
    found = list(itertools.islice(iterator, ITEMS + 1))
    return (found[:ITEMS], "islice") if len(found) > ITEMS else (found, "list")
