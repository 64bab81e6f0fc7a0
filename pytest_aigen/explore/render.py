"""A test as text: ordinary pytest code, as a person would write it."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Sequence

from pytest_aigen.explore.calls import ITEMS, OPERATORS, How
from pytest_aigen.explore.naming import slug
from pytest_aigen.explore.observe import Changed, Made, Printed, Raised, Returned, Seen
from pytest_aigen.explore.recipes import Arg, Code, New, Recipe, Ref

WIDTH = 88
_INDENT = "    "
#: Operators whose results are truths.
_ASKING = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"})


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
        own = [line for line in first if line.startswith(f"from {last} ")]
        foreign = [*plain, *(line for line in first if line not in own)]
        return [*foreign, *([""] if foreign and own else []), *own]


class Writer:
    """Writes one test."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.call = seen.call
        self.imports = Imports()
        self.body: list[str] = []
        self.fixtures: list[str] = []

    def module(self, name: str) -> str:
        """The whole text: imports and one test of that name."""
        self._write()
        head = self.imports.lines(self.call.function.module)
        signature = f"def {name}({', '.join(self.fixtures)}):"
        return (
            "\n".join([*head, "", "", signature, *(_INDENT + line if line else line for line in self.body)])
            + "\n"
        )

    def _write(self) -> None:
        came, receiver = self.seen.outcome, ""
        if self.call.receiver is not None:
            receiver = self._variable(slug(self.call.receiver.function.name.partition(".")[0]))
            self._line(f"{receiver} = ", self.call.receiver)
            for step in self.call.before:
                self._line("", Code(f"{receiver}.{step.method}({self._arguments(step.args)})"))
        variables = {}
        for place, arg in enumerate(self.call.args):
            if self._is_changed(arg):
                variables[place] = self._variable(arg.name)
                self._line(f"{variables[place]} = ", arg.value)
        how = came.how if isinstance(came, (Returned, Made, Raised)) else self.seen.how
        self.asked = calling = self._drive(self._expression(receiver, variables), how)
        if isinstance(came, Raised):
            self._raises(came, calling)
        elif how == "with":
            self._entered(came, calling)
        elif isinstance(came, Returned):
            self._equal(calling, came.value)
        elif isinstance(came, Made):
            self._made(came, calling)
        else:
            self.body.append(calling)
        for effect in self.seen.effects:
            if isinstance(effect, Printed):
                self.fixtures.append("capsys")
                self._equal("capsys.readouterr().out", effect.text)
            elif effect.argument is None:
                self._equal(effect.look.format(receiver), effect.value)
            else:
                changed = next(
                    name
                    for place, name in variables.items()
                    if effect.argument in (place, self.call.args[place].name)
                )
                self._equal(changed, effect.value)

    def _is_changed(self, arg: Arg) -> bool:
        place = self.call.args.index(arg)
        changed = [e.argument for e in self.seen.effects if isinstance(e, Changed) and e.argument is not None]
        return (arg.name if arg.form == "keyword" else place) in changed

    def _variable(self, name: str) -> str:
        self.imports.use(self.call.function)
        name = name or "given"
        while (
            name in self.imports.names
            or keyword.iskeyword(name)
            or name in ("list", "dict", "set", "str", "type")
        ):
            name = f"the_{name}"
        self.imports.taken.add(name)
        return name

    # ------------------------------------------------------------------------------------- expressions

    def _expression(self, receiver: str, variables: dict[int, str]) -> str:
        call = self.call
        if call.kind == "setter":
            return f"{receiver}.{call.name} = {variables.get(0) or self.text(call.args[0].value)}"
        if call.kind == "property":
            return f"{receiver}.{call.name}"
        if call.kind == "method" and call.name in OPERATORS:
            template = OPERATORS[call.name][1]
            return template.format(
                receiver, *(variables.get(i) or self.text(arg.value) for i, arg in enumerate(call.args))
            )
        called = f"{receiver}.{call.name}" if call.kind == "method" else self.imports.use(call.function)
        whole = f"{called}({self._arguments(call.args, variables)})"
        if len(whole) <= WIDTH - 24:
            return whole
        return f"{called}(\n" + "".join(
            f"{_INDENT}{part},\n" for part in self._parts(call.args, variables, WIDTH - 12)
        ) + ")"  # fmt: skip

    def _arguments(self, args: Sequence[Arg], variables: dict[int, str] | None = None) -> str:
        return ", ".join(self._parts(args, variables or {}))

    def _parts(self, args: Sequence[Arg], variables: dict[int, str], width: int = 10_000) -> list[str]:
        parts: list[str] = []
        spread = any(arg.form == "star" and arg.value for arg in args)
        named = False
        for place, arg in enumerate(args):
            if arg.form == "star":
                parts += [self.text(value) for value in arg.value]
                continue
            if arg.form == "stars":
                simple = all(isinstance(key, str) and key.isidentifier() for key in arg.value)
                parts += (
                    [f"{key}={self.text(value)}" for key, value in arg.value.items()]
                    if simple
                    else [f"**{self.text(arg.value)}"]
                )
                continue
            text = variables.get(place) or self.pretty(arg.value, width)
            unclear = arg.value is None or isinstance(arg.value, bool) or len(args) > 3
            if arg.form == "either" and not spread and (named or (unclear and (place > 0 or len(args) > 1))):
                named = True
            parts.append(
                f"{arg.name}={text}" if arg.form == "keyword" or (named and arg.form == "either") else text
            )
        return parts

    def _drive(self, expression: str, how: How) -> str:
        if how == "list":
            return f"list({expression})"
        if how == "lists":
            return f"[list(part) for part in {expression}]"
        if how == "islice":
            return f"list({self.imports.use(Ref('itertools', 'islice'))}({expression}, {ITEMS}))"
        if how == "await":
            return f"{self.imports.module('asyncio')}.run({expression})"
        return expression

    def text(self, recipe: Recipe) -> str:
        """A recipe as one line of source."""
        kind = type(recipe)
        if kind in (str, bytes):
            return quoted(recipe)
        if kind is float and not math.isfinite(recipe):
            return f'float("{recipe}")'
        if kind in (list, tuple, set, frozenset, dict, New):
            opening, parts, closing = self._split(recipe, self.text)
            return opening + ", ".join(parts) + ("," if kind is tuple and len(parts) == 1 else "") + closing
        if kind is Ref:
            return self.imports.use(recipe)
        return recipe.text if kind is Code else repr(recipe)

    def _split(self, recipe: Recipe, write: Callable[[Recipe], str]) -> tuple[str, list[str], str]:
        kind = type(recipe)
        if kind is dict:
            return "{", [f"{self.text(key)}: {write(value)}" for key, value in recipe.items()], "}"
        if kind in (set, frozenset):
            items = [
                write(item) for item in sorted(recipe, key=lambda item: (type(item).__name__, _order(item)))
            ]
            if kind is set:
                return ("{", items, "}") if items else ("set(", [], ")")
            return ("frozenset({", items, "})") if items else ("frozenset(", [], ")")
        if kind is New:
            parts = [write(arg) for arg in recipe.args]
            parts += [f"{name}={write(value)}" for name, value in recipe.kwargs]
            return f"{self.imports.use(recipe.function)}(", parts, ")"
        opening, closing = ("[", "]") if kind is list else ("(", ")")
        return opening, [write(item) for item in recipe], closing

    def pretty(self, recipe: Recipe, room: int) -> str:
        """One line if it fits, else an item a line; texts of several lines a line each."""
        line = self.text(recipe)
        if len(line) <= room:
            return line
        if type(recipe) is str and "\n" in recipe.rstrip("\n"):
            return "\n".join(
                ["(", *(_INDENT + quoted(part) for part in recipe.splitlines(keepends=True)), ")"]
            )
        if type(recipe) not in (list, tuple, set, frozenset, dict, New):
            return line
        opening, parts, closing = self._split(recipe, lambda item: self.pretty(item, room - 8))
        return "\n".join([opening, *(_indented(part) + "," for part in parts), closing])

    # -------------------------------------------------------------------------------------- statements

    def _line(self, start: str, recipe: Recipe) -> None:
        self._add(start + self.pretty(recipe, WIDTH - 4 - len(start)))

    def _add(self, text: str) -> None:
        self.body += text.split("\n")

    def _raises(self, came: Raised, calling: str) -> None:
        self.imports.module("pytest")
        head = f"with pytest.raises({self.imports.use(came.error)}"
        match = self._match(came.message, WIDTH - 4 - len(f"{head}, match=):"))
        self._add(f"{head}, match={match}):" if match else f"{head}):")
        self.body += [_INDENT + line for line in calling.split("\n")]

    def _match(self, message: str, room: int) -> str:
        """A pattern for the beginning of a message, as whole words as fit in."""
        if not message.strip():
            return ""
        plain = re.split(r"[.^$*+?{}\[\]|()\\]", message)[0]
        if plain == message or len(plain.strip()) >= 16:
            return quoted(
                beginning(plain, room - 2).rstrip() if plain != message else beginning(plain, room - 2)
            )
        call = f"{self.imports.module('re')}.escape"
        return f"{call}({quoted(beginning(message, room - len(call) - 4))})"

    def _entered(self, came: object, calling: str) -> None:
        name = self._variable("entered")
        self._add(f"with {calling} as {name}:")
        start = len(self.body)
        if isinstance(came, Returned):
            self._equal(name, came.value)
        elif isinstance(came, Made):
            self._looks(name, came)
        self.body[start:] = [_INDENT + line for line in self.body[start:]]

    def _made(self, came: Made, calling: str) -> None:
        name = self._variable("result" if self.call.kind != "init" else slug(came.of.name.rpartition(".")[2]))
        self._add(f"{name} = {calling}")
        self._looks(name, came)

    def _looks(self, name: str, came: Made) -> None:
        if self.call.kind != "init" or not came.looks:
            self._add(f"assert isinstance({name}, {self.imports.use(came.of)})")
        for look, value in came.looks:
            self._equal(look.format(name), value)

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
        if type(value) is float and math.isnan(value):
            return f"assert {self.imports.module('math')}.isnan({left})"
        start = f"assert ({left}) == " if asking else f"assert {left} == "
        return start + (self._approximate(value) or self.pretty(value, WIDTH - 4 - len(start)))

    def _approximate(self, value: Recipe) -> str | None:
        parts = value.values() if type(value) is dict else value if type(value) in (list, tuple) else [value]
        numbers = all(type(part) in (int, float) for part in parts)
        if not numbers or not any(
            type(part) is float and math.isfinite(part) and not (part * 64).is_integer() for part in parts
        ):
            return None
        return f"{self.imports.module('pytest')}.approx({self.text(value)})"


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line for line in text.split("\n"))


def beginning(text: str, most: int) -> str:
    """The whole words that fit into so many characters, 20 at least.

    >>> beginning("nothing to be done about it", 12)
    'nothing to be done'
    """
    if len(text) <= most:
        return text
    cut = text[: max(most, 20)]
    return cut.rpartition(" ")[0].rstrip() or cut


def quoted(text: str | bytes) -> str:
    """A literal in double quotes where that needs no more escapes."""
    plain = repr(text)
    start = plain.find("'")
    if plain.endswith("'") and start in (0, 1) and '"' not in plain:
        return f'{plain[:start]}"{plain[start + 1 : -1]}"'
    return plain


def _order(item: Recipe) -> object:
    return item if type(item) in (int, float, str, bytes) else repr(item)


def module(seen: Seen, name: str) -> str:
    """The text of the test."""
    return Writer(seen).module(name)
