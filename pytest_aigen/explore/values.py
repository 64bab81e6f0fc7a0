"""Inputs from a type: a list of recipes, the one a person would try first at its head."""

from __future__ import annotations

import collections.abc as abc
import dataclasses
import datetime
import decimal
import enum
import fractions
import inspect
import io
import itertools
import pathlib
import re
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pytest_aigen.explore.constants import Pool
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref
from pytest_aigen.explore.usage import Guess

Instances = Callable[[type, int], Sequence[Recipe]]

_INTS = (3, 1, 2, 0, -1, 5, 10, 100, 1000, 12345)
_FLOATS = (1.5, 0.5, 2.0, 0.0, -1.5, 100.0, 1e6)
_TEXTS = ("hello", "a", "Hello World", "", "abc123", "12", "a-b_c", "3.14", " padded ", "a,b,c", "ABC", "x=1", "a b", "one\ntwo", "é", "1", "a.b", "True", "-5", "key: value")  # fmt: skip
_NAMED_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mail", ("user@example.com", "user.example.com")),
    ("ur[li]", ("https://example.com/path?q=1", "example.com", "http://localhost:8080")),
    ("path|file|dir", ("folder/file.txt", "file.txt", "/folder")),
    ("date|day", ("2024-01-15", "15/01/2024")),
    ("time|duration", ("10:30:00", "1h30m", "90")),
    ("name", ("Alice", "alice_smith")),
    ("json", ('{"a": 1}', "[1, 2]")),
    ("uuid", ("123e4567-e89b-12d3-a456-426614174000",)),
    ("^ip|addr|host", ("192.168.0.1", "::1")),
    ("version", ("1.2.3", "1.0.0-rc.1+build.5")),
    ("colou?r|hex", ("#ff8800", "red")),
    ("camel", ("camelCase", "CamelCaseString")),
    ("snake", ("snake_case_string",)),
    ("format|fmt", ("%Y-%m-%d", "{}")),
    ("pattern|regex", ("a+", "[0-9]+")),
    ("encod|charset", ("utf-8", "ascii")),
)
_BYTES = (b"hello", b"a", b"", b"\x00\x01", b"abc123", "é".encode())
_LAMBDAS = ("lambda value: value", "lambda value: value > 1", "lambda *args: True", "lambda *args: None", "lambda first, second: first + second", "lambda: 1")  # fmt: skip
_LISTS: tuple[Recipe, ...] = ([1, 2, 3], ["a", "b"], [], [3, 1, 2, 1], [[1, 2], [3]], [("a", 1), ("b", 2)], [{"a": 1}], ["b", "", "a"], [0, None, 1])  # fmt: skip
_DICTS: tuple[Recipe, ...] = (
    {"a": 1, "b": 2},
    {},
    {"a": {"b": 1}},
    {"a": "x"},
    {"a": [1, 2]},
    {1: "one"},
    {"a": None},
)
#: What an argument of unknown type may be; wrong types for one of a known type.
MIXED: tuple[Recipe, ...] = ("hello", 1, [1, 2, 3], None, {"a": 1}, 1.5, True, "", 0, [], {}, (1, 2), {1, 2}, b"hello", -1, Code("lambda value: value"))  # fmt: skip
_DEEPEST = 3


class Values:
    """Makes inputs for the arguments of one function."""

    def __init__(self, pool: Pool, instances: Instances) -> None:
        self.pool = pool
        #: Recipes for instances of a class, of a given depth at most.
        self.instances = instances

    def of(self, hint: Any, name: str = "", depth: int = 0) -> list[Recipe]:
        """Recipes for a value of the type; none for a type that cannot be made."""
        return distinct(self._of(hint, name, depth))

    def guessed(self, guess: Guess, name: str) -> list[Recipe]:
        """Recipes for an argument without annotation."""
        groups: list[list[Recipe]] = []
        if guess.attributes and not guess.types:
            groups.append([_stand_in(guess), *([_stand_in(guess, 0)] if guess.attributes else [])])
        if guess.keys:
            groups.append([dict.fromkeys(guess.keys, value) for value in ("hello", 1, None, True, [1, 2])])
            groups.append([{key: 1} for key in guess.keys])
        groups += [self.of(kind, name) for kind in guess.types]
        if guess.attributes and guess.types:
            groups.append([_stand_in(guess)])
        found = list(interleave(groups))
        if not guess.types and not guess.attributes:
            found = list(interleave([self.of(kind, name) for kind in (str, int, list)]))
        return distinct([*found, *MIXED])

    def _of(self, hint: Any, name: str, depth: int) -> Iterable[Recipe]:
        if isinstance(hint, typing.TypeVar):
            options = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ else (int, str))
            return interleave([self.of(option, name, depth) for option in options])
        if hasattr(hint, "__supertype__"):
            return self.of(hint.__supertype__, name, depth)
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Annotated, typing.Final, typing.ClassVar):
            return self.of(args[0], name, depth)
        if origin is typing.Literal:
            return [_ref(arg) if isinstance(arg, enum.Enum) else arg for arg in args]
        if origin in (typing.Union, types.UnionType):
            return interleave([self.of(arg, name, depth) for arg in args])
        if origin is type or hint is type:
            return [_class(args[0] if args and isinstance(args[0], type) else int)]
        if hint is None or hint is type(None):
            return [None]
        if hint in (Any, object, inspect.Parameter.empty):
            return list(interleave([self.of(kind, name, depth) for kind in (str, int, list, dict)])) + list(
                MIXED
            )
        if (origin or hint) in (abc.Callable, Callable):
            return self._callables(args)
        base = origin if isinstance(origin, type) else hint
        if not isinstance(base, type):
            return []
        return self._class(base, args, name, depth)

    def _class(self, base: type, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        scalar = self._scalar(base, name)
        if scalar is not None:
            return scalar
        if issubclass(base, enum.Enum):
            return [_ref(member) for member in itertools.islice(base, 12)]
        if base in _LIBRARY:
            return _LIBRARY[base]
        if typing.is_typeddict(base):
            return self._typed_dict(base, name, depth)
        if base is tuple:
            return self._tuples(args, name, depth)
        if base in _MAPPINGS:
            return self._dicts(args, name, depth)
        if base in _ITERABLES or base in (set, frozenset, abc.Set, abc.MutableSet, collections_deque):
            return self._containers(base, args, name, depth)
        return self.instances(base, depth + 1) if depth < _DEEPEST else []

    def _scalar(self, base: type, name: str) -> list[Recipe] | None:
        if base is bool:
            return [True, False]
        if base is int:
            return [*_INTS[:3], *self.pool.near(), *_INTS[3:]]
        if base is float:
            near = [float(value) for value in self.pool.near() if abs(value) < 2**53]
            return [*_FLOATS[:2], *self.pool.floats, *near, *_FLOATS[2:], float("nan"), float("inf")]
        if base is complex:
            return [1 + 2j, 0j, *(float(value) + 0j for value in self.pool.floats)]
        if base is str:
            named = [text for pattern, texts in _NAMED_TEXTS if re.search(pattern, name) for text in texts]
            return [
                *self.pool.shaped,
                *named,
                _TEXTS[0],
                *self.pool.texts,
                *self.pool.keys,
                *self.pool.affixed,
                *_TEXTS[1:],
            ]
        if base in (bytes, bytearray, memoryview, abc.ByteString if hasattr(abc, "ByteString") else bytes):
            raw = [*_BYTES[:1], *self.pool.bytes, *(text.encode() for text in self.pool.texts), *_BYTES[1:]]
            return raw if base is bytes else [New(Ref("builtins", base.__name__), (item,)) for item in raw]
        return None

    def _callables(self, args: tuple[Any, ...]) -> Iterable[Recipe]:
        arity = len(args[0]) if args and isinstance(args[0], list) else None
        if arity is None:
            return [Code(text) for text in _LAMBDAS] + [
                Ref("builtins", name) for name in ("str", "len", "bool")
            ]
        names = ", ".join(("value", "other", "third", "fourth", "fifth")[:arity])
        results = self.of(args[1], "", _DEEPEST)[:3] if len(args) > 1 else [None]
        head = f"lambda {names}:" if names else "lambda:"
        texts = [f"{head} {'value' if arity == 1 else repr(None)}"] if not results or arity == 1 else []
        return [
            Code(text) for text in [*texts, *(f"{head} {result!r}" for result in results if _plain(result))]
        ]

    def _tuples(self, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        if not args:
            return [tuple(item) for item in _LISTS if isinstance(item, list)]
        if len(args) == 2 and args[1] is Ellipsis:
            return [tuple(item) for item in self._lists(args[0], name, depth)]
        columns = [self.of(arg, name, depth + 1)[:8] for arg in args if arg != ()]
        if not all(columns):
            return []
        return [
            tuple(column[turn % len(column)] for column in columns)
            for turn in range(max(map(len, columns), default=1))
        ]

    def _lists(self, item: Any, name: str, depth: int) -> list[list[Recipe]]:
        found = self.of(item, _singular(name), depth + 1)[:24]
        if not found:
            return [[]]
        lists = [
            found[:3],
            found[:1],
            [],
            found[1:3],
            found[2::-1],
            found[:1] * 2,
            *([value] for value in found[3:]),
        ]
        return [*lists, found[3:8], found[:8]]

    def _containers(self, base: type, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        lists: list[Any] = self._lists(args[0], name, depth) if args and args[0] is not Any else list(_LISTS)
        if base in (set, frozenset, abc.Set, abc.MutableSet):
            make = frozenset if base is frozenset else set
            return [make(items) for items in lists if all(map(_hashable, items))]
        if base in (abc.Iterator, abc.Generator):
            return [New(Ref("builtins", "iter"), (items,)) for items in lists]
        if base is collections_deque:
            return [New(Ref("collections", "deque"), (items,)) for items in lists]
        return lists

    def _dicts(self, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        if not args or args[1] is Any:
            keyed: list[Recipe] = [
                dict.fromkeys(self.pool.keys, value) for value in ("hello", 1, None) if self.pool.keys
            ]
            return [*keyed, *({key: 1} for key in self.pool.keys), *_DICTS]
        keys = [key for key in self.of(args[0], "", depth + 1) if _hashable(key)][:12]
        if args[0] is str:
            keys = list(dict.fromkeys([*self.pool.keys, "a", "b", *keys]))[:16]
        values = self.of(args[1], name, depth + 1)[:12]
        if not keys or not values:
            return [{}]
        pairs = [{key: values[turn % len(values)]} for turn, key in enumerate(keys)]
        return [
            dict(zip(keys[:3], itertools.cycle(values[:3]))),
            *pairs[:2],
            {},
            *pairs[2:],
            *({keys[0]: value} for value in values),
        ]

    def _typed_dict(self, base: Any, name: str, depth: int) -> Iterable[Recipe]:
        fields = {key: self.of(hint, key, depth + 1)[:6] for key, hint in typing.get_type_hints(base).items()}
        if not all(fields.values()):
            return []
        return [
            {key: found[turn % len(found)] for key, found in fields.items()}
            for turn in range(max(map(len, fields.values()), default=1))
        ]


collections_deque: Any = __import__("collections").deque
_MAPPINGS = frozenset({dict, abc.Mapping, abc.MutableMapping})
_ITERABLES = frozenset({list, abc.Iterable, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Container, abc.Iterator, abc.Generator, abc.Reversible, abc.Sized, abc.Hashable})  # fmt: skip


def _new(kind: str, *rows: tuple[Recipe, ...]) -> list[Recipe]:
    module, _, name = kind.rpartition(".")
    return [New(Ref(module, name), row) for row in rows]


_LIBRARY: dict[type, list[Recipe]] = {
    pathlib.Path: _new("pathlib.Path", ("folder/file.txt",), ("file",), ("/folder",), (".",)),
    pathlib.PurePath: _new("pathlib.PurePath", ("folder/file.txt",), ("file",)),
    datetime.datetime: _new(
        "datetime.datetime", (2024, 1, 15, 10, 30), (2024, 2, 29), (2020, 12, 31, 23, 59, 59)
    ),
    datetime.date: _new("datetime.date", (2024, 1, 15), (2024, 2, 29), (2023, 12, 31), (2024, 1, 13)),
    datetime.time: _new("datetime.time", (10, 30), (0, 0), (23, 59, 59)),
    datetime.timedelta: _new("datetime.timedelta", (1,), (0, 30), (0, 0), (-1,), (400,), (0, 5400)),
    datetime.tzinfo: [Ref("datetime", "timezone.utc")],
    decimal.Decimal: _new("decimal.Decimal", ("1.50",), ("0",), ("-2",), ("100",), ("0.005",)),
    fractions.Fraction: _new("fractions.Fraction", (1, 2), (0,), (-3, 4)),
    uuid.UUID: _new("uuid.UUID", ("123e4567-e89b-12d3-a456-426614174000",)),
    re.Pattern: _new("re.compile", ("a+",), ("[0-9]+",)),
    io.StringIO: _new("io.StringIO", ("one\ntwo\n",), ("",)),
    io.BytesIO: _new("io.BytesIO", (b"hello",), (b"",)),
    typing.IO: _new("io.StringIO", ("one\ntwo\n",), ("",)),
    typing.TextIO: _new("io.StringIO", ("one\ntwo\n",), ("",)),
    typing.BinaryIO: _new("io.BytesIO", (b"hello",), (b"",)),
    range: _new("builtins.range", (3,), (0,), (1, 10, 2)),
    slice: _new("builtins.slice", (1, 3), (None,)),
    types.SimpleNamespace: [New(Ref("types", "SimpleNamespace"), (), (("a", 1),))],
    BaseException: _new("builtins.ValueError", ("wrong",)),
    Exception: _new("builtins.ValueError", ("wrong",), ()),
}


def interleave(groups: Iterable[Sequence[Recipe]]) -> Iterable[Recipe]:
    """The first of each, then the second of each, and so on."""
    absent = object()
    for row in itertools.zip_longest(*groups, fillvalue=absent):
        yield from (value for value in row if value is not absent)


def distinct(recipes: Iterable[Recipe], most: int = 60) -> list[Recipe]:
    """Each once; ``1``, ``1.0`` and ``True`` are three."""
    found: dict[str, Recipe] = {}
    for recipe in recipes:
        found.setdefault(repr(recipe), recipe)
        if len(found) == most:
            break
    return list(found.values())


def fields_of(cls: type) -> list[str] | None:
    """The names by which a dataclass or named tuple is made; None for any other class."""
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    names = getattr(cls, "_fields", None)
    return list(names) if issubclass(cls, tuple) and names else None


def _stand_in(guess: Guess, value: Recipe = "hello") -> New:
    attributes = tuple(
        (name, Code("lambda *args: 1") if called else value) for name, called in guess.attributes.items()
    )
    return New(Ref("types", "SimpleNamespace"), (), attributes)


def _ref(member: enum.Enum) -> Ref:
    return Ref(type(member).__module__, f"{type(member).__qualname__}.{member.name}")


def _class(cls: type) -> Ref:
    return Ref(cls.__module__, cls.__qualname__)


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") else name


def _plain(recipe: Recipe) -> bool:
    return type(recipe) in (type(None), bool, int, float, str, bytes) or recipe in ([], {})


def _hashable(recipe: Recipe) -> bool:
    try:
        hash(recipe)
    except TypeError:
        return False
    return True
