"""Tests that differ from each other only in literals: where, and in which."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_aigen.merge.scope import Function, parameters


@dataclass(frozen=True, slots=True)
class Slot:
    """A place at which tests have different literals."""

    #: One per test.
    literals: tuple[ast.expr, ...]
    #: The nodes of the first test around it, the outermost first.
    around: tuple[ast.AST, ...]


def is_literal(node: ast.AST) -> bool:
    """Constants, negative numbers, and containers of them; no text with values put in."""
    match node:
        case ast.Constant(value=value):
            return value is not ...
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return isinstance(value, (int, float, complex))
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return all(map(is_literal, parts))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and is_literal(key) for key in keys) and all(map(is_literal, values))
    return False


def differing(tests: Sequence[Function]) -> list[Slot] | None:
    """The slots of tests that are equal but for them, and their names; None where they differ in more."""
    if len({type(test) for test in tests}) > 1:
        return None
    slots: list[Slot] = []
    for field in ("args", "decorator_list", "returns"):
        if len({_dump(getattr(test, field)) for test in tests}) > 1:
            return None
    bodies = [test.body for test in tests]
    if len({len(body) for body in bodies}) > 1:
        return None
    for statements in zip(*bodies):
        found = _differences(statements, ())
        if found is None:
            return None
        slots += found
    return slots


def _dump(value: object) -> str:
    return ast.dump(value) if isinstance(value, ast.AST) else str([_dump(v) for v in value or ()])  # type: ignore[attr-defined]


def _differences(nodes: Sequence[ast.AST], around: tuple[ast.AST, ...]) -> list[Slot] | None:
    first = nodes[0]
    if len({ast.dump(node) for node in nodes}) == 1:
        return []
    if isinstance(first, (ast.JoinedStr, ast.match_case)):
        return None
    if isinstance(first, ast.expr) and all(map(is_literal, nodes)):
        is_docstring = around and isinstance(around[-1], ast.Expr)
        return None if is_docstring else [Slot(tuple(n for n in nodes if isinstance(n, ast.expr)), around)]
    if any(type(node) is not type(first) for node in nodes):
        return None
    slots: list[Slot] = []
    for field in first._fields:
        values = [getattr(node, field, None) for node in nodes]
        found = _within(values, (*around, first))
        if found is None:
            return None
        slots += found
    return slots


def _within(values: Sequence[object], around: tuple[ast.AST, ...]) -> list[Slot] | None:
    """Differences of one field of several nodes."""
    nodes = [value for value in values if isinstance(value, ast.AST)]
    if len(nodes) == len(values):
        return _differences(nodes, around)
    lists = [value for value in values if isinstance(value, list)]
    if len(lists) == len(values):
        if len({len(value) for value in lists}) > 1:
            return None
        slots: list[Slot] = []
        for parts in zip(*lists):
            found = _within(parts, around)
            if found is None:
                return None
            slots += found
        return slots
    return [] if all(value == values[0] for value in values) else None


def bindings(
    table: Function, names: Collection[str], test: Function, may_be: Collection[str] = ()
) -> Mapping[str, ast.expr] | None:
    """What the parameters of a table would be, for its test to be the given one; None where they differ in more.

    A parameter stands for a literal, or for one of the names in ``may_be``.
    """
    given = {name: arg for name, arg in zip(parameters(table), _args(table)) if name not in (*names, "self")}
    own = dict(zip(parameters(test), _args(test)))
    if type(table) is not type(test) or given.keys() != own.keys():
        return None
    found: dict[str, ast.expr] = {}
    body, other = _undocumented(table.body), []
    for statement in _undocumented(test.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names and is_literal(value):
                if name in found:
                    return None
                found[name] = value  # a variable of the test is a parameter of the table
            case _:
                other.append(statement)
    same = _Matching(frozenset(names), frozenset(found), frozenset(may_be), found)
    return found if same(body, other) and found.keys() == set(names) else None


@dataclass(frozen=True, slots=True)
class _Matching:
    """Compares a table's test with another, and notes what its parameters stand for."""

    names: frozenset[str]
    #: Parameters that the other test has as variables.
    variables: frozenset[str]
    may_be: frozenset[str]
    found: dict[str, ast.expr]

    def __call__(self, table: object, test: object) -> bool:
        if isinstance(table, ast.Name) and table.id in self.names:
            return (
                isinstance(table.ctx, ast.Load) and isinstance(test, ast.expr) and self._binds(table.id, test)
            )
        if isinstance(table, ast.AST):
            return type(table) is type(test) and all(
                self(getattr(table, field, None), getattr(test, field, None)) for field in table._fields
            )
        if isinstance(table, list):
            return isinstance(test, list) and len(table) == len(test) and all(map(self, table, test))
        return type(table) is type(test) and table == test

    def _binds(self, name: str, test: ast.expr) -> bool:
        if name in self.variables:
            return isinstance(test, ast.Name) and test.id == name
        if not is_literal(test) and not (isinstance(test, ast.Name) and test.id in self.may_be):
            return False
        return ast.dump(self.found.setdefault(name, test)) == ast.dump(test)


def _args(test: Function) -> Iterator[ast.arg]:
    for group in (test.args.posonlyargs, test.args.args, test.args.kwonlyargs):
        yield from group


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    documented = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return body[1:] if documented else body
