"""Recipes as source: literals as a person would write them, and the imports that they need."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable

from pytest_aigen.explore.moments import SIGNS
from pytest_aigen.explore.recipes import Code, Located, New, Recipe, Ref, Requested, Subclass
from pytest_aigen.explore.spelling import (
    INDENT,
    indented,
    is_close_only,
    number,
    order,
    quoted,
    requoted,
    spelled,
)

#: Modules whose functions are known by both names.
_BY_MODULE = frozenset(
    {"asyncio", "io", "itertools", "json", "math", "operator", "os", "random", "re", "string", "time"}
)


class Imports:
    """What the test imports; gives each reference its name in the code."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._modules: dict[str, None] = {}
        #: Names of variables.
        self.taken: set[str] = set()

    def use(self, reference: Ref) -> str:
        """``Color.RED``, with ``from module import Color`` noted; by its module where the name means something else."""
        if reference.module == "builtins":
            return reference.name
        top = reference.name.partition(".")[0]
        if hasattr(builtins, top) or reference.module in _BY_MODULE:
            return f"{self.module(reference.module)}.{reference.name}"
        if top not in self.taken and self._names.setdefault(top, reference.module) == reference.module:
            return reference.name
        return f"{self.module(reference.module)}.{reference.name}"

    def module(self, name: str) -> str:
        self._modules.setdefault(name)
        return name

    @property
    def names(self) -> set[str]:
        return {*self._names, *(module.partition(".")[0] for module in self._modules)}

    def lines(self, last: str) -> list[str]:
        """Import statements; those of the module under test in a group at the end."""
        by_module: dict[str, list[str]] = {}
        for top, module in self._names.items():
            by_module.setdefault(module, []).append(top)
        plain = [f"import {module}" for module in sorted(self._modules)]
        first = [
            f"from {module} import {', '.join(sorted(tops))}" for module, tops in sorted(by_module.items())
        ]
        own = [line for line in (*plain, *first) if line.split()[1] == last]
        foreign = [line for line in (*plain, *first) if line not in own]
        return [*foreign, *([""] if foreign and own else []), *own]


class Literals:
    """Writes recipes, and notes what has to be imported or written before."""

    def __init__(self) -> None:
        self.imports = Imports()
        #: Classes to be written, by name.
        self.classes: dict[str, str] = {}
        #: Variables of files, by name, and whether any path is written.
        self.paths: dict[str, str] = {}
        self.places_files = False

    def text(self, recipe: Recipe) -> str:
        """A recipe as one line of source."""
        kind = type(recipe)
        if kind in (str, bytes):
            return quoted(recipe)
        if kind is float and not math.isfinite(recipe):
            return f'float("{recipe}")'
        if kind is New and recipe.function in SIGNS:
            first, second = map(self.text, recipe.args)
            return f"{first} {SIGNS[recipe.function]} {second}"
        if kind in (list, tuple, set, frozenset, dict, New):
            opening, parts, closing = self._split(recipe, self.text)
            return opening + ", ".join(parts) + ("," if kind is tuple and len(parts) == 1 else "") + closing
        if kind is Located:
            return self.located(recipe)
        if kind is Ref:
            return self.imports.use(recipe)
        if kind is Requested:
            return str(recipe.name)
        return requoted(recipe.text) if kind is Code else number(recipe)

    def located(self, path: Located) -> str:
        """The expression for a path; a variable for a file that was written before."""
        self.places_files = True
        plain = self.paths.get(path.name) or (f"tmp_path / {quoted(path.name)}" if path.name else "tmp_path")
        return f"str({plain})" if path.is_text else plain

    def _split(self, recipe: Recipe, write: Callable[[Recipe], str]) -> tuple[str, list[str], str]:
        kind = type(recipe)
        if kind is dict:
            return "{", [f"{self.text(key)}: {write(value)}" for key, value in recipe.items()], "}"
        if kind in (set, frozenset):
            items = [
                write(item) for item in sorted(recipe, key=lambda item: (type(item).__name__, order(item)))
            ]
            if kind is set:
                return ("{", items, "}") if items else ("set(", [], ")")
            return ("frozenset({", items, "})") if items else ("frozenset(", [], ")")
        if kind is New:
            recipe = spelled(recipe)
            parts = [write(arg) for arg in recipe.args]
            parts += [f"{name}={write(value)}" for name, value in recipe.kwargs]
            return f"{self.callee(recipe.function)}(", parts, ")"
        opening, closing = ("[", "]") if kind is list else ("(", ")")
        return opening, [write(item) for item in recipe], closing

    def callee(self, function: Ref | Subclass) -> str:
        """The name of what is called; of a class to be written, with a note of it."""
        if isinstance(function, Ref):
            return self.imports.use(function)
        self.classes[function.name] = function.text(self.imports.use(function.base))
        return function.name

    def pretty(self, recipe: Recipe, room: int) -> str:
        """One line if it fits, else an item a line; texts of several lines a line each."""
        line = self.text(recipe)
        if len(line) <= room:
            return line
        if type(recipe) is str and "\n" in recipe.rstrip("\n"):
            return "\n".join(
                ["(", *(INDENT + quoted(part) for part in recipe.splitlines(keepends=True)), ")"]
            )
        if type(recipe) not in (list, tuple, set, frozenset, dict, New):
            return line
        if type(recipe) is New and recipe.function in SIGNS:
            return line
        opening, parts, closing = self._split(recipe, lambda item: self.pretty(item, room - 8))
        return "\n".join([opening, *(indented(part) + "," for part in parts), closing])

    def approximate(self, value: Recipe) -> str | None:
        """With ``pytest.approx`` round what holds a float: the whole where that is flat, else each part; None without one."""
        kind = type(value)
        if kind not in (list, tuple, dict, float):
            return None
        parts = list(value.values()) if kind is dict else list(value) if kind is not float else [value]
        if all(type(part) in (int, float) for part in parts):
            if not any(map(is_close_only, parts)):
                return None
            return f"{self.imports.module('pytest')}.approx({self.text(value)})"
        written = [self.approximate(part) for part in parts]
        if not any(written):
            return None
        texts = [own or self.text(part) for own, part in zip(written, parts)]
        if kind is dict:
            return "{" + ", ".join(f"{self.text(key)}: {text}" for key, text in zip(value, texts)) + "}"
        opening, closing = ("[", "]") if kind is list else ("(", ",)" if len(texts) == 1 else ")")
        return opening + ", ".join(texts) + closing
