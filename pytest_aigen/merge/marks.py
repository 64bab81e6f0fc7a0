"""The tests of a module that carry our comment, ``# aigen: module:function``: what each is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_aigen.merge.layout import BOM, Layout, read
from pytest_aigen.merge.rows import Table, ids_of, table_of
from pytest_aigen.merge.scope import FUNCTION, Function, first_line, last_line

#: A comment of its own, or at the end of a line.
_ALONE = re.compile(r"\s*#\s*aigen:\s*(\S+)\s*\Z")
_BEHIND = re.compile(r"#\s*aigen:\s*(\S+)\s*\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    #: As it stands in the node id of its test: ``[row]``; None where that cannot be told.
    id: str | None
    subjects: tuple[str, ...]
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A test with the comment above it, or with rows that have it."""

    #: Node id within the module: ``test_x``, ``TestX::test_y``.
    name: str
    #: What the comment above it says; empty where only rows have one.
    subjects: tuple[str, ...]
    #: The line of its ``def``.
    line: int
    #: Its text, decorators included.
    code: str
    #: The rows of a table that are ours, if all that are in it are written out.
    rows: tuple[Row, ...] = ()


def marked(text: str) -> tuple[Marked, ...]:
    """The tests that carry the comment, in order. Raises SyntaxError for a text that is no Python.

    >>> marked("# aigen: shop:price\\ndef test_x():\\n    pass\\n")[0].subjects
    ('shop:price',)
    """
    text = text.removeprefix(BOM)
    if "aigen:" not in text:
        return ()
    layout = read(text)
    return tuple(_marked(layout, layout.tree.body, ()))


def _marked(layout: Layout, body: list[ast.stmt], owners: tuple[ast.ClassDef, ...]) -> Iterator[Marked]:
    for statement in body:
        if isinstance(statement, FUNCTION):
            subjects = _above(layout, first_line(statement))
            table = table_of(layout, statement, owners)
            rows = tuple(_rows(layout, table, subjects)) if table is not None else ()
            if subjects or rows:
                name = "::".join([*(owner.name for owner in owners), statement.name])
                yield Marked(name, subjects, statement.lineno, layout.source(statement), rows)
        elif isinstance(statement, ast.ClassDef):
            yield from _marked(layout, statement.body, (*owners, statement))


def above(layout: Layout, test: Function) -> int:
    """How many lines stand before a test and our comment above it."""
    line = first_line(test) - 1
    while line and _ALONE.match(layout.lines[line - 1]):
        line -= 1
    return line


def _above(layout: Layout, line: int) -> tuple[str, ...]:
    """What our comments among those right above a line say."""
    found: list[str] = []
    while line > 1 and layout.lines[line - 2].lstrip().startswith("#"):
        line -= 1
        if match := _ALONE.match(layout.lines[line - 1]):
            found.insert(0, match[1])
    return tuple(found)


def _rows(layout: Layout, table: Table, subjects: tuple[str, ...]) -> Iterator[Row]:
    """The rows that are ours: all where the table is, else those with a comment of their own."""
    for row, own in zip(table.rows, ids_of(table), strict=True):
        said = _of_row(layout, row)
        if said or subjects:
            code = ast.get_source_segment(layout.text, row) or ""
            yield Row(own, said or subjects, row.lineno, code)


def _of_row(layout: Layout, row: ast.expr) -> tuple[str, ...]:
    """The comment at the end of a row's last line, or on lines of their own above it."""
    rest = layout.lines[last_line(row) - 1].encode()[row.end_col_offset :].decode()
    if match := _BEHIND.fullmatch(rest.strip().removeprefix(",").strip()):
        return (match[1],)
    if layout.lines[row.lineno - 1].encode()[: row.col_offset].strip():
        return ()
    return _above(layout, row.lineno)
