"""A test as text: ordinary pytest code, as a person would write it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

from pytest_aigen.explore.calls import INTERRUPTION, How
from pytest_aigen.explore.observe import (
    Changed,
    Effect,
    Given,
    Itself,
    Like,
    Logged,
    Made,
    Printed,
    Raised,
    Returned,
    Seen,
    Stored,
    Warned,
)
from pytest_aigen.explore.operators import AWAITING, ENTERING, OPERATORS
from pytest_aigen.explore.phrases import slug
from pytest_aigen.explore.recipes import (
    Arg,
    Call,
    Code,
    Located,
    New,
    Receiver,
    Recipe,
    Ref,
    Requested,
    Step,
    Then,
)
from pytest_aigen.explore.room import Left
from pytest_aigen.explore.spelling import INDENT, addressed, indented, quoted
from pytest_aigen.explore.statements import WIDTH, Statements

T = TypeVar("T")


class Writer(Statements):
    """Writes one test."""

    def module(self, name: str) -> str:
        """The whole text: imports and one test of that name."""
        for fixture in parts(self.call, Requested):
            self._fixture(fixture.name)
            self.literals.imports.taken.add(fixture.name)
        self._write()
        statements = self._in_loop()
        if self.literals.places_files:
            self._fixture("tmp_path")
        head = self.literals.imports.lines(self.call.function.module)
        signature = f"def {name}({', '.join(self.fixtures)}):"
        classes = [line for text in self.literals.classes.values() for line in (*text.split("\n"), "")]
        body = (INDENT + line if line else line for line in (*classes, *statements))
        return "\n".join([*head, "", "", signature, *body]) + "\n"

    def _in_loop(self) -> list[str]:
        """The statements; within a coroutine where an event loop has to run round them all."""
        if not self.call.looped:
            return self.body
        check = self._variable("check")
        run = f"{self.literals.imports.module('asyncio')}.run({check}())"
        return [f"async def {check}():", *(INDENT + line if line else line for line in self.body), "", run]

    def _write(self) -> None:
        came, receiver = self.seen.outcome, ""
        for effect in self.seen.effects:
            if isinstance(effect, Stored):
                self._keep(effect)
        self._files()
        if self.call.receiver is not None:
            receiver = self._receiver(self.call.receiver)
            for step in self.call.before:
                self._line("", Code(self._step(receiver, step)))
        variables = {}
        for place, arg in enumerate(self.call.args):
            if self._is_changed(arg):
                variables[place] = self._variable(arg.name)
                self._line(f"{variables[place]} = ", arg.value)
        how = came.how if isinstance(came, (Returned, Made, Raised, Itself, Given, Like)) else self.seen.how
        expression = self._followed(self._expression(receiver, variables))
        self.asked = calling = self._drive(expression, how)
        if isinstance(came, Raised):
            self._raises(came, calling)
        elif how in ("with", "raise") or (how == "awith" and self.call.looped):
            self._entered(came, calling, receiver, how)
        elif warned := next((e for e in self.seen.effects if isinstance(e, Warned)), None):
            self._warns(warned, came, calling)
        elif isinstance(came, Returned):
            self._equal(calling, came.value)
        elif isinstance(came, Made):
            self._made(came, calling)
        elif isinstance(came, Itself):
            self._add(f"assert {calling} is {receiver}")
        elif isinstance(came, Given):
            self._add(f"assert {calling} is {self._argument(came.argument, variables)}")
        elif isinstance(came, Like):
            self._like(came, calling)
        else:
            self._add(calling)
        for effect in self.seen.effects:
            self._effect(effect, receiver, variables)

    def _effect(self, effect: Effect, receiver: str, variables: dict[int, str]) -> None:
        if isinstance(effect, Left):
            self._left(effect)
        elif isinstance(effect, Printed):
            self._fixture("capsys")
            self._equal(f"capsys.readouterr().{effect.stream}", effect.text)
        elif isinstance(effect, Logged):
            self._fixture("caplog")
            self._equal("caplog.messages", list(effect.messages))
        elif isinstance(effect, Stored):
            if effect.is_asserted:
                self._equal(
                    f"{self.literals.imports.module(effect.place.module)}.{effect.place.name}", effect.after
                )
        elif isinstance(effect, Changed):
            name = receiver if effect.argument is None else self._argument(effect.argument, variables)
            self._equal(effect.look.format(name), effect.value)

    def _argument(self, argument: int | str, variables: dict[int, str]) -> str:
        return next(n for p, n in variables.items() if argument in (p, self.call.args[p].name))

    def _like(self, came: Like, calling: str) -> None:
        """Texts with addresses: what stands round them."""
        self.literals.imports.module("re")
        self._add(f"assert re.fullmatch({addressed(came.parts)}, {calling})")

    def _files(self) -> None:
        """Write the files that the call finds there."""
        known: dict[str, str | bytes] = {}
        for path in parts(self.call, Located):
            for name, content in path.beside:
                if known.setdefault(name, content) is content:
                    self._write_file(f"(tmp_path / {quoted(name)})", content)
            if path.content is not None and path.name not in known:
                known[path.name] = path.content
                variable = self.literals.paths[path.name] = self._variable(
                    ("path", "other_path", "third_path")[min(2, len(self.literals.paths))]
                )
                self._add(f"{variable} = tmp_path / {quoted(path.name)}")
                self._write_file(variable, path.content)

    def _write_file(self, path: str, content: str | bytes) -> None:
        self.literals.places_files = True
        verb = "write_bytes" if isinstance(content, bytes) else "write_text"
        coded = ', encoding="utf-8"' if isinstance(content, str) and not content.isascii() else ""
        self._add(f"{path}.{verb}({quoted(content)}{coded})")

    def _left(self, left: Left) -> None:
        """What the call did to a file."""
        path = self.literals.paths.get(left.name) or f"(tmp_path / {quoted(left.name)})"
        self.literals.places_files = True
        if left.form in ("text", "bytes"):
            coded = 'encoding="utf-8"' if isinstance(left.content, str) and not left.content.isascii() else ""
            self._equal(f"{path}.read_{left.form}({coded})", left.content)
        elif left.form == "folder":
            self._add(f"assert {path}.is_dir()")
        else:
            self._add(f"assert {'not ' if left.form == 'gone' else ''}{path}.exists()")

    def _keep(self, stored: Stored) -> None:
        """Have pytest put back what the call changes."""
        self._fixture("monkeypatch")
        place = f"{stored.place.module}.{stored.place.name}"
        if stored.before and len(self.literals.text(stored.before[0])) <= 40:
            value = self.literals.text(stored.before[0])
        else:
            value = f"{self.literals.imports.module(stored.place.module)}.{stored.place.name}.copy()"
        self._add(f'monkeypatch.setattr("{place}", {value})')

    def _warns(self, warned: Warned, came: object, calling: str) -> None:
        self.literals.imports.module("pytest")
        head = f"with pytest.warns({self.literals.imports.use(warned.category)}"
        match = self._match(warned.message, WIDTH - 4 - len(f"{head}, match=):"))
        name = (
            self._variable("result") if isinstance(came, (Returned, Made)) and came != Returned(None) else ""
        )
        self._add(f"{head}, match={match}):" if match else f"{head}):")
        self._add(indented(f"{name} = {calling}" if name else calling))
        if isinstance(came, Returned) and name:
            self._equal(name, came.value)
        elif isinstance(came, Made):
            self._looks(name, came)

    def _receiver(self, made: Receiver) -> str:
        """The name of the object; of one that has none yet, a variable."""
        if isinstance(made, Requested):
            return made.name
        if isinstance(made, Ref):
            return self.literals.imports.use(made)
        owner = self.call.function.name.rpartition(".")[0].rpartition(".")[2]
        top = made.function.name.partition(".")[0]
        name = self._variable(slug(top if top[:1].isupper() else owner or top))
        self._line(f"{name} = ", made)
        return name

    def _step(self, receiver: str, step: Step) -> str:
        if step.method in OPERATORS:
            return self._operated(step.method, receiver, [self.literals.text(arg.value) for arg in step.args])
        called = f"{receiver}.{step.method}({self._arguments(step.args)})"
        return self._drive(called, "await") if step.awaited else called

    def _is_changed(self, arg: Arg) -> bool:
        place = self.call.args.index(arg)
        changed = [e.argument for e in self.seen.effects if isinstance(e, Changed) and e.argument is not None]
        if isinstance(self.seen.outcome, Given):
            changed.append(self.seen.outcome.argument)
        return (arg.name if arg.form == "keyword" else place) in changed

    # ------------------------------------------------------------------------------------- expressions

    def _expression(self, receiver: str, variables: dict[int, str]) -> str:
        call = self.call
        if call.kind == "setter":
            return f"{receiver}.{call.name} = {variables.get(0) or self.literals.text(call.args[0].value)}"
        if call.kind == "deleter":
            return f"del {receiver}.{call.name}"
        if call.kind == "property":
            return f"{receiver}.{call.name}"
        if call.kind == "method" and call.name in OPERATORS and not self._valued_statement():
            values = [variables.get(i) or self.literals.text(arg.value) for i, arg in enumerate(call.args)]
            return self._operated(call.name, receiver, values)
        if call.kind == "method" and call.name in (*ENTERING, *AWAITING, "__aiter__"):
            return receiver
        called = receiver if call.name == "__call__" else f"{receiver}.{call.name}"
        if call.kind != "method":
            called = self.literals.callee(call.function)
        whole = f"{called}({self._arguments(call.args, variables)})"
        if len(whole) <= WIDTH - 24:
            return whole
        return f"{called}(\n" + "".join(
            f"{indented(part)},\n" for part in self._parts(call.args, variables, WIDTH - 12)
        ) + ")"  # fmt: skip

    def _followed(self, calling: str) -> str:
        """The call, and what is done with its result."""
        for part in self.call.then:
            if part.interrupts:
                break
            if part.times > 1 or len(calling) > 56 or "\n" in calling:
                name = self._variable("decorated" if "lambda" in calling else "function")
                self._add(f"{name} = {calling}")
                calling = name
            for _ in range(part.times - 1):
                self._add(f"{calling}({self._arguments(part.args)})")
            calling = f"{calling}({self._arguments(part.args)})"
        return calling

    def _valued_statement(self) -> bool:
        """Whether the operator is a statement although there is a result to look at: ``x += 1`` that gives another object."""
        return OPERATORS[self.call.name].statement and isinstance(self.seen.outcome, (Returned, Made, Itself))

    def _raises(self, came: Raised, calling: str) -> None:
        self.literals.imports.module("pytest")
        if came.how == "awith" and self.call.looped:
            calling = f"async with {calling}:\n{INDENT}pass"
        if came.how == "raise":
            calling = f"with {calling}:\n{INDENT}raise {self.literals.text(INTERRUPTION)}"
        head = f"with pytest.raises({self.literals.imports.use(came.error)}"
        match = self._match(came.message, WIDTH - 4 - len(f"{head}, match=):"))
        self._add(f"{head}, match={match}):" if match else f"{head}):")
        self.body += [INDENT + line for line in calling.split("\n")]

    def _entered(self, came: object, calling: str, receiver: str, how: How) -> None:
        name = self._variable("entered")
        self._add(f"{'async ' if how == 'awith' else ''}with {calling} as {name}:")
        start = len(self.body)
        if isinstance(came, Returned):
            self._equal(name, came.value)
        elif isinstance(came, Made):
            self._looks(name, came)
        else:
            self._add(f"assert {name} is {receiver}")
        if how == "raise":
            self._add(f"raise {self.literals.text(INTERRUPTION)}")
        self.body[start:] = [INDENT + line for line in self.body[start:]]

    def _made(self, came: Made, calling: str) -> None:
        name = self._variable("result" if self.call.kind != "init" else slug(came.of.name.rpartition(".")[2]))
        self._add(f"{name} = {calling}")
        self._looks(name, came)

    def _looks(self, name: str, came: Made) -> None:
        own = came.of.name.rpartition(".")[2]
        if not any(
            str(value).startswith((f"{own}(", f"<{own}")) for look, value in came.looks if "(" in look
        ) and (
            not came.looks or (self.call.kind != "init" and came.of.name not in ("list", "tuple", "dict"))
        ):
            self._add(f"assert isinstance({name}, {self.literals.imports.use(came.of)})")
        for look, value in came.looks:
            self._equal(look.format(name), value)


def parts(recipe: Recipe, kind: type[T]) -> Iterator[T]:
    """What is of that kind in a recipe, a call included, each once a place."""
    if isinstance(recipe, kind):
        yield recipe
    elif isinstance(recipe, dict):
        for key, value in recipe.items():
            yield from (*parts(key, kind), *parts(value, kind))
    elif isinstance(recipe, (list, tuple, set, frozenset)):
        for item in recipe:
            yield from parts(item, kind)
    elif isinstance(recipe, New):
        yield from (*parts(recipe.args, kind), *parts(recipe.kwargs, kind))
    elif isinstance(recipe, Arg):
        yield from parts(recipe.value, kind)
    elif isinstance(recipe, (Step, Then)):
        yield from parts(recipe.args, kind)
    elif isinstance(recipe, Call):
        yield from parts((recipe.receiver, recipe.before, recipe.args, recipe.then), kind)


def module(seen: Seen, name: str, optional: Collection[str] = ()) -> str:
    """The text of the test; parameters with a default are given by name behind others."""
    return Writer(seen, optional).module(name)
