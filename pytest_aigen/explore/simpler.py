"""Calls that say the same with less."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_aigen.explore.calls import bind
from pytest_aigen.explore.objects import Subject
from pytest_aigen.explore.recipes import Arg, Call, Located, New, Recipe, Ref, Step, resolve

#: Characters of a text that are read at a glance.
_READS = 20


def simpler(call: Call, subject: Subject) -> Iterator[Call]:
    """Calls that say the same with less: fewer steps and arguments, plainer values."""
    for place in range(len(call.before)):
        yield replace(call, before=call.before[:place] + call.before[place + 1 :])
    for receiver in subject.receivers[:3]:
        if receiver != call.receiver:
            yield replace(call, receiver=receiver)
    if type(call.receiver) is New:
        for leaner in _leaner(call.receiver):
            yield replace(call, receiver=leaner)
    for place, part in enumerate(call.then):
        if part.times > 1:
            yield replace(call, then=(*call.then[:place], replace(part, times=1), *call.then[place + 1 :]))
    params = {param.name: param for param in subject.params}
    for arg in call.args:
        param = params[arg.name]
        rest = {other.name: other.value for other in call.args if other.name != arg.name}
        if not param.required:
            yield replace(call, args=bind(subject.params, rest))
        for value in (*param.values[:4], *smaller(arg)):
            if repr(value) != repr(arg.value):
                changed = replace(call, args=bind(subject.params, {**rest, arg.name: value}))
                if call.before:
                    yield replace(
                        changed, before=tuple(_with(step, arg.value, value) for step in call.before)
                    )
                yield changed


def _with(step: Step, old: Recipe, new: Recipe) -> Step:
    """The step with one value in place of another."""
    same = repr(old)
    return replace(
        step, args=tuple(replace(arg, value=new) if repr(arg.value) == same else arg for arg in step.args)
    )


def smaller(arg: Arg) -> Iterator[Any]:
    """Plainer values of the same type."""
    value = arg.value
    if type(value) is int:
        yield from (2, 1, 0, -1, value // 10, abs(value))
    elif type(value) is float:
        yield from (1.5, 1.0, 0.0, -1.0)
    elif type(value) in (str, bytes, list, tuple):
        half = len(value) // 2
        yield from (value[:half], value[half:])
        size = half // 2
        while size > 1:  # a long text one by one would take all the tries
            for start in range(0, len(value), size):
                yield value[:start] + value[start + size :]
            size //= 2
        for place in range(min(len(value), 24)):
            yield value[:place] + value[place + 1 :]
        if type(value) is list:
            yield from ([item] for item in value[:4])
    elif type(value) is Located and value.content:
        for content in smaller(Arg(arg.name, value.content)):
            yield replace(value, content=content)
    elif type(value) is dict:
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
    elif type(value) is New:
        yield from _leaner(value)


def _leaner(made: New) -> Iterator[New]:
    """Objects of that class that are made of less; one of the standard library stays: no day is plainer in the year 2."""
    if type(made.function) is not Ref or made.function.module in sys.stdlib_module_names:
        return
    args, kwargs = made.args, made.kwargs
    half = len(kwargs) // 2
    for fewer in ((), kwargs[:half], kwargs[half:]) if half else ():
        yield replace(made, kwargs=fewer)
    optional = _optional(made.function) if args else {}
    for place, given in enumerate(args):
        if place in optional and all(later in optional for later in range(place, len(args))):
            named = tuple((optional[later], args[later]) for later in range(place + 1, len(args)))
            yield replace(made, args=args[:place], kwargs=(*named, *kwargs))
        for less in _less(given):
            yield replace(made, args=(*args[:place], less, *args[place + 1 :]))
    for place, (name, given) in enumerate(kwargs):
        before, after = kwargs[:place], kwargs[place + 1 :]
        yield replace(made, kwargs=(*before, *after))
        for less in _less(given):
            yield replace(made, kwargs=(*before, (name, less), *after))


def _less(given: Recipe) -> Iterator[Recipe]:
    """Less of what an object is made of; of texts only those that do not read, as others may be one of a few words."""
    if type(given) in (list, tuple, dict, New) or (
        type(given) is str and not (len(given) <= _READS and given.isprintable() and given.isascii())
    ):
        yield from smaller(Arg("", given))


def _optional(function: Ref) -> Mapping[int, str]:
    """The names of what may be left out, by position."""
    try:
        parameters = list(inspect.signature(resolve(function)).parameters.values())
    except (TypeError, ValueError):
        return {}
    return {
        place: parameter.name
        for place, parameter in enumerate(parameters)
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.default is not parameter.empty
    }
