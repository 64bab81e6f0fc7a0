"""Calls that a solver finds, for code that compares what it computes: the last resort for functions with plain types.

A search steers by what a call compares; where what is compared is computed from several arguments, or from one in several
steps, equations have to be solved.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import time
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import BoundArguments, Parameter, Signature
from typing import Any

from pytest_aigen.data import Reached
from pytest_aigen.explore.calls import ITEMS, Param, begun, bind
from pytest_aigen.explore.finds import Trying
from pytest_aigen.explore.objects import Subject
from pytest_aigen.explore.recipes import SCALARS, Call, Receiver, build, resolve
from pytest_aigen.explore.record import Inexpressible, record
from pytest_aigen.explore.solver import Paths
from pytest_aigen.explore.trace import TooLong, Tracer

#: Paths at most, and in a row without anything new: the end is the same on every machine.
_MOST, _STALE = 160, 40
_DEEPEST = 3
_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_KINDS = {
    "positional": Parameter.POSITIONAL_ONLY,
    "either": Parameter.POSITIONAL_OR_KEYWORD,
    "keyword": Parameter.KEYWORD_ONLY,
}


def calls(
    subject: Subject,
    goals: Reached,
    tracer: Tracer,
    paths: Paths,
    *,
    seconds: float,
    settle: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.process_time,
) -> Iterator[Call | Trying]:
    """Calls that reach more and more of the goals, and before each path its number.

    ``settle`` puts the module's own data back. Nothing for a function that takes what a solver cannot stand for. Raises what
    the paths raise.
    """
    signature = signature_of(subject.params)
    receiver = _working(subject, tracer)
    if signature is None or (receiver is None and subject.kind not in ("function", "init")):
        return
    left, stale, deadline = goals, 0, clock() + seconds
    found = paths(_entry(subject, receiver), signature)
    for number in range(1, _MOST + 1):
        yield Trying(number)
        tracer.belt.on = True
        try:
            chosen = next(found, _END)
        finally:
            tracer.belt.on = False
            settle()
        if chosen is _END:
            return
        call = _call(subject, receiver, chosen)
        reached = left & _reached(tracer, call) if call is not None else Reached()
        settle()
        stale = 0 if reached else stale + 1
        left -= reached
        if reached and call is not None:
            yield call
        if not left or stale > _STALE or clock() > deadline:
            return


_END: Mapping[str, Any] = {}


def signature_of(params: Sequence[Param]) -> Signature | None:
    """What a solver is to find values for; None where it cannot for all that the function needs, or for nothing."""
    chosen: list[Parameter] = []
    omitted = False
    for param in params:
        if param.form in ("star", "stars"):
            continue
        if not plain(param.hint):
            if param.required:
                return None
            omitted = omitted or param.form != "keyword"
        elif not (omitted and param.form == "positional"):
            form = "keyword" if omitted else param.form
            chosen.append(Parameter(param.name, _KINDS[form], annotation=param.hint))
    return Signature(chosen) if chosen else None


def plain(hint: Any, depth: int = 0) -> bool:
    """Whether a solver can stand for all values of the type: scalars, containers and dataclasses of them.

    >>> plain(dict[str, int | None]), plain(list)
    (True, False)
    """
    if hint is None or (isinstance(hint, type) and hint in SCALARS and hint is not complex):
        return True
    if depth > _DEEPEST:
        return False
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return all(type(arg) in SCALARS for arg in args)
    if origin in (typing.Union, types.UnionType) or origin in _CONTAINERS:
        return bool(args) and all(plain(arg, depth + 1) for arg in args if arg is not Ellipsis)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        try:
            fields = typing.get_type_hints(hint)
        except Exception:  # names that only a type checker knows
            return False
        return all(plain(fields[field.name], depth + 1) for field in dataclasses.fields(hint) if field.init)
    return False


def _entry(subject: Subject, receiver: Receiver | None) -> Callable[[BoundArguments], Any]:
    """What runs the function; without its cache, which would look at the values."""
    if subject.kind in ("function", "init"):
        callee = resolve(subject.function)
        callee = callee if inspect.ismethod(callee) else inspect.unwrap(callee)
        return lambda bound: _driven(callee(*bound.args, **bound.kwargs))
    method = Call(subject.kind, subject.function, receiver=receiver)
    return lambda bound: _driven(begun(method, build(receiver), list(bound.args), bound.kwargs)())


def _driven(result: Any) -> Any:
    if isinstance(result, types.GeneratorType):
        return list(itertools.islice(result, ITEMS))
    if isinstance(result, types.CoroutineType):
        result.close()
    return result


def _working(subject: Subject, tracer: Tracer) -> Receiver | None:
    """The first way to make the receiver that does make it."""
    for receiver in subject.receivers:
        try:
            tracer.limited(lambda: build(receiver))  # noqa: B023
        except (Exception, SystemExit, TooLong):
            continue
        return receiver
    return None


def _call(subject: Subject, receiver: Receiver | None, chosen: Mapping[str, Any] | None) -> Call | None:
    """None for values that no test can write down."""
    if chosen is None:
        return None
    try:
        recipes = {name: record(value) for name, value in chosen.items()}
    except Inexpressible:
        return None
    return Call(subject.kind, subject.function, bind(subject.params, recipes), receiver)


def _reached(tracer: Tracer, call: Call) -> Reached:
    traced = tracer.run(call)
    return Reached() if traced.spoiled else Reached(frozenset(traced.lines), frozenset(traced.arcs))
