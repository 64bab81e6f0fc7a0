"""From what a call compared to calls that compare otherwise.

An operand that came from an input, whole or as a part of it, is replaced in the input by what it was compared with
(input-to-state correspondence, Aschermann et al., REDQUEEN, NDSS 2019); how far a comparison is from the other outcome is
its branch distance (Tracey et al., 1998).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from pytest_aigen.explore.comparisons import Compared
from pytest_aigen.explore.recipes import Arg, Call, Located, New, Recipe, Ref, Requested, Step, Then

#: A value in a call, and the call with another one in its place.
Place: TypeAlias = tuple[Recipe, Callable[[Recipe], Call]]

_LONGEST = 200
_MOST_PLACES = 40
_FAR = 1e9
#: Values for a key that is missing.
_FRESH: tuple[Recipe, ...] = (1, "a", {}, [], True, None)
_FLIPPED = {
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
}


def suggestions(call: Call, compared: Compared) -> Iterator[Call]:
    """Calls for which the comparison may have the other outcome, the likeliest first."""
    pairs = list(_wanted(compared))
    for value, put in places(call):
        for operand, target in pairs:
            for changed in _replaced(value, operand, target):
                yield put(changed)


def distance(compared: Compared) -> float:
    """How far the comparison is from its other outcome: the less, the nearer."""
    operation, left, right = compared.operation, compared.left, compared.right
    if operation == ("!=" if compared.outcome else "==") or operation in ("<", "<=", ">", ">="):
        return 1.0 + _apart(left, right)
    if operation in ("startswith", "endswith") and type(left) is type(right):
        part = left[: len(right)] if operation == "startswith" else left[-len(right) :]
        return 1.0 + _apart(part, right)
    if operation in ("in", "not in") and isinstance(right, tuple) and right:
        return 1.0 + min(_apart(left, each) for each in right)
    return 2.0


def places(call: Call) -> Iterator[Place]:
    """The values of a call, those of the call itself first."""
    for value, path in itertools.islice(_walk(call, ()), _MOST_PLACES):
        yield value, partial(_put, call, path)


class _Item(NamedTuple):
    """A value of a dict; with ``renames``, its key."""

    key: Any
    renames: bool = False


class _Keyword(NamedTuple):
    """A keyword argument of a constructor, by its number."""

    number: int


#: A name is a field of a record, a number an element.
Part: TypeAlias = str | int | _Item | _Keyword
#: Fields that hold records, and no value of the call themselves.
_RECORDS = ("args", "then", "before")


def _walk(recipe: Recipe, path: tuple[Part, ...]) -> Iterator[tuple[Recipe, tuple[Part, ...]]]:
    for step, child in _children(recipe):
        here = (*path, step)
        if step not in _RECORDS and type(child) not in (New, Arg, Then, Step, Ref, Requested):
            yield child, here
        yield from _walk(child, here)


def _children(recipe: Recipe) -> Iterator[tuple[Part, Recipe]]:
    kind = type(recipe)
    if kind in (list, tuple):
        yield from enumerate(recipe)
    elif kind is dict:
        for key, value in recipe.items():
            yield _Item(key), value
            if type(key) in (str, int):
                yield _Item(key, renames=True), key
    elif kind is New:
        yield "args", recipe.args
        yield from ((_Keyword(number), value) for number, (_, value) in enumerate(recipe.kwargs))
    elif kind is Located:
        yield "name", recipe.name
        if recipe.content is not None:
            yield "content", recipe.content
    elif kind is Arg:
        yield "value", recipe.value
    elif kind in (Then, Step):
        yield "args", recipe.args
    elif kind is Call:
        yield from ((name, getattr(recipe, name)) for name in ("args", "then", "receiver", "before"))


def _put(recipe: Recipe, path: tuple[Part, ...], new: Recipe) -> Any:
    """The recipe with another value in that place."""
    if not path:
        return new
    step, *rest = path
    inner = tuple(rest)
    if isinstance(step, str):
        return replace(recipe, **{step: _put(getattr(recipe, step), inner, new)})
    if isinstance(step, _Keyword):
        name, value = recipe.kwargs[step.number]
        changed = (name, _put(value, inner, new))
        return replace(
            recipe, kwargs=(*recipe.kwargs[: step.number], changed, *recipe.kwargs[step.number + 1 :])
        )
    if isinstance(step, _Item):
        if not step.renames:
            return {**recipe, step.key: _put(recipe[step.key], inner, new)}
        fits = type(new) in (str, int, float, bool, bytes, type(None))
        return {new if fits and key == step.key else key: item for key, item in recipe.items()}
    return type(recipe)([*recipe[:step], _put(recipe[step], inner, new), *recipe[step + 1 :]])


class _Key(tuple[Any]):
    """Stands for: a mapping or text that has this."""


def _wanted(compared: Compared) -> Iterator[tuple[Any, Any]]:
    """Operands, and what should stand in their place for the other outcome."""
    operation, left, right, outcome = compared.operation, compared.left, compared.right, compared.outcome
    # The relation that should hold.
    relation = operation if not outcome else _FLIPPED.get(operation, f"not {operation}")
    if relation == "==":
        yield from ((left, right), (right, left))
    elif relation == "!=":
        yield from ((left, _other(left)), (right, _other(right)))
    elif relation in ("<", "<=", ">", ">="):
        step = {"<": -1, "<=": 0, ">": 1, ">=": 0}[relation]
        if _is_number(left) and _is_number(right):
            yield from ((left, right + step), (right, left - step))
        else:
            yield from ((left, right), (right, left))
    elif relation == "in" and isinstance(right, tuple):
        for each in right[:12]:
            yield left, each
        yield right, _Key((left,))
    elif relation == "in":
        yield right, _Key((left,))
        if type(left) is type(right):
            yield left, right[:1]
    elif relation == "not in":
        yield left, _other(left)
    elif relation in ("startswith", "endswith"):
        first = relation == "startswith"
        for each in (right if isinstance(right, tuple) else (right,))[:8]:
            if type(each) is type(left):
                size = len(each)
                yield left, each + left if first else left + each
                yield left, each + left[size:] if first else left[: max(0, len(left) - size)] + each
    elif relation in ("has", "item"):
        yield left, _Key((right,))
        if isinstance(left, tuple):
            for each in left[:8]:
                yield right, each
    elif relation in ("not startswith", "not endswith", "not has", "not item"):
        yield right, _other(right)
        yield left, _other(left)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return "x" if value != "x" else "y"
    if isinstance(value, bytes):
        return b"x" if value != b"x" else b"y"
    return ()


def _replaced(value: Recipe, operand: Any, target: Any) -> Iterator[Recipe]:
    """The value with the target where the operand comes from it."""
    kind = type(value)
    if isinstance(target, _Key):
        yield from _with_key(value, operand, target[0])
        return
    if kind is bool or value is None:
        if type(operand) is kind and value == operand and type(target) in (bool, int, str):
            yield target
    elif kind in (int, float):
        if type(operand) is str and operand == str(value) and _as_number(target) is not None:
            yield _as_number(target)
        elif _is_number(operand) and _is_number(target):
            if value == operand:
                yield kind(target) if kind is float else target
            else:
                # Sums, differences and multiples of the input.
                for factor in (1, -1, 2, 3, 10, 100, 60):
                    if (target - operand) % factor == 0:
                        yield value + kind((target - operand) // factor)
    elif kind in (str, bytes):
        yield from _in_text(value, operand, target)
    elif kind in (list, tuple) and type(operand) is int and operand == len(value) and type(target) is int:
        if 0 <= target <= _LONGEST:
            filler = list(value) or [1]
            yield kind((filler * (target // len(filler) + 1))[:target])


def _with_key(value: Recipe, operand: Any, key: Any) -> Iterator[Recipe]:
    if type(value) is dict and isinstance(operand, tuple) and set(operand) <= set(value):
        yield from ({**value, key: item} for item in _FRESH)
    elif type(value) in (list, tuple) and isinstance(operand, tuple) and len(operand) <= len(value):
        yield type(value)([*value, key])
    elif type(value) in (set, frozenset):
        yield type(value)([*value, key])
    elif type(value) in (str, bytes) and type(key) is type(value):
        half = len(value) // 2
        yield value[:half] + key + value[half:]
        yield value + key
        yield key + value
        if type(operand) is type(value) and operand and operand != value and operand in value:
            yield value.replace(operand, operand + key, 1)


def _in_text(value: Any, operand: Any, target: Any) -> Iterator[Any]:
    kind = type(value)
    if type(operand) is int and type(target) is int and not isinstance(operand, bool):
        if operand == len(value) and 0 <= target <= _LONGEST:
            filler = value or ("a" if kind is str else b"a")
            yield (filler * (target // len(filler) + 1))[:target]
        if kind is str and 0 <= operand < 0x110000 and chr(operand) in value and 0 <= target < 0x110000:
            yield value.replace(chr(operand), chr(target), 1)
        operand, target = str(operand), str(target)
        if kind is bytes:
            operand, target = operand.encode(), target.encode()
    elif type(operand) in (str, bytes) and type(operand) is not kind:
        try:
            operand, target = _as(kind, operand), _as(kind, target)
        except (ValueError, TypeError, AttributeError):
            return
    if type(operand) is not kind or type(target) is not kind or len(target) > _LONGEST:
        return
    if operand == value:
        yield target
        return
    if not operand:
        yield from (target + value, value + target)
        return
    start = -1
    for _ in range(3):
        start = value.find(operand, start + 1)
        if start < 0:
            break
        yield value[:start] + target + value[start + len(operand) :]
    else:
        return
    if start < 0 and operand not in value:
        for change in (kind.lower, kind.upper, kind.title, kind.strip, kind.swapcase):
            changed = change(value)
            if operand == changed:
                yield target
                return
            if len(changed) == len(value) and (place := changed.find(operand)) >= 0:
                yield value[:place] + target + value[place + len(operand) :]
                return


def _as(kind: type, text: Any) -> Any:
    return text.encode("latin-1") if kind is bytes else text.decode("latin-1")


def _as_number(text: Any) -> Any:
    if _is_number(text):
        return text
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _apart(one: Any, two: Any) -> float:
    if _is_number(one) and _is_number(two):
        difference = abs(one - two)
        return min(float(difference), _FAR) if difference == difference else _FAR
    if type(one) is type(two) and isinstance(one, (str, bytes)):
        left, right = (list(map(ord, each)) if isinstance(each, str) else list(each) for each in (one, two))
        steps = sum(min(1.0, 0.5 + abs(a - b) / 128) for a, b in zip(left, right) if a != b)
        return float(steps + abs(len(left) - len(right)))
    return 0.0 if one == two else _FAR
