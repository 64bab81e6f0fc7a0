"""What a call changed, or left alone, as far as a test may assert it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from pytest_aigen.explore.looks import Look, inside, looks_at, telling, told_by
from pytest_aigen.explore.observe import Changed, Effect, Raised
from pytest_aigen.explore.operators import OPERATORS
from pytest_aigen.explore.recipes import SCALARS, Arg, Call, New, Recipe, Subclass, spread
from pytest_aigen.explore.record import Inexpressible, record, scalar
from pytest_aigen.explore.room import Left
from pytest_aigen.explore.trace import Traced

#: What is seen of an object, by looking at it one way after the other: as much as a call changes is seen the first way
#: that shows any.
State: TypeAlias = tuple[dict[str, Recipe], ...]
_WAYS: tuple[Callable[[Any], Iterable[Look]], ...] = (looks_at, told_by, inside)


def state(receiver: Any) -> State:
    """What there is to see of the receiver."""
    return tuple(dict(way(receiver)) for way in _WAYS) if receiver is not None else ()


def consequences(call: Call, traced: Traced, came: object, before: State) -> list[Effect]:
    """What the call changed, as far as it can be written down."""
    found: list[Effect] = []
    if traced.error is None:
        found += map(_stable, traced.left)
    if (
        traced.prepared is None
        or isinstance(came, Raised)
        or traced.how not in ("plain", "await", "with", "raise")
    ):
        return found
    found += _changed_arguments(call, traced)
    if call.receiver is not None and call.kind in ("method", "setter", "deleter"):
        for way, most, was in zip(_WAYS, (3, 2, 2), before):
            if way is inside and (found or came is not None):
                break
            after = dict(way(traced.prepared.receiver))
            changed = [look for look, value in after.items() if repr(value) != repr(was.get(look, ...))]
            found += [Changed(None, look, after[look]) for look in changed[:most]]
            if changed:
                break
    return found


def unchanged(call: Call, traced: Traced) -> list[Effect]:
    """The object as the call leaves it, where it leaves it as it was: the little that says most."""
    if traced.prepared is None or traced.how not in ("plain", "await") or traced.error is not None:
        return []
    if call.receiver is None or call.kind not in ("method", "setter", "deleter"):
        return []
    receiver = traced.prepared.receiver
    looks = telling(list(looks_at(receiver)), ()) or telling(told_by(receiver), ())
    return [Changed(None, look, value, is_same=True) for look, value in looks[:2]]


def _stable(left: Left) -> Left:
    """Without a content that would not stay true. Raises Inexpressible for such a name."""
    scalar(left.name)
    try:
        scalar(left.content)
    except Inexpressible:
        return Left(left.name, "there")
    return left


def answered(call: Call, traced: Traced, answers: bool) -> bool:
    """Whether None is what the call gives, as something that may be asserted: ``answers`` says that the function
    returns something else elsewhere. None that comes from a class which is written for the call says nothing.
    """
    entered = traced.how in ("with", "raise", "awith")
    says = answers and _has_value(call) and not any(map(_answers_nothing, call.args))
    return traced.error is None and traced.result is None and (entered or says)


def _answers_nothing(arg: Arg) -> bool:
    made = arg.value.function if type(arg.value) is New else None
    return isinstance(made, Subclass) and any(member.answer == "None" for member in made.members)


def _has_value(call: Call) -> bool:
    """Whether the call is an expression: not ``x.name = 1``, ``del x[1]``."""
    operator = OPERATORS.get(call.name) if call.kind == "method" else None
    return call.kind not in ("setter", "deleter") and not (operator is not None and operator.statement)


def _changed_arguments(call: Call, traced: Traced) -> Iterator[Effect]:
    assert traced.prepared is not None
    positional, keywords = spread(call.args)
    pairs: list[tuple[int | str, Any, Any]] = [
        (place, old, new) for place, (old, new) in enumerate(zip(positional, traced.prepared.positional))
    ]
    pairs += [(name, old, traced.prepared.keywords.get(name)) for name, old in keywords.items()]
    if any(arg.form in ("star", "stars") for arg in call.args):
        return
    for place, old, new in pairs:
        if type(new) in (list, dict, set, bytearray):
            try:
                if new != old:
                    yield Changed(place, "{0}", record(new))
            except Inexpressible:
                continue
        elif type(new) is type(old) and new is not old and not isinstance(new, (*SCALARS, os.PathLike)):
            was, looks = dict(looks_at(old)), looks_at(new)
            changed = [(look, value) for look, value in looks if repr(was.get(look, ...)) != repr(value)]
            yield from (Changed(place, look, value) for look, value in changed[:2])
