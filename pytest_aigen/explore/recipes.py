"""Values as recipes: built anew for every call, compared, shipped between processes and written as source.

A recipe is a plain value (None, bool, int, float, complex, str, bytes), a list, tuple, dict, set or frozenset of
recipes, or one of the records below. Recipes never hold objects of the code under test.
"""

from __future__ import annotations

import importlib
import itertools
import pathlib
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol, TypeAlias

from pytest_aigen.explore.room import ROOM

Recipe: TypeAlias = Any


class _Record:
    """Says what it holds as a dataclass does, without the guard against circles, which no recipe has: a search asks for
    that more often than for anything else.
    """

    __slots__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.__slots__])
        return f"{type(self).__qualname__}({fields})"


@dataclass(frozen=True, slots=True, repr=False)
class Ref(_Record):
    """Something that can be imported: a class, a function, a member of an enum."""

    module: str
    #: Dotted below the module: ``Color.RED``.
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Member(_Record):
    """A method or attribute, written out: ``def area(self): return 1``."""

    name: str
    #: ``method``, ``async``, ``classmethod``, ``staticmethod`` or ``attribute``.
    form: str
    #: The arguments as they are written.
    takes: str
    #: The expression that it gives.
    answer: str

    @property
    def text(self) -> str:
        """Its source."""
        if self.form == "attribute":
            return f"{self.name} = {self.answer}"
        head = {"classmethod": "@classmethod\n", "staticmethod": "@staticmethod\n", "async": "async "}
        return f"{head.get(self.form, '')}def {self.name}({self.takes}):\n    return {self.answer}"


@dataclass(frozen=True, slots=True, repr=False)
class Subclass(_Record):
    """A class to be written: one of the project's with what is abstract in it filled in."""

    base: Ref
    members: tuple[Member, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Plain{self.base.name.rpartition('.')[2].lstrip('_')}"

    @property
    def module(self) -> str:
        """Where its base is."""
        return self.base.module

    def text(self, base: str) -> str:
        """Its source, with its base under that name."""
        body = "\n\n".join(member.text for member in self.members)
        return f"class {self.name}({base}):\n" + "\n".join(
            f"    {line}" if line else "" for line in body.split("\n")
        )


@dataclass(frozen=True, slots=True, repr=False)
class New(_Record):
    """The result of a call: an instance, a path, a date."""

    function: Ref | Subclass
    args: tuple[Recipe, ...] = ()
    kwargs: tuple[tuple[str, Recipe], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Code(_Record):
    """An expression that needs no import: a lambda."""

    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Located(_Record):
    """A path below the folder that a test has for its files."""

    #: Empty for the folder itself.
    name: str
    #: What the file there holds; None where there is none.
    content: str | bytes | None = None
    #: Files in the folder, by name.
    beside: tuple[tuple[str, str | bytes], ...] = ()
    #: Whether the path is given as a text.
    is_text: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Requested(_Record):
    """The value of a fixture that a test asks for."""

    name: str


#: How the object of a method is made; a reference for one that is there: a class, an instance of the module.
Receiver: TypeAlias = New | Ref | Requested

Form: TypeAlias = Literal["either", "positional", "keyword", "star", "stars"]


@dataclass(frozen=True, slots=True, repr=False)
class Arg(_Record):
    """An argument of a call; ``star`` and ``stars`` are spread."""

    name: str
    value: Recipe
    form: Form = "either"


@dataclass(frozen=True, slots=True, repr=False)
class Step(_Record):
    """A method called on the receiver before the call itself."""

    method: str
    args: tuple[Arg, ...] = ()
    #: Whether the method gives a coroutine; is known once it was called.
    awaited: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Then(_Record):
    """What is done with the result of a call: it is called, so often; or entered and left by an exception."""

    args: tuple[Arg, ...] = ()
    times: int = 1
    #: Entered, and an exception is raised inside.
    interrupts: bool = False


Kind: TypeAlias = Literal["function", "method", "property", "setter", "deleter", "init"]


@dataclass(frozen=True, slots=True, repr=False)
class Call(_Record):
    """One way to call the function under test."""

    #: ``function`` is called by its dotted name; ``init`` constructs; the others are used on the receiver.
    kind: Kind
    function: Ref | Subclass
    args: tuple[Arg, ...] = ()
    receiver: Receiver | None = None
    before: tuple[Step, ...] = ()
    #: Done with the result one after the other, each with what came of the one before.
    then: tuple[Then, ...] = ()
    #: Whether everything is made and called while one event loop runs.
    looped: bool = False

    @property
    def name(self) -> str:
        """The last part of the function's name."""
        return self.function.name.rpartition(".")[2]


#: The file name of lambdas that are arguments.
ARGUMENT = "<argument>"


class _Stage(Protocol):
    def fresh(self) -> None: ...

    def value(self, name: str) -> object: ...


@dataclass(slots=True)
class _Setting:
    #: What gives requested fixtures their values; None where there are none.
    stage: _Stage | None = None

    def fresh(self) -> None:
        """What the last call left behind goes away."""
        ROOM.fresh()
        if self.stage is not None:
            self.stage.fresh()


#: Of this process.
SETTING = _Setting()
SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})


@cache
def resolve(ref: Ref | Subclass) -> Any:
    """What the reference stands for. Raises ImportError or AttributeError where there is no such thing."""
    if isinstance(ref, Subclass):
        scope = {"Base": resolve(ref.base), "__name__": __name__}
        exec(ref.text("Base"), scope)  # of our own making
        return scope[ref.name]
    value: Any = importlib.import_module(ref.module)
    for part in ref.name.split("."):
        value = getattr(value, part)
    return value


@cache
def _compiled(text: str) -> types.CodeType:
    return compile(text, ARGUMENT, "eval")


def build(recipe: Recipe) -> Any:
    """A fresh value.

    >>> build([1, New(Ref("pathlib", "PurePosixPath"), ("a",))])
    [1, PurePosixPath('a')]
    """
    kind = type(recipe)
    if kind in SCALARS:
        return recipe
    if kind is list:
        return [build(item) for item in recipe]
    if kind is tuple:
        return tuple(build(item) for item in recipe)
    if kind is dict:
        return {build(key): build(value) for key, value in recipe.items()}
    if kind is set:
        return {build(item) for item in recipe}
    if kind is frozenset:
        return frozenset(build(item) for item in recipe)
    if kind is New:
        function: Callable[..., Any] = resolve(recipe.function)
        return function(*map(build, recipe.args), **{name: build(value) for name, value in recipe.kwargs})
    if kind is Ref:
        return resolve(recipe)
    if kind is Located:
        for name, content in recipe.beside:
            ROOM.place(name, content)
        path = ROOM.place(recipe.name, recipe.content)
        return path if recipe.is_text else pathlib.Path(path)
    if kind is Code:
        return eval(_compiled(recipe.text), {})  # lambdas of our own only
    if kind is Requested and SETTING.stage is not None:
        return SETTING.stage.value(recipe.name)
    raise TypeError(f"no recipe: {recipe!r}")


def spread(args: tuple[Arg, ...]) -> tuple[list[Any], dict[str, Any]]:
    """Fresh positional and keyword arguments."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for arg in args:
        value = build(arg.value)
        if arg.form == "star":
            positional.extend(value)
        elif arg.form == "stars":
            keywords.update(value)
        elif arg.form == "keyword":
            keywords[arg.name] = value
        else:
            positional.append(value)
    return positional, keywords


def cost(recipe: Recipe) -> float:
    """How far a value is from what a person would write first: ``2`` before ``0`` before ``-17``, ``"a"`` before ``""``."""
    kind = type(recipe)
    if recipe is None:
        return 2.0
    if kind is bool:
        return 1.0
    if kind is int:
        size = 1.0 if 1 <= recipe <= 10 else 1.5 if recipe == 0 else 1.0 + len(str(abs(recipe)))
        return size + (1.0 if recipe < 0 else 0.0)
    if kind in (float, complex):
        return 2.0 + len(repr(recipe)) / 4
    if kind in (str, bytes):
        text = recipe if kind is str else recipe.decode("latin-1")
        return _text_cost(text)
    if kind in (list, tuple, set, frozenset):
        return 1.0 + sum(map(cost, recipe)) / 1.5 if recipe else 2.5
    if kind is dict:
        return 1.5 + sum(cost(key) / 2 + cost(value) for key, value in recipe.items()) if recipe else 2.5
    if kind is Ref:
        return 1.5
    if kind is Requested:
        return 2.5
    if kind is Code:
        return 2.0 + len(recipe.text) / 20
    if kind is Located:
        contents = [
            *([] if recipe.content is None else [recipe.content]),
            *(text for _, text in recipe.beside),
        ]
        return (
            4.0
            + _text_cost(recipe.name) / 4
            + sum(1.0 + max(0, len(content) - 8) / 6 + _unseen(content) for content in contents)
        )
    if kind is New:
        written = 3.0 + 2.0 * len(recipe.function.members) if isinstance(recipe.function, Subclass) else 0.0
        return 2.0 + written + sum(map(cost, recipe.args)) + sum(cost(value) for _, value in recipe.kwargs)
    if kind is Call:
        start = 0.0 if recipe.receiver is None else cost(recipe.receiver)
        steps: float = sum(2.0 + sum(cost(arg.value) for arg in step.args) for step in recipe.before)
        after: float = sum(
            2.0 * then.times + sum(cost(arg.value) for arg in then.args) for then in recipe.then
        )
        return start + steps + after + sum(cost(arg.value) for arg in recipe.args)
    return 50.0


def _unseen(content: str | bytes) -> float:
    """What a file holds may be in any form, as long as it can be read."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    return sum(3.0 for char in text if not char.isprintable() and char != "\n")


def _text_cost(text: str) -> float:
    """Words are best; then single letters, nothing, numbers; then what only a search comes up with."""
    if not text:
        return 2.5
    unseen = sum(3.0 for char in text if not char.isprintable()) + sum(char > "\x7f" for char in text)
    strange = sum(0.3 for char in text if not (char.isalnum() or char in " -_.,:/@"))
    mixed = sum(0.4 for one, two in itertools.pairwise(text) if _class(one) != _class(two))
    bare = 1.5 if not any(map(str.isalnum, text)) else 0.5 if len(text) == 1 else 0.0
    return 1.0 + max(0, len(text) - 6) / 6 + unseen + strange + mixed + bare


def _class(char: str) -> str:
    return "letter" if char.isalpha() else "digit" if char.isdigit() else char
