"""The statements of a test, one by one."""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Collection, Sequence

from pytest_aigen.explore.calls import How
from pytest_aigen.explore.driving import drive
from pytest_aigen.explore.literals import Literals
from pytest_aigen.explore.observe import Seen
from pytest_aigen.explore.operators import OPERATORS
from pytest_aigen.explore.recipes import Arg, Recipe
from pytest_aigen.explore.spelling import pattern

WIDTH = 88
#: Operators whose results are truths.
_ASKING = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"})


class Statements:
    """What was written of a test so far, and what it needs."""

    def __init__(self, seen: Seen, optional: Collection[str] = ()) -> None:
        self.seen = seen
        #: Parameters of the function that have a default.
        self.optional = optional
        self.call = seen.call
        self.literals = Literals()
        self.body: list[str] = []
        self.fixtures: list[str] = []
        #: The expression that is asked, as it is written.
        self.asked = ""

    def _fixture(self, name: str) -> None:
        if name not in self.fixtures:
            self.fixtures.append(name)

    def _operated(self, method: str, receiver: str, values: Sequence[str]) -> str:
        found = OPERATORS[method]
        if found.module:
            self.literals.imports.module(found.module)
        if "(" not in found.text and "[" not in found.text:
            values = [f"({value})" if value.startswith(("lambda", "-")) else value for value in values]
        return found.text.format(receiver, *values)

    def _variable(self, name: str) -> str:
        self.literals.callee(self.call.function)
        name = name or "given"
        while (
            name in self.literals.imports.names
            or name in self.fixtures
            or keyword.iskeyword(name)
            or hasattr(builtins, name)
        ):
            name = f"the_{name}"
        self.literals.imports.taken.add(name)
        return name

    def _arguments(self, args: Sequence[Arg], variables: dict[int, str] | None = None) -> str:
        return ", ".join(self._parts(args, variables or {}))

    def _parts(self, args: Sequence[Arg], variables: dict[int, str], width: int = 10_000) -> list[str]:
        parts: list[str] = []
        spread = any(arg.form == "star" and arg.value for arg in args)
        named = False
        for place, arg in enumerate(args):
            if arg.form == "star":
                parts += [self.literals.text(value) for value in arg.value]
                continue
            if arg.form == "stars":
                simple = all(isinstance(key, str) and key.isidentifier() for key in arg.value)
                parts += (
                    [f"{key}={self.literals.text(value)}" for key, value in arg.value.items()]
                    if simple
                    else [f"**{self.literals.text(arg.value)}"]
                )
                continue
            text = variables.get(place) or self.literals.pretty(arg.value, width)
            unclear = arg.value is None or isinstance(arg.value, bool) or len(args) > 3
            unclear = unclear or (place > 0 and arg.name in self.optional and args is self.call.args)
            if arg.form == "either" and not spread and (named or (unclear and (place > 0 or len(args) > 1))):
                named = True
            parts.append(
                f"{arg.name}={text}" if arg.form == "keyword" or (named and arg.form == "either") else text
            )
        return parts

    def _drive(self, expression: str, how: How) -> str:
        before, driven = drive(expression, how, self.literals.imports, looped=self.call.looped)
        self.body += before
        return driven

    def _line(self, start: str, recipe: Recipe) -> None:
        self._add(start + self.literals.pretty(recipe, WIDTH - 4 - len(start)))

    def _add(self, text: str) -> None:
        self.body += text.split("\n")

    def _match(self, message: str, room: int) -> str:
        """A pattern for the beginning of a message; what has to be escaped is."""
        found, is_plain = pattern(message, room)
        if found and not is_plain:
            self.literals.imports.module("re")
        return found

    def _equal(self, left: str, value: Recipe) -> None:
        line = self._assertion(left, value)
        if left == self.asked and (len(line) > WIDTH - 4 or "\n" in left):
            name = self._variable("result")
            self._add(f"{name} = {left}")
            line = self._assertion(name, value)
        self._add(line)

    def _assertion(self, left: str, value: Recipe) -> str:
        asking = self.call.name in _ASKING and left == self.asked
        if type(value) is bool and asking:
            return f"assert {left}" if value else f"assert not ({left})"
        if value is None or type(value) is bool:
            return f"assert {left} is {value}"
        if left.startswith("type("):
            return f"assert {left} is {self.literals.text(value)}"
        if type(value) is float and math.isnan(value):
            return f"assert {self.literals.imports.module('math')}.isnan({left})"
        start = f"assert ({left}) == " if asking else f"assert {left} == "
        return start + (
            self.literals.approximate(value) or self.literals.pretty(value, WIDTH - 4 - len(start))
        )
