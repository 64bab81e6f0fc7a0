"""The tests that a module has of the same function or class: where a newcomer belongs, and in which class."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import FUNCTION, Function, first_line


@dataclass(frozen=True, slots=True)
class Test:
    """A test that a module has."""

    node: Function
    #: The classes around it, the outermost first.
    owners: tuple[ast.ClassDef, ...] = ()

    #: Not a class of tests itself.
    __test__ = False

    @property
    def top(self) -> ast.stmt:
        return self.owners[0] if self.owners else self.node


def tests(layout: Layout) -> Iterator[Test]:
    """Every function and method that is named as tests are, in order."""
    yield from _tests(layout.tree.body, ())


def _tests(body: list[ast.stmt], owners: tuple[ast.ClassDef, ...]) -> Iterator[Test]:
    for statement in body:
        if isinstance(statement, FUNCTION) and statement.name.startswith("test"):
            yield Test(statement, owners)
        elif isinstance(statement, ast.ClassDef):
            yield from _tests(statement.body, (*owners, statement))


def kin(layout: Layout, qualname: str, among: Iterable[Test] | None = None) -> Test | None:
    """The last test whose code has the subject's name: for a method its class's too, or its class's alone.

    The name of a class of tests counts as part of its tests: ``TestBasket`` speaks of ``Basket``.
    """
    subject = [part for part in qualname.split(".") if part not in ("", "__init__", "<locals>")]
    found = list(tests(layout) if among is None else among)
    for wanted in (subject, subject[:1]):
        words = [re.compile(rf"\b{re.escape(word)}\b") for word in wanted]
        speaking = [t for t in found if words and all(word.search(_speech(layout, t)) for word in words)]
        if speaking:
            return speaking[-1]
    return None


def model(layout: Layout, qualname: str) -> Test | None:
    """The test whose style a newcomer takes: one of the user's own, if there is one of the same function or class."""
    own = [test for test in tests(layout) if not _is_ours(layout, test)]
    return kin(layout, qualname, own) or kin(layout, qualname)


def _is_ours(layout: Layout, test: Test) -> bool:
    above = first_line(test.node) - 2
    return above >= 0 and layout.lines[above].lstrip().startswith("# aigen: ")


def _speech(layout: Layout, test: Test) -> str:
    names = [re.sub(r"\ATest_?|_?Tests?\Z|TestCase\Z", "", owner.name) for owner in test.owners]
    names += [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in names]
    return " ".join([*names, layout.source(test.node)])


def case_class(layout: Layout, node: ast.ClassDef) -> str:
    """``unittest`` for a test case of the standard library, ``async`` for its asynchronous kind, ``pytest`` for a class
    that pytest collects; empty for any other.

    A base that comes from elsewhere is believed to be what its name says.
    """
    kinds = {_case_base(layout, base, {node.name}) for base in node.bases}
    for kind in ("async", "unittest"):
        if kind in kinds:
            return kind
    makes = {getattr(member, "name", "") for member in node.body}
    return "pytest" if node.name.startswith("Test") and not makes & {"__init__", "__new__"} else ""


def _case_base(layout: Layout, base: ast.expr, seen: set[str]) -> str:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    if name == "IsolatedAsyncioTestCase":
        return "async"
    owners = layout.bound.get(name, ()) if isinstance(base, ast.Name) else ()
    if len(owners) == 1 and isinstance(owners[0], ast.ClassDef) and name not in seen:
        kinds = {_case_base(layout, inner, {*seen, name}) for inner in owners[0].bases}
        return "async" if "async" in kinds else "unittest" if "unittest" in kinds else ""
    return "unittest" if name.endswith("TestCase") else ""
