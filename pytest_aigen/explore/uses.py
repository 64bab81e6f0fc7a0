"""Inputs from what is done with an argument: dicts with the keys that are asked for, objects that have what is read."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pytest_aigen.explore.library import RECIPES, recognised
from pytest_aigen.explore.lists import all_plain, distinct, interleave, lists_of, plain, singular
from pytest_aigen.explore.parts import Guess
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref

#: Recipes for instances of a class, of a given depth at most.
Instances = Callable[[type, int], Sequence[Recipe]]
#: What an argument of unknown type may be; wrong types for one of a known type.
MIXED: tuple[Recipe, ...] = ("hello", 1, [1, 2, 3], None, {"a": 1}, 1.5, True, "", 0, [], {}, (1, 2), {1, 2}, b"hello", -1, Code("lambda value: value"))  # fmt: skip
#: How deep objects and containers are nested, and how many values an argument gets.
DEEPEST, MOST = 3, 140


class FromUse(ABC):
    """Makes inputs for arguments without annotation."""

    def __init__(
        self,
        pool: Pool,
        instances: Instances,
        *,
        evaluate: Callable[[str], Any] = lambda text: None,
        classes: Callable[[Iterable[str]], Sequence[type]] = lambda attributes: (),
    ) -> None:
        self.pool = pool
        self.instances = instances
        #: What an annotation stands for in the module; None where nobody knows.
        self.evaluate = evaluate
        #: Classes of the project that have these attributes.
        self.classes = classes

    @abstractmethod
    def of(self, hint: Any, name: str = "", depth: int = 0) -> list[Recipe]:
        """Recipes for a value of the type; none for a type that cannot be made."""

    def guessed(self, guess: Guess, name: str, depth: int = 0) -> list[Recipe]:
        """Recipes for an argument without annotation."""
        groups: list[Sequence[Recipe]] = [self._objects(guess, name, depth)] if guess.attributes else []
        if guess.keys:
            groups.append(list(self._keyed(guess, depth)))
        for kind in [hint for text in guess.classes if (hint := self.evaluate(text)) is not None]:
            groups.append(self.of(kind, name, depth))
        if guess.item is not None and (guess.item.known or guess.width) and depth < DEEPEST:
            groups.append(list(self._items(guess, name, depth)))
        for kind in {**guess.types, **guess.maybe}:
            if kind is Callable and guess.result is not None and guess.result.known:
                groups.append(list(self._returning(guess, depth)))
            groups.append(self.of(kind, name, depth))
        found = [*usual(self.pool, name), *interleave(groups)]
        if not guess.types and not guess.attributes and not found:
            found = list(interleave([self.of(kind, name, depth) for kind in (str, int, list)]))
        return distinct([*found, *MIXED], MOST)

    def _objects(self, guess: Guess, name: str, depth: int) -> list[Recipe]:
        """Instances of classes of the project that have what is read, or else of the library, or else stand-ins.

        A stand-in also has what no constructor of theirs takes: an attribute that is set later.
        """
        attributes = frozenset(guess.attributes)
        if depth >= DEEPEST:
            return self._stand_ins(guess, depth)
        kinds = self.classes(attributes)
        own = [made for kind in kinds for made in self.instances(kind, depth + 1)[:8]]
        if own:
            set_later = all(any(_is_set_later(kind, name) for name in attributes) for kind in kinds)
            return [*own, *(self._stand_ins(guess, depth) if set_later else ())]
        known = [recipe for kind in recognised(attributes)[:2] for recipe in RECIPES.get(kind, ())]
        return [*known, *self._stand_ins(guess, depth)]

    def _stand_ins(self, guess: Guess, depth: int) -> list[Recipe]:
        columns: list[tuple[str, list[Recipe]]] = []
        for name, inner in guess.attributes.items():
            if inner.result is not None:
                columns.append((name, list(self._returning(inner, depth))))
            elif inner.known and depth < DEEPEST:
                columns.append((name, self.guessed(inner, name, depth + 1)[:12]))
            else:
                columns.append((name, ["hello", 0, None, [1, 2]]))
        rows = min(max(len(values) for _, values in columns), 8)
        return [
            New(
                Ref("types", "SimpleNamespace"),
                (),
                tuple((name, values[row % len(values)]) for name, values in columns),
            )
            for row in range(rows)
        ]

    def _returning(self, guess: Guess, depth: int) -> Iterable[Recipe]:
        """Functions that take as many arguments as they are given, and return what can be written in place."""
        result = guess.result or Guess()
        values = (
            self.guessed(result, "", depth + 1)[:12]
            if result.known and depth < DEEPEST
            else [1, "hello", None, True]
        )
        written = [Code(f"lambda *args: {value!r}") for value in values if plain(value) or all_plain(value)]
        return written[:6] or [Code("lambda *args: 1")]

    def _keyed(self, guess: Guess, depth: int) -> Iterable[Recipe]:
        columns: dict[str, list[Recipe]] = {}
        for key, inner in guess.keys.items():
            known = self.guessed(inner, key, depth + 1) if inner.known and depth < DEEPEST else []
            columns[key] = distinct(
                [*usual(self.pool, key), *known, *(("hello", 1, None, True, [1, 2]) if not known else ())]
            )[:16]
        whole = {key: values[0] for key, values in columns.items()}
        yield whole
        for row in range(1, 6):
            yield {key: values[row % len(values)] for key, values in columns.items()}
        for key, values in columns.items():
            yield {key: values[0]}
            yield {other: value for other, value in whole.items() if other != key}
            yield from ({**whole, key: value} for value in values[1:6])

    def _items(self, guess: Guess, name: str, depth: int) -> Iterable[Recipe]:
        assert guess.item is not None
        found = self.guessed(guess.item, singular(name), depth + 1)
        if guess.width:
            for row in range(4):
                yield tuple(found[(row + place) % len(found)] for place in range(guess.width))
        yield from lists_of(found)
        if dict in guess.types:
            yield from ({"a": value} for value in found[:6])


def _is_set_later(kind: type, attribute: str) -> bool:
    """Whether an attribute that is read is neither the class's own nor an argument of its constructor."""
    if hasattr(kind, attribute):
        return False
    try:
        return attribute not in inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return False


def usual(pool: Pool, name: str) -> list[Recipe]:
    """What arguments of that name are usually given, None apart."""
    return [value for value in pool.usual.get(name, ()) if value is not None]
