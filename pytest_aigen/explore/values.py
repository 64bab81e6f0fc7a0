"""Inputs from a type: a list of recipes, the one a person would try first at its head.

Types are read here rather than given to ``hypothesis.strategies.from_type``: what that draws are objects, not recipes that
can be written as source, and others with each version of Hypothesis and of Python.
"""

from __future__ import annotations

import collections
import collections.abc as abc
import dataclasses
import enum
import inspect
import itertools
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pytest_aigen.explore.library import RECIPES
from pytest_aigen.explore.lists import all_plain, distinct, hashable, interleave, lists_of, plain, singular
from pytest_aigen.explore.moments import MOMENTS
from pytest_aigen.explore.parts import Guess
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref
from pytest_aigen.explore.scalars import scalars
from pytest_aigen.explore.uses import DEEPEST, MIXED, MOST, FromUse, Instances, usual

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
_WRAPPERS = tuple(
    getattr(typing, name, None)
    for name in (
        "Annotated",
        "Final",
        "ClassVar",
        "Required",
        "NotRequired",
        "ReadOnly",
        "Unpack",
        "TypeGuard",
    )
)
_CALLABLE = (abc.Callable, Callable, typing.Callable)


class Values(FromUse):
    """Makes inputs for the arguments of one function."""

    def __init__(
        self,
        pool: Pool,
        instances: Instances,
        *,
        evaluate: Callable[[str], Any] = lambda text: None,
        classes: Callable[[Iterable[str]], Sequence[type]] = lambda attributes: (),
    ) -> None:
        super().__init__(pool, instances, evaluate=evaluate, classes=classes)
        self._scalars: dict[tuple[type, str], Sequence[Recipe] | None] = {}

    def of(self, hint: Any, name: str = "", depth: int = 0) -> list[Recipe]:
        """Recipes for a value of the type; none for a type that cannot be made."""
        return distinct(self._of(hint, name, depth), MOST)

    def _of(self, hint: Any, name: str, depth: int) -> Iterable[Recipe]:
        if isinstance(hint, (str, typing.ForwardRef)):
            known = self.evaluate(hint if isinstance(hint, str) else hint.__forward_arg__)
            return [] if known is None or isinstance(known, str) else self.of(known, name, depth)
        if isinstance(hint, typing.TypeVar):
            options = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ else (int, str))
            return interleave([self.of(option, name, depth) for option in options])
        if hasattr(hint, "__supertype__"):
            return self.of(hint.__supertype__, name, depth)
        if type(hint).__name__ == "TypeAliasType":
            return self.of(hint.__value__, name, depth)
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin in _WRAPPERS and origin is not None:
            return self.of(args[0], name, depth)
        if origin is typing.Literal:
            return [_ref(arg) if isinstance(arg, enum.Enum) else arg for arg in args]
        if origin in (typing.Union, types.UnionType):
            return interleave([self.of(arg, name, depth) for arg in args])
        if origin is type or hint is type:
            return self._types(args)
        if hint is None or hint is type(None):
            return [None]
        if getattr(hint, "__name__", "") in ("LiteralString", "AnyStr"):
            return self.of(str, name, depth)
        if hint in (Any, object, inspect.Parameter.empty):
            kinds = [self.of(kind, name, depth) for kind in (str, int, list, dict)]
            return [*usual(self.pool, name), *interleave(kinds), *MIXED]
        if (origin or hint) in _CALLABLE:
            return self._callables(args)
        base = origin if isinstance(origin, type) else hint
        return self._class(base, args, name, depth) if isinstance(base, type) else []

    def _class(self, base: type, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        scalar = self._scalars.get((base, name), ())
        if scalar == ():
            scalar = self._scalars[base, name] = scalars(base, self.pool, name)
        if scalar is not None:
            return scalar
        if issubclass(base, enum.Enum):
            return _members(base)
        if base in RECIPES:
            given = RECIPES[base]
            if self.pool.reads_clock:
                given = (*given[:1], *MOMENTS.get(base, ()), *given[1:])
            return [*usual(self.pool, name), *given] if depth == 0 else given
        if typing.is_typeddict(base):
            return self._typed_dict(base, depth)
        if base is tuple:
            return self._tuples(args, name, depth)
        if base in _MAPPINGS:
            return self._dicts(args, name, depth)
        if base in _ITERABLES or base in _SETS or base is collections.deque:
            return self._containers(base, args, name, depth)
        if getattr(base, "_is_protocol", False):
            made = self.instances(base, depth + 1) if depth < DEEPEST else []
            return made or self._protocol(base, depth)
        return self.instances(base, depth + 1) if depth < DEEPEST else []

    def _types(self, args: tuple[Any, ...]) -> list[Recipe]:
        kinds = typing.get_args(args[0]) or args if args else (int, str, list)
        bounds = [getattr(kind, "__bound__", None) or kind for kind in kinds]
        return [Ref(kind.__module__, kind.__qualname__) for kind in bounds if isinstance(kind, type)] or [
            Ref("builtins", "int")
        ]

    def _protocol(self, base: type, depth: int) -> Iterable[Recipe]:
        """Instances of what has its members; otherwise a stand-in."""
        guess, hints = Guess(), getattr(base, "__annotations__", {})
        for member in dict.fromkeys([*hints, *(name for name in dir(base) if not name.startswith("_"))]):
            inner = guess.attributes[member] = Guess()
            function = inspect.getattr_static(base, member, None)
            if inspect.isfunction(function):
                result = function.__annotations__.get("return")
                inner.results().classes.update({result: None} if isinstance(result, str) else {})
                inner.results().add(*([result] if isinstance(result, type) else []))
            elif member in hints:
                inner.add(*([] if isinstance(hints[member], str) else [hints[member]]))
        if guess.attributes:
            return self._objects(guess, "", depth)
        return self._called(base)

    def _called(self, base: type) -> Iterable[Recipe]:
        dunders = [name for name in vars(base) if name in _BY_DUNDER]
        return [recipe for name in dunders for recipe in _BY_DUNDER[name]]

    def _callables(self, args: tuple[Any, ...]) -> Iterable[Recipe]:
        arity = len(args[0]) if args and isinstance(args[0], (list, tuple)) else None
        if arity is None and len(args) < 2:
            return [*map(Code, _LAMBDAS), *(Ref("builtins", name) for name in ("str", "len", "bool"))]
        results = self.of(args[1], "", DEEPEST)[:4] if len(args) > 1 else [None]
        names = (
            "*args" if arity is None else ", ".join(("value", "other", "third", "fourth", "fifth")[:arity])
        )
        head = f"lambda {names}:" if names else "lambda:"
        texts = [f"{head} {'value' if arity == 1 else repr(None)}"] if not results or arity == 1 else []
        constant = [result for result in results if plain(result) or all_plain(result)]
        found: list[Recipe] = [
            Code(text) for text in [*texts, *(f"{head} {result!r}" for result in constant)]
        ]
        if arity in (None, 1) and any(type(result) is str for result in results):
            found.insert(1, Ref("builtins", "str"))  # outlives the call, for code that keeps weak references
        return found

    def _tuples(self, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        if not args:
            return [tuple(item) for item in _LISTS if isinstance(item, list)]
        if len(args) == 2 and args[1] is Ellipsis:
            return [tuple(item) for item in self._lists(args[0], name, depth)]
        columns = [self.of(arg, name, depth + 1)[:12] for arg in args if arg != ()]
        if not all(columns):
            return []
        longest = max(map(len, columns), default=1)
        rows = [tuple(column[turn % len(column)] for column in columns) for turn in range(longest)]
        first = tuple(column[0] for column in columns)
        others = [
            (*first[:at], value, *first[at + 1 :])
            for at, column in enumerate(columns)
            for value in column[1:5]
        ]
        return [*rows[:1], *others, *rows[1:]]

    def _lists(self, item: Any, name: str, depth: int) -> list[list[Recipe]]:
        return lists_of(self.of(item, singular(name), depth + 1)[:40])

    def _containers(self, base: type, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        given = [value for value in self.pool.usual.get(name, ()) if type(value) is base]
        lists: list[Any] = self._lists(args[0], name, depth) if args and args[0] is not Any else list(_LISTS)
        if base in _SETS:
            make = frozenset if base is frozenset else set
            return [make(items) for items in lists if all(map(hashable, items))]
        if base is abc.Iterator:
            return [New(Ref("builtins", "iter"), (items,)) for items in lists]
        if base in _GENERATORS:
            return [Code(f"(item for item in {items!r})") for items in lists if all_plain(items)]
        if base is collections.deque:
            return [New(Ref("collections", "deque"), (items,)) for items in lists]
        return [*given, *lists]

    def _dicts(self, args: tuple[Any, ...], name: str, depth: int) -> Iterable[Recipe]:
        given = [value for value in self.pool.usual.get(name, ()) if type(value) is dict]
        asked = self.pool.keys
        if not args or args[-1] is Any:
            keyed: list[Recipe] = [
                *(dict.fromkeys(asked, value) for value in ("hello", 1, None, [1, 2], True) if asked),
                *({key: value} for key in asked for value in (1, "hello")),
            ]
            return [*given, *keyed, *_DICTS]
        keys = [key for key in self.of(args[0], "", depth + 1) if hashable(key)][:24]
        if args[0] is str:
            keys = list(dict.fromkeys([*asked, "a", "b", *keys]))[:24]
        values = self.of(args[1], name, depth + 1)[:16]
        if not keys or not values:
            return [{}]
        pairs = [{key: values[turn % len(values)]} for turn, key in enumerate(keys)]
        return [
            *given, dict(zip(keys[:3], itertools.cycle(values[:3]))), *pairs[:2], {}, *pairs[2:],
            *({key: value} for value in values for key in keys[:2]),
            *([dict(zip(asked, itertools.cycle(values)))] if len(asked) > 3 and args[0] is str else []),
        ]  # fmt: skip

    def _typed_dict(self, base: Any, depth: int) -> Iterable[Recipe]:
        """All keys, then without those that may be absent, then one field made otherwise at a time."""
        try:
            hints = typing.get_type_hints(base, include_extras=True)
        except Exception:  # names that only a type checker knows
            hints = dict(base.__annotations__)
        fields = {key: self.of(hint, key, depth + 1)[:12] for key, hint in hints.items()}
        if not all(fields.values()):
            return
        whole = {key: found[0] for key, found in fields.items()}
        yield whole
        absent = {key for key, hint in hints.items() if str(hint).partition("[")[0].endswith("NotRequired")}
        if absent := absent | base.__optional_keys__:
            yield {key: value for key, value in whole.items() if key not in absent}
        for key, found in fields.items():
            yield from ({**whole, key: value} for value in found[1:6])
        for turn in range(1, max(map(len, fields.values()), default=1)):
            yield {key: found[turn % len(found)] for key, found in fields.items()}


_MAPPINGS = frozenset({dict, abc.Mapping, abc.MutableMapping})
_SETS = frozenset({set, frozenset, abc.Set, abc.MutableSet})
_GENERATORS = frozenset({abc.Generator, types.GeneratorType})
_ITERABLES = frozenset({list, types.GeneratorType, abc.Iterable, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Container, abc.Iterator, abc.Generator, abc.Reversible, abc.Sized, abc.Hashable})  # fmt: skip
_BY_DUNDER: dict[str, tuple[Recipe, ...]] = {
    "__call__": (Code("lambda *args: 1"), Code("lambda *args: args")), "__iter__": ([1, 2, 3], []), "__len__": ("hello", [1, 2, 3], []),
    "__getitem__": ([1, 2, 3], {"a": 1}), "__lt__": (1, 2, "a"), "__contains__": ([1, 2, 3], "hello"), "__int__": (3, 0),
    "__float__": (1.5, 0.0), "__index__": (1, 0), "__str__": ("hello",), "__enter__": (New(Ref("contextlib", "nullcontext"), ("hello",)),),
}  # fmt: skip


def fields_of(cls: type) -> list[str] | None:
    """The names by which a dataclass or named tuple is made; None for any other class."""
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.init]
    names = getattr(cls, "_fields", None)
    return list(names) if issubclass(cls, tuple) and names else None


def _members(base: type[enum.Enum]) -> list[Recipe]:
    """The members; of flags two of them together, and none, as well."""
    members = [_ref(member) for member in itertools.islice(base, 24)]
    if not issubclass(base, enum.Flag):
        return list(members)
    pairs = [New(Ref("operator", "or_"), (one, other)) for one, other in itertools.pairwise(members)]
    return [*members, *pairs[:3], New(Ref(base.__module__, base.__qualname__), (0,))]


def _ref(member: enum.Enum) -> Ref:
    return Ref(type(member).__module__, f"{type(member).__qualname__}.{member.name}")
