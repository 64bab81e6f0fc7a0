"""What of a candidate a module has already, what is new, and under which names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.hosts import find_member, fits, host_class, member_name
from pytest_aigen.merge.imports import Binding, Resolve, same
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.parts import Part, Parts, take_apart
from pytest_aigen.merge.rename import rename
from pytest_aigen.merge.scope import FUNCTION, number_pattern, stem

#: pytest's own fixtures; a newcomer that overrides one would do so for its neighbours too.
BUILTIN_FIXTURES = frozenset(
    "cache capfd capfdbinary caplog capsys capsysbinary doctest_namespace monkeypatch pytestconfig record_property "
    "record_testsuite_property record_xml_attribute recwarn request subtests testdir pytester tmp_path "
    "tmp_path_factory tmpdir tmpdir_factory".split()
)
#: Names that mean something to pytest, for every test of the module.
_FOR_ALL = re.compile(r"(pytestmark|pytest_\w+|(setup|teardown)_(module|function)|(setUp|tearDown)Module)\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a candidate joins a module."""

    #: The candidate under its final names.
    parts: Parts
    #: Indices of helper parts to add, in order.
    helpers: tuple[int, ...]
    #: Import bindings to add.
    imports: tuple[Binding, ...]
    #: Node id of the test within the module.
    name: str
    #: The class of the module that takes the method.
    host: ast.ClassDef | None = None
    #: The module has the test already.
    is_there: bool = False


def plan(layout: Layout, parts: Parts, name: str, reserved: Collection[str], resolve: Resolve) -> Plan:
    """Raises MergeError where the candidate cannot be joined without changing what is there."""
    return _Planner(layout, parts, name, frozenset(reserved), resolve).plan()


class _Planner:
    def __init__(
        self, layout: Layout, parts: Parts, name: str, reserved: frozenset[str], resolve: Resolve
    ) -> None:
        self.layout = layout
        self.parts = parts
        self.name = name
        self.resolve = resolve
        own = {part.fixture for part in parts.parts if part.fixture}
        self.fixtures_taken = reserved | layout.asked | layout.fixtures | BUILTIN_FIXTURES
        self.own_fixtures = frozenset(own)
        self.names: dict[str, str] = {}
        self.fixtures: dict[str, str] = {}

    def plan(self) -> Plan:
        added = self._imports()
        clashing = [i for i, part in enumerate(self.parts.parts) if self._clashes(part)]
        options = {i: list(self._options(i)) for i in clashing}
        fresh = {i: self._fresh_names(self.parts.parts[i]) for i in clashing}
        for i in clashing:
            options[i] = [v for v in options[i] if i == self.parts.test or self._alike(i, v)]
        while True:
            names, fixtures = dict(self.names), dict(self.fixtures)
            for i in clashing:
                part = self.parts.parts[i]
                given = dict(zip(sorted(part.names), [options[i][0]])) if options[i] else fresh[i]
                names.update({n: given.get(n, n) for n in part.names})
                if part.fixture is not None:
                    fixtures[part.fixture] = given.get(part.fixture, part.fixture)
            renamed = self._renamed(names, fixtures)
            wrong = [i for i in clashing if options[i] and not self._equal(renamed, i, options[i][0])]
            if not wrong:
                break
            for i in wrong:
                del options[i][0]
        return self._settle(renamed, added, {i for i in clashing if options[i]}, names)

    def _settle(self, renamed: Parts, added: list[Binding], there: set[int], names: dict[str, str]) -> Plan:
        top, _, method = self.name.partition("::")
        top = names.get(top, top)
        test = renamed.test
        host: ast.ClassDef | None = None
        if test in there:
            host = host_class(self.layout, top) if method else None
            if host is None:
                return Plan(renamed, (), (), top, is_there=True)
            member, separator, rest = method.partition("::")
            final = member_name(self.layout, host, find_member(_class(renamed), member))
            if final is None:
                return Plan(renamed, (), (), f"{top}::{method}", host, is_there=True)
            method = final + separator + rest
        helpers = tuple(i for i in range(len(renamed.parts)) if i != test and i not in there)
        helpers = tuple(i for i in helpers if not self._stands_there(renamed.parts[i]))
        for i in helpers:
            for name in renamed.parts[i].names:
                if _FOR_ALL.match(name) and (self.layout.has_tests or name in self.layout.bound):
                    raise MergeError(f"{name} would change the other tests of the module")
        used = renamed.needs(tuple(renamed.parts[i] for i in (*helpers, test)))
        imports = tuple(b for b in added if b.name in used or b.name == "*" or b.module == "__future__")
        return Plan(renamed, helpers, imports, f"{top}::{method}" if method else top, host)

    # -------------------------------------------------------------------------------------------- imports

    def _imports(self) -> list[Binding]:
        """Import bindings to add; those that get another name are noted."""
        used = self.parts.needs(self.parts.parts)
        added: dict[tuple[str, str], Binding] = {}
        for binding in self.parts.imports:
            if binding.module == "__future__":
                if not self.layout.tree.body:
                    added[binding.name, "__future__"] = binding
            elif binding.name == "*":
                if not any(b.name == "*" and same(b.binding, binding, self.resolve) for b in self.layout.imports):
                    added["*", binding.module] = binding
            elif binding.name in used:
                new = self._import(binding)
                if new is not None:
                    added[new.name, new.module if new.is_dotted else ""] = new
        return list(added.values())

    def _import(self, binding: Binding) -> Binding | None:
        """The binding to add, None if the module has it."""
        layout, name = self.layout, binding.name
        equal = [b for b in layout.imports if same(b.binding, binding, self.resolve)]
        at_run_time = [b for b in equal if b.at_run_time]
        owners = layout.bound.get(name, ())
        if any(b.name == name and owners and _holds(owners[-1], b.statement) for b in at_run_time):
            if not binding.is_dotted or any(
                b.attribute is None and f"{b.module}.".startswith(f"{binding.module}.") for b in at_run_time
            ):
                return None
            return binding
        star = any(
            b.name == "*" and b.at_run_time and (b.module, b.binding.level) == (binding.module, binding.level)
            for b in layout.imports
        )
        if star and not owners and binding.attribute is not None:
            return None
        if not binding.is_dotted and name not in self.parts.requests:
            for other in at_run_time:
                alone = layout.bound.get(other.name) == (other.statement,)
                if alone and not other.binding.is_dotted and other.name not in self.parts.words:
                    self.names[name] = other.name
                    return None
        if name not in layout.taken or (name in layout.typing_only and any(b.name == name for b in equal)):
            return binding
        if binding.is_dotted:
            raise MergeError(f"import {binding.module}: the name {name} means something else in the module")
        self.names[name] = self._fresh(name)
        if name in self.parts.requests:
            self.fixtures[name] = self.names[name]
        return binding.named(self.names[name])

    # ---------------------------------------------------------------------------------------------- names

    def _clashes(self, part: Part) -> bool:
        return bool(part.names & self.layout.taken) or (
            part.fixture is not None and part.fixture in self.fixtures_taken
        )

    def _fresh(self, name: str) -> str:
        """``name_2``, ``name_3`` …: the first that nobody uses."""
        number = 2
        while True:
            new = f"{stem(name)}_{number}"
            free = new not in self.layout.taken and new not in self.parts.words
            if free and new not in self.fixtures_taken and new not in self.names.values():
                return new
            number += 1

    def _fresh_names(self, part: Part) -> dict[str, str]:
        given: dict[str, str] = {}
        for name in sorted(part.names):
            is_fixture = name == part.fixture and name in self.fixtures_taken
            if name in self.layout.taken or is_fixture:
                if _FOR_ALL.match(name):
                    given[name] = name
                else:
                    given[name] = self._fresh(name)
        if part.fixture is not None and part.fixture not in part.names and part.fixture in self.fixtures_taken:
            given[part.fixture] = self._fresh(part.fixture)
        return given

    def _options(self, index: int) -> Iterator[str]:
        """Names in the module that may hold the same code as this part: its own, then numbered ones."""
        part = self.parts.parts[index]
        if len(part.names) != 1:
            if part.names and all(name in self.layout.bound for name in part.names):
                yield min(part.names)
            return
        (name,) = part.names
        pattern = number_pattern([name])
        found = [other for other in self.layout.bound if pattern.fullmatch(other)]
        yield from sorted(found, key=lambda other: (other != name, len(other), other))

    def _alike(self, index: int, variant: str) -> bool:
        """Whether the code could be equal once names are settled; cheap, and never wrong when it says no."""
        own = {name for part in self.parts.parts for name in part.names}
        pattern = number_pattern(own | self.own_fixtures | {*self.names, *self.names.values()})
        part = self.parts.parts[index]
        name = min(part.names)
        old = [pattern.sub("·", self.layout.dump(s)) for s in self.layout.bound[variant]]
        return old == [pattern.sub("·", dump) for dump in self.parts.definitions[name]]

    def _renamed(self, names: dict[str, str], fixtures: dict[str, str]) -> Parts:
        code = rename(self.parts.code, names, fixtures)
        if code == self.parts.code:
            return self.parts
        top, separator, method = self.name.partition("::")
        return take_apart(code, names.get(top, top) + separator + method)

    def _equal(self, renamed: Parts, index: int, variant: str) -> bool:
        """Whether the module has, as ``variant``, what the part is under its new names."""
        part = renamed.parts[index]
        if index == renamed.test and isinstance(part.statement, ast.ClassDef):
            host = host_class(self.layout, variant)
            return host is not None and fits(self.layout, host, part.statement, self.name.split("::")[1])
        return all(
            renamed.definitions[name] == tuple(self.layout.dump(s) for s in self.layout.bound.get(name, ()))
            for name in part.names
        )

    def _stands_there(self, part: Part) -> bool:
        """A statement that binds nothing and that the module has, word for word."""
        if part.names:
            return False
        dump = ast.dump(part.statement)
        kind = type(part.statement)
        return any(isinstance(s, kind) and self.layout.dump(s) == dump for s in self.layout.tree.body)


def _class(parts: Parts) -> ast.ClassDef:
    statement = parts.parts[parts.test].statement
    if not isinstance(statement, ast.ClassDef):
        raise MergeError(f"{getattr(statement, 'name', 'it')} is no class")
    return statement


def _holds(owner: ast.stmt, statement: ast.stmt) -> bool:
    return owner is statement or (
        not isinstance(owner, (*FUNCTION, ast.ClassDef)) and any(node is statement for node in ast.walk(owner))
    )
