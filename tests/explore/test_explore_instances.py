"""Which objects the engine makes, and under which names it reaches code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_aigen.explore.calls import prepare
from pytest_aigen.explore.objects import Module, Subject
from pytest_aigen.explore.recipes import Call, New, Ref, Subclass, build, resolve

CODE = """
import abc, functools, typing
from dataclasses import dataclass
from typing import Protocol

class Shape(abc.ABC):
    def __init__(self, name: str):
        self.name = name

    @abc.abstractmethod
    def area(self) -> int: ...

    @property
    @abc.abstractmethod
    def label(self): ...

    @classmethod
    @abc.abstractmethod
    def of(cls, size=1): ...

    def describe(self):
        return f"{self.name}: {self.area()}"

class Animal(abc.ABC):
    @abc.abstractmethod
    def noise(self): ...

    def twice(self):
        return self.noise() * 2

class Dog(Animal):
    def noise(self):
        return "wuff"

class Talker(Protocol):
    def talk(self) -> str: ...

def listens(talker: Talker):
    return talker.talk()

class Meta(type):
    def __len__(cls):
        return 3

class Made(metaclass=Meta):
    pass

class Version:
    def __init__(self, major: int):
        self.major = major
        self.build = ()

    def __lt__(self, other):
        return self.major < other.major

    def matches(self, other):
        return self == other

class Failure(Exception):
    def show(self):
        return str(self)

def newest(one, two):
    return one.major, two.build

def colour(thing):
    return thing.hue

class Painter:
    # Reads a hue, and has none.
    def mix(self, things):
        return [thing.hue for thing in things]

def wet(thing):
    return thing.paint

class Wall:
    def __init__(self):
        def later():
            self.paint = "red"
        later()

class Locked:
    def __init__(self):
        raise RuntimeError("use the_lock")

    def open(self):
        return "open"

the_lock = object.__new__(Locked)

class Opened:
    def __new__(cls, path: str):
        self = super().__new__(cls)
        self.path = path
        return self

class Guest:
    def __init__(self, *args, **options):
        self.call = args[0]

class Registry(dict):
    def __missing__(self, key):
        return key * 2

    def get_first(self):
        return next(iter(self.values()))

    @property
    def size(self):
        return len(self)

    @size.deleter
    def size(self):
        self.clear()

class Span:
    def __init__(self, *spans):
        self.ends = ()

    @classmethod
    def between(cls, low: int, high: int):
        span = cls()
        span.ends = (low, high)
        return span

    @classmethod
    def count(cls, low: int):
        return len(cls.__name__) + low

    def overlaps(self, other):
        return self.ends[0] < other.ends[1]

def keeps(receiver: typing.Callable[..., typing.Any]):
    return receiver

def upto(high: int):
    return Span.between(0, high)

def empty():
    return Span()

@functools.singledispatch
def describe(value):
    return "thing"

@describe.register
def _(value: int):
    return "number"

@describe.register
def _(value: str):
    return "text"

def _hidden(self):
    return 1

class Frozen(dict):
    def _refuses(self, *args):
        raise TypeError("frozen")

    __setitem__ = update = _refuses
    del _refuses
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    (tmp_path / "instances_sample.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    resolve.cache_clear()
    yield Module("instances_sample", CODE)
    del sys.modules["instances_sample"]


@pytest.fixture
def subject(module: Module) -> Callable[..., Subject]:
    def find(qualname: str, text: str = "") -> Subject:
        first = CODE[: CODE.index(text)].count("\n") + 1 if text else 0
        found = module.subject(qualname, first)
        assert found is not None
        assert found.callable
        return found

    return find


def test_an_abstract_class_is_filled_in(subject: Callable[..., Subject]) -> None:
    made = subject("Shape.describe").receivers[0]
    assert isinstance(made, New)
    assert isinstance(made.function, Subclass)
    assert made.function.text("Shape") == (
        "class PlainShape(Shape):\n"
        "    def area(self):\n"
        "        return 1\n"
        "\n"
        "    label = 1\n"
        "\n"
        "    @classmethod\n"
        "    def of(cls, *args, **options):\n"
        "        return 1"
    )
    assert build(made).describe().endswith(": 1")


def test_the_projects_own_subclass_goes_first(subject: Callable[..., Subject]) -> None:
    made = subject("Animal.twice").receivers[0]
    assert isinstance(made, New)
    assert made.function == Ref("instances_sample", "Dog")


def test_the_constructor_of_an_abstract_class_is_that_of_a_subclass(subject: Callable[..., Subject]) -> None:
    assert subject("Shape.__init__").function.name == "PlainShape"


def test_a_protocol_is_filled_in(subject: Callable[..., Subject]) -> None:
    found = subject("listens")
    assert [type(build(value)).__name__ for value in found.params[0].values] == ["PlainTalker"]


def test_methods_of_a_metaclass_are_called_on_a_class(subject: Callable[..., Subject]) -> None:
    found = subject("Meta.__len__")
    assert found.receivers == (Ref("instances_sample", "Made"),)
    assert prepare(Call(found.kind, found.function, (), found.receivers[0])).run() == 3


@pytest.mark.parametrize(
    ("qualname", "stands_in"),
    [
        pytest.param("Version.__lt__", False, id="an argument of the constructor"),
        pytest.param("Version.matches", False, id="nothing is read"),
        pytest.param("newest", True, id="what no argument of the constructor sets"),
    ],
)
def test_an_object_of_the_project_stands_where_its_attributes_are_read(
    subject: Callable[..., Subject], qualname: str, stands_in: bool
) -> None:
    params = subject(qualname).params
    for param in params:
        first = param.values[0]
        assert isinstance(first, New)
        assert first.function == Ref("instances_sample", "Version")
    made = [value for param in params for value in param.values if isinstance(value, New)]
    assert any(value.function.name == "SimpleNamespace" for value in made) is stands_in


def test_a_stand_in_where_no_class_of_the_project_fits(subject: Callable[..., Subject]) -> None:
    first = subject("colour").params[0].values[0]
    assert isinstance(first, New)
    assert first.function.name == "SimpleNamespace"


def test_what_a_class_sets_it_has_and_what_it_reads_it_has_not(subject: Callable[..., Subject]) -> None:
    assert New(Ref("instances_sample", "Wall")) in subject("wet").params[0].values
    assert New(Ref("instances_sample", "Painter")) not in subject("colour").params[0].values


def test_an_exception_has_a_message(subject: Callable[..., Subject]) -> None:
    assert subject("Failure.show").receivers[0] == New(Ref("instances_sample", "Failure"), ("wrong",))


def test_an_instance_that_is_there_is_used(subject: Callable[..., Subject]) -> None:
    assert subject("Locked.open").receivers[-1] == Ref("instances_sample", "the_lock")


def test_a_class_that_takes_anything_is_given_several_things(subject: Callable[..., Subject]) -> None:
    found = subject("Guest.__init__")
    assert found.kind == "init"


@pytest.mark.parametrize(
    ("qualname", "text", "kind", "name"),
    [
        ("Opened.__new__", "    def __new__(cls, path", "init", "Opened"),
        ("Registry.__missing__", "    def __missing__", "method", "Registry.__missing__"),
        ("Registry.size", "    @size.deleter", "deleter", "Registry.size"),
        ("Registry.size", "    @property\n    def size", "property", "Registry.size"),
        ("_", "@describe.register\ndef _(value: int)", "function", "describe"),
        ("Frozen._refuses", "    def _refuses", "method", "Frozen.__setitem__"),
    ],
)
def test_code_is_reached_under_its_public_name(
    subject: Callable[..., Subject], qualname: str, text: str, kind: str, name: str
) -> None:
    found = subject(qualname, text)
    assert (found.kind, found.function.name) == (kind, name)


@pytest.mark.parametrize(("text", "kind"), [("_(value: int)", int), ("_(value: str)", str)])
def test_a_registered_function_gets_its_type(subject: Callable[..., Subject], text: str, kind: type) -> None:
    found = subject("_", f"@describe.register\ndef {text}")
    assert type(found.params[0].values[0]) is kind


def test_factories_are_known_by_what_they_return(subject: Callable[..., Subject]) -> None:
    names = {made.function.name for made in subject("Span.overlaps").receivers if isinstance(made, New)}
    assert names == {"Span", "Span.between", "empty"}


def test_a_callable_may_be_one_that_outlives_the_call(subject: Callable[..., Subject]) -> None:
    assert Ref("builtins", "str") in subject("keeps").params[0].values[:2]


def test_operators_are_steps_too(subject: Callable[..., Subject]) -> None:
    class_of_steps = {name for name, _ in subject("Version.matches").steps}
    assert "__lt__" not in class_of_steps
