"""Ways to make an instance of a class, the simplest first."""

from __future__ import annotations

import dis
import enum
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from pytest_aigen.explore.calls import Param, bind
from pytest_aigen.explore.factories import gives
from pytest_aigen.explore.fixtures import Offers
from pytest_aigen.explore.lists import distinct
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref, Subclass, resolve
from pytest_aigen.explore.subclasses import plain_subclass
from pytest_aigen.explore.values import Values, fields_of

#: The arguments of a callable, by its dotted name in the module; None where it has no signature.
Params: TypeAlias = Callable[[Any, str, Values], "Sequence[Param] | None"]
#: Constructions tried for the receiver of a method, and for an argument.
_MOST_RECEIVERS, _MOST_INSTANCES = 48, 14
#: What a class may take that does not say what it takes.
_ANYTHING: tuple[Recipe, ...] = (Code("lambda value: value"), [1, 2, 3], "hello", {"a": 1}, 1)
_DEEPEST = 3


class Instances:
    """Makes instances for the functions of one module."""

    def __init__(
        self,
        module: types.ModuleType,
        params: Params,
        pool: Pool,
        evaluate: Callable[[str], Any],
        offers: Offers,
    ) -> None:
        self.module = module
        self.params = params
        self.pool = pool
        #: What an annotation stands for in the module; None where nobody knows.
        self.evaluate = evaluate
        self.offers = offers
        self._known: dict[tuple[type, int], list[Recipe]] = {}

    def of(self, cls: type, depth: int = 0) -> Sequence[Recipe]:
        """None for a class that cannot be imported or made; arguments that are instances nest only so deep."""
        key = (cls, depth)
        if key not in self._known:
            self._known[key] = []  # a class that needs an instance of itself
            most = _MOST_INSTANCES if depth else _MOST_RECEIVERS
            self._known[key] = distinct(self._of(cls, depth), most)
        return self._known[key]

    def concrete(self, cls: type) -> Ref | Subclass | None:
        """What is called for an instance: the class; of an abstract one a subclass with the same constructor."""
        reference = Ref(cls.__module__, cls.__qualname__)
        if not inspect.isabstract(cls):
            return reference
        for below in self._below(cls):
            if below.__init__ is cls.__init__ and below.__new__ is cls.__new__:  # type: ignore[misc]
                return Ref(below.__module__, below.__qualname__)
        return plain_subclass(cls, reference) if _importable(reference, cls) else None

    def like(self, attributes: Iterable[str]) -> list[type]:
        """Classes of the project, seen from the module, whose instances have all those attributes; the plainest first."""
        wanted = {name for name in attributes if not name.startswith("__")}
        if not wanted:
            return []
        fits = [cls for cls in self._classes() if wanted <= _members(cls)]
        return sorted(fits, key=lambda cls: (cls.__module__ != self.module.__name__, len(_members(cls))))[:3]

    def _of(self, cls: type, depth: int) -> Iterator[Recipe]:
        reference = Ref(cls.__module__, cls.__qualname__)
        if issubclass(cls, type):
            yield from self._classes_of(cls)
            return
        offered = self.offers.giving(cls)
        if not _importable(reference, cls):
            yield from offered
            return
        if issubclass(cls, enum.Enum):
            members = [Ref(cls.__module__, f"{cls.__qualname__}.{member.name}") for member in cls]
            yield from (*members, *offered)
        elif inspect.isabstract(cls) or getattr(cls, "_is_protocol", False):
            inherited = [made for below in self._below(cls) for made in self.of(below, depth)]
            yield from (*inherited[:2], *offered, *inherited[2:])
            plain = plain_subclass(cls, reference) if not inherited else None
            if plain is not None and getattr(cls, "_is_protocol", False):
                yield New(plain)
            elif plain is not None:
                yield from self._made(cls, plain, depth)
        else:
            made = list(self._made(cls, reference, depth))
            yield from (*made[:4], *offered)
            for below in self._below(cls):
                yield from list(self._made(below, Ref(below.__module__, below.__qualname__), depth))[:2]
            yield from self._factories(cls, reference, depth)
            yield from made[4:]
        yield from self._returned(cls, depth)
        yield from self._there(cls)

    def values(self, depth: int = -1) -> Values:
        """What makes the arguments of a constructor at that depth; of the function under test above all of them."""
        return Values(
            self.pool,
            lambda other, deeper: self.of(other, max(deeper, depth + 1)) if depth < _DEEPEST else [],
            evaluate=self.evaluate,
            classes=self.like,
        )

    def _made(self, cls: type, callee: Ref | Subclass, depth: int) -> Iterator[Recipe]:
        own = cls.__module__ == self.module.__name__
        params = self.params(cls, cls.__qualname__ if own else "?", self.values(depth))
        if issubclass(cls, BaseException) and (params is None or not any(param.required for param in params)):
            yield New(callee, ("wrong",))
        if params is not None:
            yield from constructions(callee, params, by_name=fields_of(cls) is not None)
        if params is None or [param.form for param in params] == ["star", "stars"]:
            yield New(callee)
            yield from (New(callee, (value,)) for value in _ANYTHING)

    def _factories(self, cls: type, reference: Ref, depth: int) -> Iterator[Recipe]:
        """Class methods that give an instance."""
        for name, static in vars(cls).items():
            if not isinstance(static, classmethod) or name.startswith("_"):
                continue
            if gives(static.__func__, cls, bound=True):
                values = self.values(depth)
                params = self.params(getattr(cls, name), f"{cls.__qualname__}.{name}", values)
                factory = Ref(reference.module, f"{reference.name}.{name}")
                yield from list(constructions(factory, params or (), by_name=False))[:3]

    def _returned(self, cls: type, depth: int) -> Iterator[Recipe]:
        """From functions of the module that return it."""
        for name, function in list(vars(self.module).items()):
            if not inspect.isfunction(function) or function.__module__ != self.module.__name__:
                continue
            if gives(function, cls) and not inspect.iscoroutinefunction(function):
                params = self.params(function, name, self.values(max(depth, _DEEPEST - 1)))
                factory = Ref(self.module.__name__, name)
                yield from list(constructions(factory, params or (), by_name=False))[:3]

    def _there(self, cls: type) -> Iterator[Recipe]:
        """Instances that the module has."""
        for name, value in list(vars(self.module).items()):
            if type(value) is cls and not name.startswith("__"):
                yield Ref(self.module.__name__, name)

    def _below(self, cls: type) -> list[type]:
        """Subclasses that can be made, those of the module first."""
        found: dict[type[Any], None] = {}
        direct: list[type[Any]] = cls.__subclasses__()
        for below in direct:
            found.update(dict.fromkeys([below, *below.__subclasses__()]))
        concrete = [
            below
            for below in found
            if not inspect.isabstract(below)
            and _project(below) == _project(cls)
            and _importable(Ref(below.__module__, below.__qualname__), below)
        ]
        return sorted(concrete, key=lambda sub: (sub.__module__ != self.module.__name__, sub.__qualname__))[
            :3
        ]

    def _classes(self) -> list[type]:
        project = self.module.__name__.partition(".")[0]
        found = [value for value in vars(self.module).values() if isinstance(value, type)]
        nested = [value for cls in found for value in vars(cls).values() if isinstance(value, type)]
        return [
            cls
            for cls in dict.fromkeys([*found, *nested])
            if _project(cls) == project and not issubclass(cls, type)
        ]

    def _classes_of(self, metaclass: type) -> Iterator[Recipe]:
        for cls in [value for value in vars(self.module).values() if isinstance(value, type)]:
            reference = Ref(cls.__module__, cls.__qualname__)
            if issubclass(type(cls), metaclass) and cls is not metaclass and _importable(reference, cls):
                yield reference


def _project(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _importable(reference: Ref, cls: type) -> bool:
    try:
        return resolve(reference) is cls
    except (ImportError, AttributeError):
        return False


@functools.cache
def _members(cls: type) -> frozenset[str]:
    """Names that instances have: of the class, annotated, set by its methods."""
    found = {name for name in dir(cls) if not name.startswith("__")}
    for base in cls.__mro__:
        found.update(vars(base).get("__annotations__", {}))
        for function in vars(base).values():
            code = getattr(function, "__code__", None)
            if type(code) is types.CodeType and base is not object:
                found.update(_set_in(code))
    return frozenset(found)


def _set_in(code: types.CodeType) -> Iterator[str]:
    """The attributes that a function sets, and the functions in it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR":
            yield instruction.argval
    for inner in code.co_consts:
        if type(inner) is types.CodeType:
            yield from _set_in(inner)


def constructions(callee: Ref | Subclass, params: Sequence[Param], by_name: bool) -> Iterable[New]:
    """Calls of it: with as little as it takes, then with other values, one argument at a time."""
    required = [param for param in params if param.required]
    if not all(param.values for param in required):
        return
    plain = {param.name: param.values[0] for param in required}

    def make(chosen: dict[str, Recipe]) -> New:
        args = bind(params, chosen)
        if by_name:
            return New(callee, (), tuple((arg.name, arg.value) for arg in args))
        positional = tuple(
            value for arg in args if arg.form in ("either", "positional", "star")
            for value in (arg.value if arg.form == "star" else [arg.value])
        )  # fmt: skip
        keywords = tuple(
            pair for arg in args if arg.form in ("keyword", "stars")
            for pair in (arg.value.items() if arg.form == "stars" else [(arg.name, arg.value)])
        )  # fmt: skip
        return New(callee, positional, keywords)

    yield make(plain)
    for turn in (1, 2):
        if any(len(param.values) > turn for param in required):
            yield make({param.name: param.values[turn % len(param.values)] for param in required})
    if len(params) - len(required) > 1:
        yield make({param.name: param.values[0] for param in params if param.values})
    for turn in range(10):
        for param in params:
            if turn + param.required < len(param.values):
                yield make({**plain, param.name: param.values[turn + param.required]})
