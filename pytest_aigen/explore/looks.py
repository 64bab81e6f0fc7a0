"""What there is to see of an object: attributes, items, its text; and which of it says most."""

from __future__ import annotations

import inspect
import io
import itertools
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.explore.calls import ITEMS
from pytest_aigen.explore.recipes import Recipe
from pytest_aigen.explore.record import Inexpressible, record

#: How an object is looked at, ``{0}.name``, and what is seen.
Look: TypeAlias = tuple[str, Recipe]
#: The most that a test says of one object, and the longest text of one that reads.
_LOOKS, _LONGEST_TEXT = 4, 120
#: Methods that only tell something, by their names.
_QUERY = re.compile(r"(is|has|get|to|as)_[a-z]")


def telling(looks: Sequence[Look], texts: Sequence[Look]) -> tuple[Look, ...]:
    """Of all looks the few that say most: the object's own text first, then what is neither empty nor said by that.

    >>> telling([("{0}.a", None), ("{0}.b", 2), ("{0}.c", 3)], [("str({0})", "2")])
    (('str({0})', '2'), ('{0}.c', 3))
    """
    own = tuple(texts[:1])
    said = str(own[0][1]) if own else ""
    full = [look for look in looks if not _is_empty(look[1]) and not (said and str(look[1]) in said)]
    chosen = (*own, *full[: _LOOKS - len(own)])
    return (
        chosen
        if chosen and (own or len(full) > 1)
        else (*own, *full, *(look for look in looks if look not in full))[:_LOOKS]
    )


def _is_empty(value: Recipe) -> bool:
    return (
        value is None
        or value is False
        or (isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)) and not value)
    )


def attributes_of(value: Any, *, nested: bool = False) -> Iterable[tuple[str, Recipe]]:
    """Public attributes and properties that can be written down, of objects of the project in them two each; private ones
    of the project where there is no other.
    """
    names = [name for name in getattr(value, "__dict__", {}) if isinstance(name, str)]
    slots = [name for cls in type(value).__mro__ for name in _slots(cls)]
    properties = sorted(
        name for cls in type(value).__mro__ for name, member in vars(cls).items()
        if isinstance(member, property) and cls.__module__ not in ("builtins", "numbers")
    )  # fmt: skip
    held = {*names, *slots}
    everything = list(dict.fromkeys([*names, *slots, *properties]))
    public = [name for name in everything if not name.startswith("_")]
    private = (
        [name for name in everything if not name.startswith("__")] if not _is_installed(type(value)) else []
    )
    yield from _values(value, public or private, held, nested=nested)


def _values(
    value: Any, names: Iterable[str], held: set[str], *, nested: bool
) -> Iterator[tuple[str, Recipe]]:
    for name in names:
        try:
            found = getattr(value, name)
            if not callable(found):
                yield name, record(found)
        except Inexpressible:
            if name in held and not nested and found is not value and not _is_installed(type(found)):
                inner = attributes_of(found, nested=True)
                yield from ((f"{name}.{own}", recipe) for own, recipe in itertools.islice(inner, 2))
        except Exception:
            continue


def _is_installed(cls: type) -> bool:
    """Whether a class is of the standard library or of an installed package: what is private there may change."""
    file = str(getattr(sys.modules.get(cls.__module__), "__file__", "") or "")
    return cls.__module__.partition(".")[0] in sys.stdlib_module_names or "site-packages" in Path(file).parts


def looks_at(value: Any) -> Iterable[Look]:
    """All that can be written down of an object, by how it is looked at; its text where there is nothing else."""
    found = [(f"{{0}}.{name}", recipe) for name, recipe in attributes_of(value)]
    cls = type(value)
    for base in (dict, list, set):
        if isinstance(value, base):
            found += _look(f"{base.__name__}({{0}})", lambda base=base: base(value))  # type: ignore[misc]
            break
    else:
        if isinstance(value, (io.StringIO, io.BytesIO)):
            found += _look("{0}.getvalue()", value.getvalue)
        if hasattr(cls, "__len__") and not found:
            found += _look("len({0})", lambda: len(value))
        if hasattr(cls, "__iter__") and hasattr(cls, "__len__") and not hasattr(cls, "__next__"):
            found += _look("list({0})", lambda: _few(value))
    yield from found or texts(value)


def plain_value(value: Any) -> list[Look]:
    """Of an object that is a number or a text too: that, where it equals it."""
    base = next((base for base in (int, float, complex, str, bytes) if isinstance(value, base)), None)
    found = _look("{0}", lambda: base(value)) if base is not None else []
    try:
        return [look for look in found if value == look[1]]
    except Exception:  # of a comparison of the project's own
        return []


def parts_of(value: Any) -> list[Look]:
    """Of a list, tuple or dict that cannot be written down because of the objects in it: how many, and what they are.

    >>> parts_of([1, ValueError("a")])
    [('len({0})', 2), ('{0}[0]', 1), ('str({0}[1])', 'a')]
    """
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    items = list(value.values()) if isinstance(value, dict) else list(value)
    if not items or any(
        type(key) is not int and not (type(key) is str and key.isidentifier()) for key in keys
    ):
        return []
    count = _look("list({0})", lambda: keys) if isinstance(value, dict) else [("len({0})", len(items))]
    if 1 < len(items) <= ITEMS and not isinstance(value, dict) and len({type(item) for item in items}) == 1:
        firsts = [_of_item(item)[:1] for item in items]
        hows = {look[0][0] for look in firsts if look}
        if all(firsts) and len(hows) == 1:
            each = hows.pop().format("item")
            return [(f"[{each} for item in {{0}}]", [look[0][1] for look in firsts])]
    return count + [
        (look.format(f"{{0}}[{key!r}]"), recipe)
        for key, item in itertools.islice(zip(keys, items), _LOOKS)
        for look, recipe in _of_item(item)[:2]
    ]


def _of_item(item: Any) -> list[Look]:
    try:
        return [("{0}", record(item))]
    except Inexpressible:
        pass
    if isinstance(item, BaseException):
        return _look("str({0})", lambda: str(item))
    own = texts(item)[:1] or [
        (f"{{0}}.{name}", recipe)
        for name, recipe in itertools.islice(attributes_of(item, nested=True), _LOOKS)
        if not _is_empty(recipe)
    ]
    return own or _look("type({0})", lambda: type(item))


def told_by(value: Any) -> list[Look]:
    """What an object of the project says when it is asked: its text, and methods that only tell something."""
    return [*texts(value), *_queries(value)]


def _queries(value: Any) -> Iterator[Look]:
    for cls in type(value).__mro__:
        for name, member in list(vars(cls).items()):
            if not isinstance(member, types.FunctionType) or not _QUERY.match(name) or _is_installed(cls):
                continue
            needed = [p for p in inspect.signature(member).parameters.values() if p.default is p.empty]
            if len(needed) == 1 and not inspect.iscoroutinefunction(member):
                yield from _look(f"{{0}}.{name}()", getattr(value, name))


def inside(value: Any) -> Iterator[Look]:
    """Private attributes of an object of the project; not those with mangled names."""
    cls = type(value)
    if not _is_installed(cls):
        held = {*getattr(value, "__dict__", {}), *(name for base in cls.__mro__ for name in _slots(base))}
        names = sorted(n for n in held if isinstance(n, str) and re.match(r"_[a-z](?!.*__)", n))
        yield from ((f"{{0}}.{name}", recipe) for name, recipe in _values(value, names, set(), nested=True))


def texts(value: Any) -> list[Look]:
    """``str`` and ``repr`` of an object of the project whose class writes them itself."""
    cls = type(value)
    found: list[Look] = []
    for name, make in (("__str__", str), ("__repr__", repr)):
        owner = next(base for base in cls.__mro__ if name in vars(base))
        if owner is not object and owner.__module__ != "builtins" and not _is_installed(owner):
            found += _look(f"{make.__name__}({{0}})", lambda make=make: make(value))  # type: ignore[misc]
    return [look for look in found if 0 < len(str(look[1])) <= _LONGEST_TEXT]


def _few(value: Any) -> list[Any]:
    items = list(itertools.islice(value, ITEMS + 1))
    if len(items) > ITEMS:
        raise Inexpressible("too many items")
    return items


def _look(how: str, get: Callable[[], Any]) -> list[Look]:
    try:
        return [(how, record(get()))]
    except Exception:
        return []


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
