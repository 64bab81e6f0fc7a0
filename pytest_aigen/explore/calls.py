"""Calls carried out: fresh receiver and arguments, the call itself, its result driven to the end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Literal, TypeAlias

from pytest_aigen.explore.operators import AWAITING, ENTERING, OPERATORS
from pytest_aigen.explore.recipes import (
    SETTING,
    Arg,
    Call,
    Form,
    New,
    Recipe,
    Ref,
    Step,
    Then,
    build,
    resolve,
    spread,
)

#: How a result is driven: as it is, through ``list``, its first items, each part through ``list``, awaited, entered,
#: entered and left by an exception; asynchronously collected, entered.
How: TypeAlias = Literal["plain", "list", "islice", "lists", "await", "with", "raise", "alist", "awith"]
#: The most items taken from an iterator.
ITEMS = 20
_LOOPLESS = re.compile(r"no (running|current) event loop|different (event )?loop|Event loop is closed")


class SetupFailed(Exception):
    """The receiver or an argument could not be made; says nothing about the function under test."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Stands for a context manager that is to be entered, and left by an exception where it is interrupted."""

    manager: Any
    interrupted: bool = False
    #: Entered by ``async with``.
    awaited: bool = False


#: What is raised inside a context manager.
INTERRUPTION = New(Ref("builtins", "ValueError"), ("wrong",))


@dataclass(frozen=True, slots=True)
class Param:
    """An argument that the function takes, and what to try for it."""

    name: str
    form: Form
    required: bool
    values: tuple[Recipe, ...]
    #: Values of the wrong type, for code that checks its arguments.
    wrong: tuple[Recipe, ...] = ()
    #: Its annotation, names looked up; ``inspect.Parameter.empty`` where there is none, or nobody knows what it means.
    hint: Any = inspect.Parameter.empty


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
    SETTING.fresh()
    try:
        receiver: Any = build(call.receiver) if call.receiver is not None else None
        for step in call.before:
            drive(_step(receiver, step))
        return _ready(call, receiver)
    except Exception as error:
        raise SetupFailed(f"{type(error).__name__}: {error}") from error


async def prepare_looped(call: Call) -> Prepared:
    """As `prepare`, while an event loop runs."""
    SETTING.fresh()
    try:
        receiver: Any = build(call.receiver) if call.receiver is not None else None
        for step in call.before:
            await drive_looped(_step(receiver, step))
        return _ready(call, receiver)
    except Exception as error:
        raise SetupFailed(f"{type(error).__name__}: {error}") from error


def _ready(call: Call, receiver: Any) -> Prepared:
    positional, keywords = spread(call.args)
    run = begun(call, receiver, positional, keywords)
    return Prepared(_followed(run, call.then), receiver, positional, keywords)


def make(recipe: Recipe, looped: bool) -> Any:
    """A fresh value; made while an event loop runs, where that is asked for."""

    async def made() -> Any:
        return build(recipe)

    return asyncio.run(made()) if looped else build(recipe)


def receiver_of(call: Call) -> Any:
    """The receiver as it is before the call. Raises SetupFailed."""

    async def made() -> Any:
        return (await prepare_looped(call)).receiver

    return asyncio.run(made()) if call.looped else prepare(call).receiver


def perform(call: Call) -> tuple[Any, How]:
    """The call from its beginning to the end. Raises SetupFailed, and what the code raises."""

    async def performed() -> tuple[Any, How]:
        return await drive_looped((await prepare_looped(call)).run())

    return asyncio.run(performed()) if call.looped else drive(prepare(call).run())


def wants_loop(error: BaseException) -> bool:
    """Whether it failed for want of an event loop that runs, or because each of two loops had a part.

    >>> wants_loop(RuntimeError("no running event loop")), wants_loop(RuntimeError("full"))
    (True, False)
    """
    if isinstance(error, SetupFailed) and error.__cause__ is not None:
        return wants_loop(error.__cause__)
    return isinstance(error, RuntimeError) and bool(_LOOPLESS.search(str(error)))


def begun(call: Call, receiver: Any, positional: list[Any], keywords: dict[str, Any]) -> Callable[[], Any]:
    """The call itself, on a receiver and with arguments that are there."""
    if call.kind in ("function", "init"):
        function = resolve(call.function)
        return lambda: function(*positional, **keywords)
    name = call.name
    if call.kind == "setter":
        return lambda: setattr(receiver, name, *positional)
    if call.kind == "deleter":
        return lambda: delattr(receiver, name)
    if call.kind == "property":
        return lambda: getattr(receiver, name)
    if name in OPERATORS:
        operate = OPERATORS[name].call
        return lambda: operate(receiver, *positional)
    if name == "__aiter__":
        return lambda: (item async for item in receiver)
    if name in AWAITING:
        return lambda: Entered(receiver, awaited=True)
    if name in ENTERING:
        return lambda: Entered(receiver)
    if name == "__call__":
        return lambda: receiver(*positional, **keywords)
    return lambda: getattr(receiver, name)(*positional, **keywords)


def _followed(run: Callable[[], Any], then: tuple[Then, ...]) -> Callable[[], Any]:
    """The call, and what is done with its result."""
    if not then:
        return run

    def whole() -> Any:
        result = run()
        for part in then:
            if part.interrupts:
                return Entered(result.manager if isinstance(result, Entered) else result, interrupted=True)
            for _ in range(part.times - 1):
                positional, keywords = spread(part.args)
                drive(result(*positional, **keywords))
            positional, keywords = spread(part.args)
            result = result(*positional, **keywords)
        return result

    return whole


def _step(receiver: Any, step: Step) -> Any:
    """What is to be driven; the operators are done."""
    positional, keywords = spread(step.args)
    if step.method in OPERATORS:
        OPERATORS[step.method].call(receiver, *positional)
        return None
    return getattr(receiver, step.method)(*positional, **keywords)


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
    if isinstance(result, Entered):
        if result.awaited:
            return "awith"
        return "raise" if result.interrupted else "with"
    if isinstance(result, AsyncGeneratorType):
        return "alist"
    if isinstance(result, contextlib._AsyncGeneratorContextManager):
        return "awith"
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
        with result.manager if isinstance(result, Entered) else result as value:
            return value, form
    if form == "raise":
        return _interrupt(result.manager), form
    if form in ("alist", "awith"):
        return asyncio.run(_collected(result) if form == "alist" else _entered(result)), form
    return result, form


async def drive_looped(result: Any) -> tuple[Any, How]:
    """As `drive`, while an event loop runs."""
    form = how(result)
    if form == "await":
        return await result, form
    if form in ("alist", "awith"):
        return await (_collected(result) if form == "alist" else _entered(result)), form
    return drive(result)


def _interrupt(manager: contextlib.AbstractContextManager[Any, bool]) -> Any:
    """What entering it gave, if it does not let the exception through."""
    error = build(INTERRUPTION)
    error.of_the_test = True
    with manager as entered:
        raise error
    return entered


def of_the_test(error: BaseException) -> bool:
    """Whether it is the exception that a test raises inside a context manager."""
    return getattr(error, "of_the_test", False) is True


async def _collected(items: AsyncIterator[Any]) -> list[Any]:
    found: list[Any] = []
    async for item in items:
        found.append(item)
        if len(found) > ITEMS:
            raise OverflowError("too many items")
    return found


async def _entered(manager: Any) -> Any:
    async with manager.manager if isinstance(manager, Entered) else manager as value:
        return value


def _is_iterator(result: Any) -> bool:
    if isinstance(result, GeneratorType):
        return True
    return isinstance(result, Iterator) and not isinstance(result, io.IOBase) and type(result).__module__ in (
        "builtins", "itertools"
    )  # fmt: skip


def _items(iterator: Iterable[Any]) -> tuple[Any, How]:
    found = list(itertools.islice(iterator, ITEMS + 1))
    return (found[:ITEMS], "islice") if len(found) > ITEMS else (found, "list")
