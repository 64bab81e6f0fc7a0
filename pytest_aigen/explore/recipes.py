"""Values as recipes: built anew for every call, compared, shipped between processes and written as source.

A recipe is a plain value (None, bool, int, float, complex, str, bytes), a list, tuple, dict, set or frozenset of
recipes, or one of the records below. Recipes never hold objects of the code under test.
"""

from __future__ import annotations

import importlib
import itertools
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

Recipe: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Ref:
    """Something that can be imported: a class, a function, a member of an enum."""

    module: str
    #: Dotted below the module: ``Color.RED``.
    name: str


@dataclass(frozen=True, slots=True)
class New:
    """The result of a call: an instance, a path, a date."""

    function: Ref
    args: tuple[Recipe, ...] = ()
    kwargs: tuple[tuple[str, Recipe], ...] = ()


@dataclass(frozen=True, slots=True)
class Code:
    """An expression that needs no import: a lambda."""

    text: str


Form: TypeAlias = Literal["either", "positional", "keyword", "star", "stars"]


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of a call; ``star`` and ``stars`` are spread."""

    name: str
    value: Recipe
    form: Form = "either"


@dataclass(frozen=True, slots=True)
class Step:
    """A method called on the receiver before the call itself."""

    method: str
    args: tuple[Arg, ...] = ()


Kind: TypeAlias = Literal["function", "method", "property", "setter", "init"]


@dataclass(frozen=True, slots=True)
class Call:
    """One way to call the function under test."""

    #: ``function`` is called by its dotted name; ``method``, ``property`` and ``setter`` on the receiver; ``init`` constructs.
    kind: Kind
    function: Ref
    args: tuple[Arg, ...] = ()
    receiver: New | None = None
    before: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the function's name."""
        return self.function.name.rpartition(".")[2]


SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})


@cache
def resolve(ref: Ref) -> Any:
    """What the reference stands for. Raises ImportError or AttributeError where there is no such thing."""
    value: Any = importlib.import_module(ref.module)
    for part in ref.name.split("."):
        value = getattr(value, part)
    return value


@cache
def _compiled(text: str) -> types.CodeType:
    return compile(text, "<argument>", "eval")


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
    if kind is Code:
        return eval(_compiled(recipe.text), {})  # lambdas of our own only
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
    if kind is Code:
        return 2.0 + len(recipe.text) / 20
    if kind is New:
        return 2.0 + sum(map(cost, recipe.args)) + sum(cost(value) for _, value in recipe.kwargs)
    if kind is Call:
        start = 0.0 if recipe.receiver is None else cost(recipe.receiver)
        steps = sum(2.0 + sum(cost(arg.value) for arg in step.args) for step in recipe.before)
        return start + steps + sum(cost(arg.value) for arg in recipe.args)
    return 50.0


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
