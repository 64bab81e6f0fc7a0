"""What of a candidate a module has already, what is new, and under which names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.hosts import find_member, fits, host_class, member_name
from pytest_aigen.merge.imports import Binding
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.origins import Imports
from pytest_aigen.merge.parts import Part, Parts, take_apart
from pytest_aigen.merge.scope import FUNCTION, bound_names, fixture_name, number_pattern, stem

#: pytest's own fixtures; a newcomer that overrides one would do so for its neighbours too.
BUILTIN_FIXTURES = frozenset(
    [
        "cache",
        "capfd",
        "capfdbinary",
        "caplog",
        "capsys",
        "capsysbinary",
        "doctest_namespace",
        "monkeypatch",
        "pytestconfig",
        "pytester",
        "record_property",
        "record_testsuite_property",
        "record_xml_attribute",
        "recwarn",
        "request",
        "subtests",
        "testdir",
        "tmp_path",
        "tmp_path_factory",
        "tmpdir",
        "tmpdir_factory",
    ]
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
    #: The member of the candidate's class that goes there.
    member: str = ""
    #: The module has the test already.
    is_there: bool = False


def plan(layout: Layout, parts: Parts, name: str, reserved: Collection[str], meant: Imports) -> Plan:
    """Raises MergeError where the candidate cannot be joined without changing what is there."""
    return _Planner(layout, parts, name, frozenset(reserved), meant).plan()


class _Planner:
    def __init__(
        self, layout: Layout, parts: Parts, name: str, reserved: frozenset[str], meant: Imports
    ) -> None:
        self.layout = layout
        self.parts = parts
        self.name = name
        self.meant = meant
        own = {part.fixture for part in parts.parts if part.fixture}
        self.fixtures_taken = reserved | layout.asked | layout.fixtures | BUILTIN_FIXTURES
        self.own_fixtures = frozenset(own)
        # Imports under other names, and names for parts that the module does not have.
        self.names: dict[str, str] = {}
        self.fixtures: dict[str, str] = {}
        self.fresh: dict[str, str] = {}
        self.fresh_fixtures: dict[str, str] = {}

    def plan(self) -> Plan:
        added = self._imports()
        clashing = [i for i, part in enumerate(self.parts.parts) if self._clashes(i, part)]
        # What the module may have already, under which names; each is tried until the code is equal.
        options = {i: [o for o in self._options(i) if self._alike(i, o)] for i in clashing}
        for i in clashing:
            self._name_anew(self.parts.parts[i])
        while True:
            names, fixtures = {**self.names, **self.fresh}, {**self.fixtures, **self.fresh_fixtures}
            for i in clashing:
                if options[i]:
                    names.update(options[i][0])
                    fixtures.update(self._fixture(self.parts.parts[i], options[i][0]))
            renamed = self._renamed(names, fixtures)
            wrong = [i for i in clashing if options[i] and not self._equal(renamed, i)]
            if not wrong:
                break
            del options[self._first_cause(wrong)][0]
        return self._settle(renamed, added, {i for i in clashing if options[i]}, names)

    def _settle(self, renamed: Parts, added: list[Binding], there: set[int], names: dict[str, str]) -> Plan:
        top, _, method = self.name.partition("::")
        top = names.get(top, top)
        test = renamed.test
        host: ast.ClassDef | None = None
        member = ""
        if test in there:
            host = host_class(self.layout, top) if method else None
            if host is None:
                return Plan(renamed, (), (), top, is_there=True)
            member, separator, rest = method.partition("::")
            final = member_name(self.layout, host, find_member(_class(renamed), member))
            if final is None:
                return Plan(renamed, (), (), f"{top}::{method}", is_there=True)
            method = final + separator + rest
        helpers = tuple(i for i in range(len(renamed.parts)) if i != test and i not in there)
        helpers = tuple(i for i in helpers if not self._stands_there(renamed.parts[i]))
        for i in helpers:
            for name in renamed.parts[i].names:
                if _FOR_ALL.match(name) and (self.layout.has_tests or name in self.layout.bound):
                    raise MergeError(f"{name} would change the other tests of the module")
        used = renamed.needs(tuple(renamed.parts[i] for i in (*helpers, test)))
        imports = tuple(b for b in added if b.name in used or b.name == "*" or b.module == "__future__")
        return Plan(renamed, helpers, imports, f"{top}::{method}" if method else top, host, member)

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
                if not any(
                    b.name == "*" and self.meant.same(b.binding, binding) for b in self.layout.imports
                ):
                    added["*", binding.module] = binding
            elif binding.name in used:
                new = self._import(binding)
                if new is not None:
                    added[new.name, new.module if new.is_dotted else ""] = new
        return list(added.values())

    def _import(self, binding: Binding) -> Binding | None:
        """The binding to add, None if the module has it."""
        layout, name = self.layout, binding.name
        equal = [b for b in layout.imports if self.meant.same(b.binding, binding)]
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
        is_fixture = name in self.parts.requests and name not in self.parts.globals
        if not binding.is_dotted:
            for other in at_run_time:
                alone = layout.bound.get(other.name) == (other.statement,)
                if alone and not other.binding.is_dotted and other.name not in self.parts.words:
                    self._call(name, other.name, is_fixture)
                    return None
        if not layout.is_taken(name) or (name not in layout.bound and any(b.name == name for b in equal)):
            return binding
        if binding.is_dotted:
            raise MergeError(f"import {binding.module}: the name {name} means something else in the module")
        new = self._fresh(name)
        self._call(name, new, is_fixture)
        return binding.named(new)

    def _call(self, name: str, new: str, is_fixture: bool) -> None:
        """Notes another name for an import."""
        self.names[name] = new
        if is_fixture:
            self.fixtures[name] = new

    # ---------------------------------------------------------------------------------------------- names

    def _clashes(self, index: int, part: Part) -> bool:
        if index == self.parts.test and next(self._options(index), None) is not None:
            return True
        return any(map(self.layout.is_taken, part.names)) or part.fixture in self.fixtures_taken

    def _fresh(self, name: str) -> str:
        """``name_2``, ``name_3`` …: the first that nobody uses."""
        given = {*self.names.values(), *self.fresh.values(), *self.fresh_fixtures.values()}
        number = 2
        while True:
            new = f"{stem(name)}_{number}"
            free = not self.layout.is_taken(new) and new not in self.parts.words
            if free and new not in self.fixtures_taken and new not in given:
                return new
            number += 1

    def _name_anew(self, part: Part) -> None:
        """Notes other names for those of the part that are taken."""
        for name in sorted(part.names - self.fresh.keys()):
            is_fixture = name == part.fixture and name in self.fixtures_taken
            if (self.layout.is_taken(name) or is_fixture) and not _FOR_ALL.match(name):
                self.fresh[name] = self._fresh(name)
        if part.fixture is None:
            return
        if part.fixture in part.names:
            self.fresh_fixtures[part.fixture] = self.fresh.get(part.fixture, part.fixture)
        elif part.fixture in self.fixtures_taken:
            self.fresh_fixtures[part.fixture] = self._fresh(part.fixture)

    def _options(self, index: int) -> Iterator[dict[str, str]]:
        """Names in the module that may hold the same code as this part: its own, then numbered ones."""
        part = self.parts.parts[index]
        bound = list(dict.fromkeys(bound_names(part.statement)))
        if not bound:
            return
        pattern = number_pattern(bound[:1])
        found = [other for other in self.layout.owners if pattern.fullmatch(other)]
        for variant in sorted(found, key=lambda other: (other != bound[0], len(other), other)):
            if len(bound) == 1:
                yield {bound[0]: variant}
                continue
            for owner in self.layout.owners.get(variant, ()):
                others = list(dict.fromkeys(bound_names(owner)))
                if others[0] == variant and len(others) == len(bound):
                    yield dict(zip(bound, others, strict=True))

    def _fixture(self, part: Part, option: dict[str, str]) -> dict[str, str]:
        """The name of the fixture that the module has in place of the part's."""
        if part.fixture is None:
            return {}
        (name,) = option.values()
        return {part.fixture: fixture_name(self.layout.owners[name][-1]) or part.fixture}

    def _first_cause(self, wrong: list[int]) -> int:
        """One that differs on its own account: what refers to a part that is not settled is judged after it."""
        parts = self.parts.parts
        unsettled = {name for i in wrong for name in parts[i].names}
        on_their_own = (i for i in wrong if not (self.parts.needs((parts[i],)) - parts[i].names) & unsettled)
        return next(on_their_own, wrong[0])

    def _alike(self, index: int, option: dict[str, str]) -> bool:
        """Whether the code could be equal once names are settled; cheap, and never wrong when it says no."""
        own = {name for part in self.parts.parts for name in part.names}
        pattern = number_pattern(own | self.own_fixtures | {*self.names, *self.names.values()})
        part = self.parts.parts[index]
        name, variant = next(iter(option.items()))
        if index == self.parts.test and isinstance(part.statement, ast.ClassDef):
            host = host_class(self.layout, variant)
            member = self.name.split("::")[1]
            return host is not None and fits(
                host, part.statement, member, lambda node: pattern.sub("·", ast.dump(node))
            )

        def numberless(dump: str) -> str:
            # An import gets its other name by an ``as`` that it did not have.
            return pattern.sub("·", dump).replace(", asname='·'", "")

        old = [numberless(self.layout.dump(s)) for s in self.layout.owners.get(variant, ())]
        return old == [numberless(dump) for dump in self.parts.definitions[name]]

    def _renamed(self, names: dict[str, str], fixtures: dict[str, str]) -> Parts:
        if all(old == new for old, new in (*names.items(), *fixtures.items())):
            return self.parts
        from pytest_aigen.merge.rename import rename  # libcst takes long to import

        code = rename(self.parts.code, names, fixtures)
        if code == self.parts.code:
            return self.parts
        top, separator, method = self.name.partition("::")
        return take_apart(code, names.get(top, top) + separator + method)

    def _equal(self, renamed: Parts, index: int) -> bool:
        """Whether the module has, under the same names, what the part is under its new names."""
        part = renamed.parts[index]
        if index == renamed.test and isinstance(part.statement, ast.ClassDef):
            host = host_class(self.layout, part.statement.name)
            return host is not None and fits(host, part.statement, self.name.split("::")[1], ast.dump)
        return all(
            renamed.definitions[name] == tuple(self.layout.dump(s) for s in self.layout.owners.get(name, ()))
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
        not isinstance(owner, (*FUNCTION, ast.ClassDef))
        and any(node is statement for node in ast.walk(owner))
    )
