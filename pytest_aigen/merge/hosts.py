"""Which class of a module can take a method of a candidate's class, and under which name."""

from __future__ import annotations

import ast
from collections.abc import Callable

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import FUNCTION, bound_names, first_line, number_pattern, stem


def host_class(layout: Layout, name: str) -> ast.ClassDef | None:
    """The top-level class of that name, if nothing else has the name and its body stands on lines of its own."""
    owners = layout.bound.get(name, ())
    if len(owners) != 1 or not isinstance(owners[0], ast.ClassDef):
        return None
    first = owners[0].body[0]
    if first_line(first) == owners[0].lineno or layout.indent_of(first).strip():
        return None
    # The first statement may still follow the colon of a header of several lines.
    line = layout.lines[first_line(first) - 1].encode()
    column = first.col_offset if first_line(first) == first.lineno else 0
    return None if line[:column].strip() else owners[0]


def fits(host: ast.ClassDef, new: ast.ClassDef, member: str, key: Callable[[ast.AST], str]) -> bool:
    """Whether the host has all that the new class has, its one test (or class of tests) left out."""

    def head(node: ast.ClassDef) -> list[str]:
        return [key(part) for part in (*node.decorator_list, *node.bases, *node.keywords)]

    if head(host) != head(new):
        return False
    others = [m for m in new.body if getattr(m, "name", None) != member and not _is_filler(m)]
    return not others or {key(m) for m in others} <= {key(statement) for statement in host.body}


def _is_filler(node: ast.stmt) -> bool:
    """``pass``, ``...`` and docstrings."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def find_member(node: ast.ClassDef, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef:
    for member in node.body:
        if isinstance(member, (*FUNCTION, ast.ClassDef)) and member.name == name:
            return member
    raise MergeError(f"the candidate's {node.name} has no {name}")


def member_name(
    layout: Layout, host: ast.ClassDef, new: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
) -> str | None:
    """A name for the member that the host does not have; None if it has the very member."""
    dump = ast.dump(new)
    members = {name: statement for statement in host.body for name in bound_names(statement)}
    pattern = number_pattern([new.name])
    for name, statement in members.items():
        alike = dump.replace(f"name='{new.name}'", f"name='{name}'", 1)
        if pattern.fullmatch(name) and ast.dump(statement) == alike:
            return None
    name, number = new.name, 2
    while name in members:
        name, number = f"{stem(new.name)}_{number}", number + 1
    return name
