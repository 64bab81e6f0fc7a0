"""Where in a module something goes, as a count of the lines that stay before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from pytest_aigen.merge.kin import kin, tests
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import FUNCTION, first_line, last_line

_HEAD = re.compile(
    r"#.*(coding[:=]|copyright|licen[cs]e|spdx|\b(flake8|isort|mypy|pylint|pyright|ruff|type|vim?):)", re.I
)


def after(layout: Layout, statement: ast.stmt) -> int:
    """Behind a statement and the comments that belong to it: indented ones, or a paragraph right below it."""
    end = last_line(statement)
    if isinstance(statement, (*FUNCTION, ast.ClassDef)):
        line = end
        while line < len(layout.lines):
            text = layout.lines[line]
            if text.strip():
                if not (text.lstrip().startswith("#") and text[0] in " \t"):
                    break
                end = line + 1
            line += 1
    line = end
    while line < len(layout.lines) and layout.lines[line].startswith("#"):
        line += 1
    if line == len(layout.lines) or not layout.lines[line].strip():
        end = line
    return end


def before(layout: Layout, statement: ast.stmt) -> int:
    """In front of a statement and the comments right above it."""
    line = first_line(statement) - 1
    while line and layout.lines[line - 1].startswith("#") and not is_head(layout, line - 1):
        line -= 1
    return line


def is_head(layout: Layout, line: int) -> bool:
    """Whether a comment line is about the file: ``#!``, encoding, licence, settings of tools."""
    text = layout.lines[line]
    return (line == 0 and text.startswith("#!")) or _HEAD.match(text) is not None


def for_imports(layout: Layout) -> int:
    """Behind the last import of the header, or what the header does so that imports work."""
    body = layout.tree.body
    header = body[: layout.header]
    anchors = [s for s in header if isinstance(s, (ast.Import, ast.ImportFrom)) or guards_imports(layout, s)]
    if anchors:
        return last_line(anchors[-1])
    if not body:
        return len(layout.lines)
    if is_docstring(body[0]):
        return after(layout, body[0])
    return before(layout, body[0])


def guards_imports(layout: Layout, statement: ast.stmt) -> bool:
    """``pytest.importorskip(...)``, ``sys.path...``, a skip of the whole module, a block that imports are tried in."""
    source = layout.source(statement)
    return re.search(r"\bimportorskip\b|\bsys\.path\b|\ballow_module_level\b", source) is not None


def is_main_guard(statement: ast.stmt) -> bool:
    """``if __name__ == "__main__":``"""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def at_end(layout: Layout) -> int:
    """Behind all that the module defines, in front of a last ``if __name__ == "__main__":``."""
    body = list(layout.tree.body)
    guard: ast.stmt | None = None
    while body and is_main_guard(body[-1]):
        guard = body.pop()
    if body:
        return after(layout, body[-1])
    return before(layout, guard) if guard is not None else len(layout.lines)


def for_test(layout: Layout, qualname: str, needed: Collection[str]) -> int:
    """Behind the last test of the same function or class, if one mentions it and all that is needed precedes it."""
    end = at_end(layout)
    relative = kin(layout, qualname)
    if relative is None:
        return end
    place = after(layout, relative.top)
    return min(place, end) if _last_of(layout, needed) <= place else end


def for_helpers(layout: Layout, host: ast.ClassDef, needed: Collection[str]) -> int:
    """In front of the class that will use them, or behind all that they need."""
    return max(before(layout, host), *(after(layout, s) for s in _owners(layout, needed) if s is not host), 0)


def _owners(layout: Layout, names: Collection[str]) -> list[ast.stmt]:
    return [owner for name in names for owner in layout.bound.get(name, ())]


def _last_of(layout: Layout, names: Collection[str]) -> int:
    return max((last_line(owner) for owner in _owners(layout, names)), default=0)


def in_class(layout: Layout, host: ast.ClassDef, qualname: str) -> int:
    """Behind the last test of the same function in a class, or at its end; comments indented as its body stay above."""
    relative = kin(layout, qualname, [test for test in tests(layout) if test.owners == (host,)])
    last = host if relative is None or relative.node is host.body[-1] else relative.node
    line = end = last_line(last)
    own = len(layout.indent_of(last))
    while line < len(layout.lines):
        text = layout.lines[line]
        if text.strip():
            if not text.lstrip().startswith("#") or len(text) - len(text.lstrip(" \t")) <= own:
                break
            end = line + 1
        line += 1
    return end


def blank_before(layout: Layout, place: int) -> int:
    """How many blank lines stand directly before a place."""
    count = 0
    while count < place and not layout.lines[place - count - 1].strip():
        count += 1
    return count


def blank_after(layout: Layout, place: int) -> int | None:
    """How many blank lines follow a place; None where nothing else follows."""
    for count, line in enumerate(layout.lines[place:]):
        if line.strip():
            return count
    return None


def is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
