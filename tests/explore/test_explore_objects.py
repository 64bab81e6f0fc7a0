from __future__ import annotations

import asyncio
import copy
import math
import operator
import pickle
import sys
import types
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pytest_aigen.explore.calls import Param, SetupFailed, bind, drive, prepare
from pytest_aigen.explore.mutate import Mutator
from pytest_aigen.explore.objects import Module, Subject
from pytest_aigen.explore.operators import OPERATORS
from pytest_aigen.explore.recipes import Arg, Call, New, Ref, Step, build, resolve
from pytest_aigen.explore.simpler import simpler

CODE = '''
from __future__ import annotations
import abc
from enum import Enum
from typing import TYPE_CHECKING, Protocol, Union

if TYPE_CHECKING:
    from decimal import Decimal
    from nowhere import Missing

class Mode(Enum):
    FAST = 1
    SLOW = 2

class Base(abc.ABC):
    def __init__(self, name: str, size: int = 2, *, mode: Mode = Mode.FAST):
        self.name, self.size, self.mode = name, size, mode

    @abc.abstractmethod
    def area(self): ...

    def describe(self, prefix: str = "a") -> str:
        return prefix + self.name

    def __secret(self, value: int):
        return value

    def keys(self, **options: int):
        yield from options

class Square(Base):
    def area(self):
        return self.size ** 2

    @classmethod
    def of(cls, size: int) -> Square:
        return cls("square", size)

    def __lt__(self, other: Square) -> bool:
        return self.size < other.size

class Talks(Protocol):
    def talk(self): ...

class Holder:
    def __init__(self, base: Base):
        self.base = base

    @property
    def inner(self):
        return self.base

class Scaled:
    def __init__(self, text, size=1, times=1): ...

def price(amount: Decimal) -> Decimal:
    return amount

def lost(amount: Missing):
    return amount

def many(first, *rest: int, flag: bool = False, **more: str):
    return first, rest, flag, more

def listens(talker: Talks):
    return talker

def example(text, count=1):
    """Repeats.

    >>> example("ab", count=2)
    'abab'
    >>> example(broken, (
    >>> example(unknown="x")
    Or as in example("x", 3).
    """
    return text * count

def untyped(thing, words="a b"):
    if isinstance(thing, (Square, str)):
        return thing
    return thing.total

def outer(x):
    def inner(y):
        return y
    return inner(x)

number = 3
'''


class Grid:
    """Knows ``@``."""

    def __matmul__(self, other: Grid) -> int:
        return 5


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    (tmp_path / "objects_sample.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    resolve.cache_clear()
    yield Module("objects_sample", CODE)
    del sys.modules["objects_sample"]


def subject(module: Module, qualname: str) -> Subject:
    found = module.subject(qualname)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("qualname", "kind", "name"),
    [
        ("price", "function", "price"),
        ("outer.inner", "function", "outer"),
        ("Square.of", "function", "Square.of"),
        ("Square.area", "method", "Square.area"),
        ("Base.describe", "method", "Base.describe"),
        ("Base.__secret", "method", "Base._Base__secret"),
        ("Holder.inner", "property", "Holder.inner"),
        ("Holder.__init__", "init", "Holder"),
        ("Base.__init__", "init", "Square"),
    ],
)
def test_what_is_called(module: Module, qualname: str, kind: str, name: str) -> None:
    found = subject(module, qualname)
    assert (found.kind, found.function.name) == (kind, name)
    assert found.callable


@pytest.mark.parametrize("qualname", ["nothing", "number", "Square", "Square.nothing"])
def test_what_is_not_called(module: Module, qualname: str) -> None:
    found = module.subject(qualname)
    assert found is None or not found.callable


def test_what_cannot_be_made_is_not_called(module: Module) -> None:
    assert subject(module, "lost").callable


def test_abstract_classes_are_made_by_their_subclasses(module: Module) -> None:
    receivers = subject(module, "Base.describe").receivers
    assert {new.function.name for new in receivers if isinstance(new, New)} <= {"Square", "Square.of"}
    assert build(receivers[0]).describe() == "aAlice"


def test_factories_are_used(module: Module) -> None:
    receivers = subject(module, "Square.area").receivers
    assert any(isinstance(new, New) and new.function.name == "Square.of" for new in receivers)


def test_names_for_type_checking_are_known(module: Module) -> None:
    values = subject(module, "price").params[0].values
    assert {value.function for value in values} == {Ref("decimal", "Decimal")}


def test_examples_of_the_docstring(module: Module) -> None:
    calls = subject(module, "example").examples
    assert [[(arg.name, arg.value) for arg in call.args] for call in calls] == [
        [("text", "ab"), ("count", 2)],
        [("text", "x"), ("count", 3)],
    ]


def test_untyped_arguments_take_classes_of_isinstance_and_types_of_defaults(module: Module) -> None:
    thing, words = subject(module, "untyped").params
    assert any(type(value) is New and value.function.name == "Square" for value in thing.values)
    assert isinstance(words.values[0], str)


def test_spread_arguments(module: Module) -> None:
    params = subject(module, "many").params
    assert [param.form for param in params] == ["either", "star", "keyword", "stars"]
    call = Call(
        "function",
        Ref("objects_sample", "many"),
        bind(params, {"first": 1, "rest": (2, 3), "more": {"a": "x"}}),
    )
    assert prepare(call).run() == (1, (2, 3), False, {"a": "x"})


def test_after_an_omitted_argument_names_are_needed() -> None:
    params = [
        Param("a", "either", True, (1,)),
        Param("b", "either", False, (1,)),
        Param("c", "either", False, (1,)),
    ]
    assert [arg.form for arg in bind(params, {"a": 1, "c": 2})] == ["either", "keyword"]


def test_the_next_of_an_asynchronous_iterator() -> None:
    async def twice() -> tuple[object, object]:
        fresh = [items(), items()]
        found = OPERATORS["__anext__"]
        return await found.call(fresh[0]), await eval(found.text.format("a"), {"a": fresh[1]})

    async def items() -> AsyncIterator[int]:
        yield 6

    assert asyncio.run(twice()) == (6, 6)


@pytest.mark.parametrize("name", sorted(OPERATORS.keys() - {"__anext__"}))
def test_operators_do_what_they_are_written_as(name: str) -> None:
    operands: dict[str, list[Any]] = {
        **{key: [[1, 2]] for key in ("__len__", "__bytes__", "__iter__", "__reversed__")},
        **{key: [[7, 8, 9], 1, 4] for key in ("__getitem__", "__missing__", "__delitem__", "__setitem__")},
        "__contains__": [[7, 8], 8],
        "__next__": [iter([1, 1])],
        "__format__": [6, "03d"],
        **{
            key: [types.SimpleNamespace(a=1), "a", 2] for key in ("__getattr__", "__delattr__", "__setattr__")
        },
        "__instancecheck__": [int, 4],
        "__subclasscheck__": [int, bool],
        **{key: [Grid(), Grid()] for key in ("__matmul__", "__rmatmul__", "__imatmul__")},
    }
    found = OPERATORS[name]
    values = operands.get(name, [6, 4])[: found.arity + 1]
    scope = dict(zip("abc", copy.deepcopy(values)))
    scope |= {"copy": copy, "math": math, "operator": operator, "pickle": pickle}
    if found.statement:
        exec(found.text.format(*"abc"), scope)
        result = found.call(*values)
        assert scope["a"] == (values[0] if result is None else result)
    elif name in ("__iter__", "__reversed__"):
        assert list(found.call(*values)) == list(eval(found.text.format(*"abc"), scope))
    else:
        assert found.call(*values) == eval(found.text.format(*"abc"), scope)


def test_steps_come_before_the_call(module: Module) -> None:
    square = New(Ref("objects_sample", "Square"), ("s",))
    call = Call(
        "method", Ref("objects_sample", "Square.area"), (), square, (Step("describe", (Arg("prefix", "x"),)),)
    )
    assert prepare(call).run() == 4
    with pytest.raises(SetupFailed, match="AttributeError"):
        prepare(Call("method", Ref("objects_sample", "Square.area"), (), square, (Step("nothing"),)))


def test_results_are_driven() -> None:
    async def later() -> int:
        return 3

    assert drive(later()) == (3, "await")
    assert drive(iter([1])) == ([1], "list")
    assert drive({"a": 1}.keys()) == (["a"], "list")
    assert drive((iter([1]), iter([2]))) == ([[1], [2]], "lists")
    assert drive(n for n in range(100)) == (list(range(20)), "islice")
    assert drive("ab") == ("ab", "plain")


@pytest.mark.parametrize(
    "value",
    [
        True,
        3,
        2.5,
        "text",
        b"bytes",
        [1, "a"],
        (1, 2),
        {1, 2},
        {"a": [1]},
        New(Ref("decimal", "Decimal"), ("1",), ()),
    ],
    ids=repr,
)
def test_mutations_keep_the_type(module: Module, value: object) -> None:
    mutator = Mutator(subject(module, "many"), Random(0))
    for _ in range(200):
        assert type(mutator.value(value)) is type(value)


def test_members_of_an_enum_become_other_members(module: Module) -> None:
    mutator = Mutator(subject(module, "many"), Random(0))
    names = {mutator.value(Ref("objects_sample", "Mode.FAST")).name for _ in range(50)}
    assert names == {"Mode.FAST", "Mode.SLOW"}
    assert mutator.value(Ref("math", "pi")) == Ref("math", "pi")


@pytest.mark.parametrize("qualname", ["many", "Base.describe", "Square.__lt__", "Base.keys"])
def test_mutated_calls_can_be_prepared(module: Module, qualname: str) -> None:
    found = subject(module, qualname)
    mutator = Mutator(found, Random(1))
    call = mutator.draw()
    for _ in range(300):
        call = mutator.call(call)
        try:
            prepare(call)
        except SetupFailed:
            call = mutator.draw()


def test_simpler_calls_say_less(module: Module) -> None:
    found = subject(module, "many")
    call = Call(
        "function", found.function, bind(found.params, {"first": [1, 2, 3, 4], "rest": (1, 2), "flag": True})
    )
    offers = list(simpler(call, found))
    assert any(all(arg.name != "flag" for arg in offer.args) for offer in offers)
    assert any(offer.args[0].value == [1, 2] for offer in offers)


def test_simpler_objects_are_made_of_less(module: Module) -> None:
    found = subject(module, "Base.describe")

    def offers(function: Ref, *args: Any, **kwargs: Any) -> set[str]:
        given = New(function, args, tuple(kwargs.items()))
        call = Call("method", found.function, (), given)
        return {repr(offer.receiver) for offer in simpler(call, found)}

    square, day = Ref("objects_sample", "Square"), New(Ref("datetime", "date"), (2020, 1, 2))
    long = "one of many words that go on and on"
    made = offers(square, [1, 2], day, mode="fast", note=long)
    assert repr(New(square, ([1], day), (("mode", "fast"), ("note", long)))) in made
    assert repr(New(square, ([1, 2], day), (("note", long),))) in made
    assert repr(New(square, ([1, 2], day))) in made
    assert repr(New(square, ([1, 2], day), (("mode", "fast"), ("note", long[:17])))) in made
    assert not any("'fa'" in offer for offer in made), "a word may be one of a few"
    assert not any("date" in offer and "2020, 1, 2" not in offer for offer in made)

    scaled = Ref("objects_sample", "Scaled")
    assert repr(New(scaled, ("x",), (("times", 3),))) in offers(scaled, "x", 2, 3)
