"""Takes tests out of the text of a module again; the rest stays as it is, but for blank lines where they stood."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.layout import BOM, Layout, read
from pytest_aigen.merge.marks import above
from pytest_aigen.merge.place import is_head
from pytest_aigen.merge.rows import ids_of, table_of
from pytest_aigen.merge.scope import FUNCTION, Function, first_line, fixture_name, last_line, parse

_RULER = re.compile(r"\s*#\s*[-=#*~_]{3,}")
#: What prepares the tests of a class, and is for nothing without them.
_SETUP = re.compile(
    r"(setup|teardown)(_method|_class)?\Z|(setUp|tearDown|asyncSetUp|asyncTearDown)(Class)?\Z"
)


@dataclass(frozen=True, slots=True)
class Removal:
    text: str
    #: Node ids within the module of what was taken out.
    removed: tuple[str, ...]
    #: What could not be, and why.
    kept: Mapping[str, str] = field(default_factory=dict)


def remove(text: str, names: Sequence[str], *, keep: Collection[str] = ()) -> Removal:
    """The text without these tests (``test_x``, ``TestX::test_y``) and rows of tables (``test_x[row]``).

    A test goes with the comments right above it, a class when no test is left in it and nothing but what prepares
    them, and unless its name is in ``keep`` or used elsewhere. Raises SyntaxError for a text that is no Python.
    """
    mark = BOM if text.startswith(BOM) else ""
    body, removed, kept = text.removeprefix(BOM), [], {}
    for base, asked in _by_test(names).items():
        rows = [name[len(base) + 1 : -1] for name in asked if name != base]
        try:
            body = _without(body, base, rows, keep)
        except MergeError as error:
            kept.update(dict.fromkeys(asked, str(error)))
        else:
            removed += asked
    return Removal(mark + body, tuple(removed), kept)


def _by_test(names: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition("[")[0], []).append(name)
    # Who wants all of a table means its rows too.
    return {base: [base] if base in asked else asked for base, asked in found.items()}


def _without(text: str, name: str, rows: Sequence[str], keep: Collection[str]) -> str:
    layout = read(text)
    owners, node = find(layout, name)
    if rows and isinstance(node, FUNCTION):
        table = table_of(layout, node, owners)
        ids = ids_of(table) if table is not None else []
        if any(ids.count(row) != 1 for row in rows):
            raise MergeError("the row cannot be told from the others")
        if len(rows) < len(ids):
            return _without_rows(text, name, sorted(map(ids.index, rows), reverse=True))
        if above(layout, node) == first_line(node) - 1:
            raise MergeError("no other row would be left in a table that was not generated")
    doomed, path = _doomed(layout, node, owners, keep)
    return without_statement(layout, doomed, path)


def find(layout: Layout, name: str) -> tuple[tuple[ast.ClassDef, ...], Function | ast.ClassDef]:
    """The classes around a test, and its definition. Raises MergeError where there are none, or several."""
    owners: list[ast.ClassDef] = []
    body = layout.tree.body
    parts = name.split("::")
    for depth, part in enumerate(parts, 1):
        found = [s for s in body if isinstance(s, (*FUNCTION, ast.ClassDef)) and s.name == part]
        if len(found) != 1:
            raise MergeError(f"{part} is defined {'twice' if found else 'nowhere'}")
        if depth == len(parts):
            return tuple(owners), found[0]
        if not isinstance(found[0], ast.ClassDef):
            raise MergeError(f"{part} is no class")
        owners.append(found[0])
        body = found[0].body
    raise MergeError("a test needs a name")


def _doomed(
    layout: Layout, node: ast.stmt, owners: tuple[ast.ClassDef, ...], keep: Collection[str]
) -> tuple[ast.stmt, tuple[ast.ClassDef, ...]]:
    """The statement to take out, the test itself or a class that is empty without it, and the classes around that."""
    while owners:
        owner, rest = owners[-1], [member for member in owners[-1].body if member is not node]
        if not all(map(_prepares, rest)):
            break
        start, end = first_line(owner) - 1, last_line(owner)
        others = "".join([*layout.lines[:start], *layout.lines[end:]])
        if owner.name in keep or re.search(rf"\b{owner.name}\b", others):
            if not rest:
                raise MergeError(f"its class {owner.name}, which would be empty, is used elsewhere")
            break
        node, owners = owner, owners[:-1]
    return node, owners


def _prepares(member: ast.stmt) -> bool:
    if isinstance(member, FUNCTION):
        return bool(_SETUP.match(member.name)) or fixture_name(member) is not None
    return isinstance(member, (ast.Pass, ast.Assign, ast.AnnAssign, ast.Expr))


# ------------------------------------------------------------------------------------------- statements


def without_statement(layout: Layout, node: ast.stmt, owners: tuple[ast.ClassDef, ...] = ()) -> str:
    """The text without a statement, its comments, and the blank lines that set it apart.

    Raises MergeError where it shares a line with something else.
    """
    lines = layout.lines
    start, end = _span(layout, node)
    own = lines[last_line(node) - 1].encode()[node.end_col_offset :].decode().strip()
    if not _begins_line(layout, node) or (own and not own.startswith("#") and own != ";"):
        raise MergeError("it shares a line with something else")
    siblings = owners[-1].body if owners else layout.tree.body
    is_last, is_first = node is siblings[-1], node is siblings[0]
    first, last = start, end
    while first and not lines[first - 1].strip():
        first -= 1
    while last < len(lines) and not lines[last].strip():
        last += 1
    ends = last == len(lines) or (is_last and bool(owners))
    if ends or (last - end >= start - first and not (is_first and (owners or not first))):
        start = first
    else:
        end = last
    after = "".join([*lines[:start], *lines[end:]])
    if lines and not lines[-1].endswith(("\n", "\r")) and end == len(lines):
        after = re.sub(r"(\r\n|\r|\n)\Z", "", after)
    expected = _tree_without(layout.text, [*(o.name for o in owners)], siblings.index(node))
    _check(after, expected)
    return after


def _span(layout: Layout, node: ast.stmt) -> tuple[int, int]:
    """A statement's lines, with the comments right above it and those that are indented below it."""
    lines = layout.lines
    start, end = first_line(node) - 1, last_line(node)
    while start and lines[start - 1].lstrip().startswith("#"):
        if _RULER.match(lines[start - 1]) or is_head(layout, start - 1):
            break
        start -= 1
    for number in range(end, len(lines)):
        text = lines[number]
        if text.strip():
            if not text.lstrip().startswith("#") or _indent(text) <= node.col_offset:
                break
            end = number + 1
    return start, end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t\f"))


def _begins_line(layout: Layout, node: ast.stmt | ast.expr) -> bool:
    return not layout.lines[node.lineno - 1].encode()[: node.col_offset].strip()


# ------------------------------------------------------------------------------------------------- rows


def _without_rows(text: str, name: str, gone: Sequence[int]) -> str:
    """The text without rows of a table, by index from the last."""
    for index in gone:
        layout = read(text)
        owners, node = find(layout, name)
        assert isinstance(node, FUNCTION)
        table = table_of(layout, node, owners)
        if table is None or len(table.rows) < 2:
            raise MergeError("its table is not one any more")
        # From the end of the text on, so that places hold.
        lists = [list(table.rows), *([table.ids.elts] if table.ids else [])]
        expected = [[ast.dump(e) for i, e in enumerate(part) if i != index] for part in lists]
        for part in sorted(lists, key=lambda part: part[0].lineno, reverse=True):
            start, end = _of_element(layout, part, index)
            text = text[:start] + text[end:]
        changed = read_again(text)
        owners, node = find(changed, name)
        again = table_of(changed, node, owners) if isinstance(node, FUNCTION) else None
        left = [list(again.rows), *([again.ids.elts] if again.ids else [])] if again else []
        if [[ast.dump(e) for e in part] for part in left] != expected:
            raise MergeError("the row cannot be taken out of its table")
    return text


def _of_element(layout: Layout, parts: Sequence[ast.expr], index: int) -> tuple[int, int]:
    """Where an element of a list begins and ends, its comma and its comment included."""
    lines, node = layout.lines, parts[index]
    starts = [0, *accumulate(map(len, lines))]
    tail = lines[last_line(node) - 1].encode()[node.end_col_offset :].decode()
    alone = re.fullmatch(r"\s*(,?)\s*(#[^\r\n]*)?\s*", tail)
    if _begins_line(layout, node) and alone and (alone[1] or index == 0):
        first = node.lineno - 1
        while re.match(r"\s*#\s*aigen:\s*\S+\s*\Z", lines[first - 1]):
            first -= 1
        return starts[first], starts[last_line(node)]
    if index + 1 < len(parts):
        span = _offset(layout, starts, node, end=False), _offset(layout, starts, parts[index + 1], end=False)
    else:
        span = _offset(layout, starts, parts[index - 1], end=True), _offset(layout, starts, node, end=True)
    if "#" in layout.text[span[0] : span[1]].replace(ast.get_source_segment(layout.text, node) or "", ""):
        raise MergeError("there is a comment beside the row")
    return span


def _offset(layout: Layout, starts: Sequence[int], node: ast.expr, *, end: bool) -> int:
    if end:
        return place_of(layout, starts, node.end_lineno, node.end_col_offset)
    return place_of(layout, starts, node.lineno, node.col_offset)


def place_of(layout: Layout, starts: Sequence[int], line: int | None, column: int | None) -> int:
    """Index into the text of a tree position, whose columns count bytes; ``starts`` are those of its lines."""
    assert line is not None, "ast.parse sets it"
    return starts[line - 1] + len(layout.lines[line - 1].encode()[:column].decode())


# ------------------------------------------------------------------------------------------------ proof


def _tree_without(text: str, path: Sequence[str], index: int) -> ast.Module:
    """The tree of a text without one statement, of the module or of a class."""
    tree = parse(text)
    body = tree.body
    for name in path:
        body = next(s for s in body if isinstance(s, ast.ClassDef) and s.name == name).body
    del body[index]
    return tree


def read_again(text: str) -> Layout:
    """The layout of a changed text. Raises MergeError where it is no Python any more."""
    try:
        return read(text)
    except SyntaxError as error:
        raise MergeError("it cannot be taken out") from error


def _check(after: str, expected: ast.Module) -> None:
    """Raises MergeError unless the text means what it meant, but for what was taken out."""
    if ast.dump(read_again(after).tree) != ast.dump(expected):
        raise MergeError("it cannot be taken out")
