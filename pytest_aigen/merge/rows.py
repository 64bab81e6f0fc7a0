"""Parametrised tests that a module has, and one more row for them."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_aigen.merge.imports import WIDTH, Patch
from pytest_aigen.merge.kin import Test, case_class, tests
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import Function, called, first_line, last_line
from pytest_aigen.merge.shape import bindings

_ERRORS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
#: Ids longer than this do not read.
LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class Table:
    """A test with one ``parametrize`` whose rows are written out."""

    test: Test
    call: ast.Call
    names: tuple[str, ...]
    rows: tuple[ast.expr, ...]
    #: What ``ids=`` lists; None where rows name themselves.
    ids: ast.List | None

    @property
    def name(self) -> str:
        return "::".join([*(owner.name for owner in self.test.owners), self.test.node.name])


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate as a row: node id of the test, and what to put into the text; nothing where it is there."""

    name: str
    lines: Mapping[int, Sequence[str]]
    patches: Sequence[Patch]
    is_there: bool = False


def as_row(layout: Layout, test: Function, code: str, mark: str | None) -> Row | None:
    """The candidate's test as a row of a table of the module, if it differs from that only in literals.

    ``code`` is the candidate's, with names as the module has them.
    """
    found: Row | None = None
    for table in _tables(layout):
        others = [d for d in table.test.node.decorator_list if d is not table.call]
        if [ast.dump(d) for d in others] != [ast.dump(d) for d in test.decorator_list]:
            continue
        bound = bindings(table.test.node, table.names, test, _ERRORS - layout.bound.keys())
        if bound is None:
            continue
        cells = [ast.dump(bound[name]) for name in table.names]
        for index, row in enumerate(table.rows):
            if [ast.dump(cell) for cell in cells_of(row, table.names) or ()] == cells:
                known = ids_of(table)[index]
                return Row(f"{table.name}[{known}]" if known else table.name, {}, (), is_there=True)
        found = found or _added(layout, table, bound, test.name, code, mark)
    return found


def _tables(layout: Layout) -> Iterator[Table]:
    for test in tests(layout):
        table = table_of(layout, test.node, test.owners)
        if table is not None:
            yield table


def table_of(layout: Layout, node: Function, owners: tuple[ast.ClassDef, ...]) -> Table | None:
    """The table that a test is; None where it is none, or its rows are not written out."""
    if len(owners) > 1 or any(case_class(layout, owner) != "pytest" for owner in owners):
        return None
    if any(called(d) == "parametrize" for owner in owners for d in owner.decorator_list):
        return None
    calls = [d for d in node.decorator_list if called(d) == "parametrize"]
    return (
        _table(Test(node, owners), calls[0]) if len(calls) == 1 and isinstance(calls[0], ast.Call) else None
    )


def _table(test: Test, call: ast.Call) -> Table | None:
    given = dict(zip(("argnames", "argvalues"), call.args))
    given |= {keyword.arg or "**": keyword.value for keyword in call.keywords}
    values, ids = given.get("argvalues"), given.get("ids")
    names = _names(given.get("argnames"))
    if len(call.args) > 2 or given.keys() - {"argnames", "argvalues", "ids"} or not names:
        return None
    if not isinstance(values, (ast.List, ast.Tuple)) or not values.elts:
        return None
    if ids is not None and not (isinstance(ids, ast.List) and len(ids.elts) == len(values.elts)):
        return None
    if any(cells_of(row, names) is None for row in values.elts):
        return None
    return Table(test, call, names, tuple(values.elts), ids)


def _names(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(name.strip() for name in node.value.split(",") if name.strip())
    if isinstance(node, (ast.Tuple, ast.List)):
        words = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
        return tuple(words) if len(words) == len(node.elts) else ()
    return ()


def cells_of(row: ast.expr, names: Sequence[str]) -> list[ast.expr] | None:
    """The values of a row, one per name."""
    if isinstance(row, ast.Starred):
        return None
    if _is_param(row) and isinstance(row, ast.Call):
        cells = list(row.args)
    elif len(names) == 1:
        cells = [row]
    else:
        cells = list(row.elts) if isinstance(row, (ast.Tuple, ast.List)) else []
    is_whole = len(cells) == len(names) and not any(isinstance(cell, ast.Starred) for cell in cells)
    return cells if is_whole else None


def _is_param(row: ast.expr) -> bool:
    return isinstance(row, ast.Call) and called(row) == "param"


def _own_id(row: ast.expr) -> str | None:
    for keyword in row.keywords if isinstance(row, ast.Call) and _is_param(row) else ():
        if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def ids_of(table: Table) -> list[str | None]:
    """The ids of the rows as pytest makes them; None where that cannot be told."""
    listed = [e.value if isinstance(e, ast.Constant) else None for e in table.ids.elts] if table.ids else []
    found: list[str | None] = []
    for index, row in enumerate(table.rows):
        if (own := _own_id(row)) is not None:
            found.append(own)
        elif listed:
            said = listed[index]
            found.append(said if isinstance(said, str) else None)
        else:
            found.append(value_id(cells_of(row, table.names) or [], table.names, index))
    return found


def value_id(cells: Sequence[ast.expr], names: Sequence[str], index: int) -> str | None:
    """The id that pytest makes of a row's values; None where it is not sure.

    >>> value_id([ast.Constant("a"), ast.parse("[1]", mode="eval").body], ["text", "items"], 2)
    'a-items2'
    """
    parts = []
    for cell, name in zip(cells, names, strict=True):
        if isinstance(cell, (ast.List, ast.Tuple, ast.Dict, ast.Set)):
            parts.append(f"{name}{index}")
        elif isinstance(cell, ast.Name) and cell.id in _ERRORS:
            parts.append(cell.id)
        elif isinstance(cell, (ast.Constant, ast.UnaryOp)):
            try:
                value = ast.literal_eval(cell)
            except (ValueError, TypeError):
                return None
            if isinstance(value, str) and not _is_plain(value):
                return None
            if not isinstance(value, (str, int, float, type(None))):
                return None
            parts.append(str(value))
        else:
            return None
    return "-".join(parts)


def _is_plain(text: str) -> bool:
    """Whether it stands in a node id as it is, and cannot be taken for another part of it."""
    return text.isascii() and text.isprintable() and not re.search(r"::|[\[\]\\]", text)


# ------------------------------------------------------------------------------------------------ one more


def _added(
    layout: Layout, table: Table, bound: Mapping[str, ast.expr], test: str, code: str, mark: str | None
) -> Row | None:
    """One more row, in the style of the others; None where it would not read, or its id is not sure."""
    cells = [bound[name] for name in table.names]
    texts = [ast.get_source_segment(code, cell) or "" for cell in cells]
    if any("\n" in text or not text for text in texts):
        return None
    ids = ids_of(table)
    model = _model(table)
    named = table.ids is not None or _own_id(model) is not None
    own = _word(test, table.test.node.name) if named else value_id(cells, table.names, len(table.rows))
    if own is None or own in ids or len(own) > LONGEST_ID or not _is_plain(own):
        return None
    patches: list[Patch] = []
    if _is_param(model):
        assert isinstance(model, ast.Call)
        given = f', id="{own}"' if _own_id(model) is not None else ""
        row = f"{ast.unparse(model.func)}({', '.join(texts)}{given})"
    elif len(table.names) == 1:
        row = texts[0]
    else:
        opening, closing = "[]" if isinstance(model, ast.List) else "()"
        row = f"{opening}{', '.join(texts)}{closing}"
    if table.ids is not None:
        inline = _inline(layout, table.ids.elts, f'"{own}"')
        if inline is None:
            return None
        patches += inline
    name = f"{table.name}[{own}]"
    if not _begins_line(layout, table.rows[-1]):
        inline = _inline(layout, table.rows, row)
        return Row(name, {}, [*patches, *inline]) if inline is not None else None
    lines, more = _row_line(layout, table, row, mark)
    return Row(name, lines, [*patches, *more]) if lines or more else None


def _model(table: Table) -> ast.expr:
    """The row whose style the newcomer takes: the last without marks of its own."""
    for row in reversed(table.rows):
        marked = isinstance(row, ast.Call) and any(keyword.arg == "marks" for keyword in row.keywords)
        if not marked:
            return row
    return table.rows[-1]


def _word(test: str, table: str) -> str:
    """What of a test's name is not the table's: its id there."""
    words = test.split("_")
    for word in table.split("_"):
        if words[:1] != [word]:
            break
        words = words[1:]
    return "_".join(words) or test.removeprefix("test_")


def _begins_line(layout: Layout, node: ast.expr) -> bool:
    return not layout.lines[node.lineno - 1].encode()[: node.col_offset].strip()


def _end(layout: Layout, node: ast.expr) -> tuple[int, int]:
    row = last_line(node) - 1
    return row, len(layout.lines[row].encode()[: node.end_col_offset].decode())


def _inline(layout: Layout, parts: Sequence[ast.expr], text: str) -> list[Patch] | None:
    """One more part of a list, on the line of the last one."""
    at = _end(layout, parts[-1])
    if _begins_line(layout, parts[-1]):
        line = layout.lines[at[0]]
        text = f",{layout.newline}{line[: len(line) - len(line.lstrip())]}{text}"
        return [Patch(at, at, text)]
    if len(layout.lines[at[0]].rstrip()) + len(text) + 2 > WIDTH:
        return None
    return [Patch(at, at, f", {text}")]


def _row_line(
    layout: Layout, table: Table, row: str, mark: str | None
) -> tuple[dict[int, list[str]], list[Patch]]:
    """A line of its own for the row, behind the last one; nothing where it would be too long."""
    last = table.rows[-1]
    at, column = _end(layout, last)
    first = layout.lines[last.lineno - 1]
    indent = first[: len(first) - len(first.lstrip())]
    if len(indent) + len(row) + 1 > WIDTH:
        return {}, []
    rest = layout.lines[at][column:].strip()
    if rest and not rest.startswith((",", "#")):
        return {}, [Patch((at, column), (at, column), f",{layout.newline}{indent}{row}")]
    patches = [] if rest.startswith(",") else [Patch((at, column), (at, column), ",")]
    if rest.startswith(",") and rest[1:].strip() and not rest[1:].strip().startswith("#"):
        return {}, [Patch((at, column), (at, column), f",{layout.newline}{indent}{row}")]
    line = f"{indent}{row},"
    if mark is None or _is_marked(layout, table, mark):
        return {at + 1: [line]}, patches
    commented = f"{line}  {mark}"
    return {at + 1: [commented] if len(commented) <= WIDTH else [indent + mark, line]}, patches


def _is_marked(layout: Layout, table: Table, mark: str) -> bool:
    """Whether the comment above the table says already what the row is for."""
    above = first_line(table.test.node) - 2
    return above >= 0 and layout.lines[above].strip() == mark
