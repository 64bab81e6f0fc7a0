"""Lists of recipes: put together, each once; lists to try that hold some of them; which are their own source."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from pytest_aigen.explore.recipes import Recipe


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


def lists_of(found: Sequence[Recipe]) -> list[list[Recipe]]:
    """Lists that hold some of the values: three, one, none, in other orders, each of the others alone."""
    if not found:
        return [[]]
    head = list(found[:3])
    return [
        head, head[:1], [], head[1:], head[::-1], head[:1] * 2, *([value] for value in found[3:]),
        list(found[3:8]), list(found[:8]),
    ]  # fmt: skip


def singular(name: str) -> str:
    """The name of one of several."""
    return name[:-1] if name.endswith("s") else name


def plain(recipe: Recipe) -> bool:
    """Whether it is a constant, or an empty container."""
    return type(recipe) in (type(None), bool, int, float, str, bytes) or recipe in ([], {})


def all_plain(recipe: Recipe) -> bool:
    """Whether it is a container of constants, which is its own source."""
    if type(recipe) is dict:
        return all(map(plain, recipe)) and all(plain(value) or all_plain(value) for value in recipe.values())
    return type(recipe) in (list, tuple) and all(plain(item) or all_plain(item) for item in recipe)


def hashable(recipe: Recipe) -> bool:
    """Whether it may be the key of a dict."""
    try:
        hash(recipe)
    except TypeError:
        return False
    return True
