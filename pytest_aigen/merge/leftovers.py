"""Helpers and imports that were there for tests which are gone: taken out where nothing else can use them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.imports import Bound, may_grow
from pytest_aigen.merge.layout import BOM, Layout, read
from pytest_aigen.merge.regions import may_grow as outside_regions
from pytest_aigen.merge.removal import find, place_of, read_again, without_statement
from pytest_aigen.merge.scope import (
    FUNCTION,
    annotation_words,
    bound_names,
    first_line,
    fixture_name,
    fixture_requests,
    global_names,
    last_line,
    parse,
)

_FOR_ALL = re.compile(r"(test|pytest|setup_|teardown_|setUp|tearDown)|__\w+__\Z", re.I)


def without_leftovers(before: str, after: str, removed: Sequence[str], *, keep: Collection[str]) -> str:
    """``after``, which is ``before`` without the tests in ``removed``, without what only they used.

    Of helpers, fixtures and constants only those go that stood right above such a test, as they do where they came with
    it, and whose names appear nowhere else, be it in a comment. Of imports, plain ones at the top without a comment.
    Names in ``keep``, which other modules import, stay.
    """
    mark = BOM if after.startswith(BOM) else ""
    old, text = read(before.removeprefix(BOM)), after.removeprefix(BOM)
    used: set[str] = set()
    tops: list[ast.stmt] = []
    for name in removed:
        if "[" not in name:
            owners, node = find(old, name)
            used |= uses(old.source(owners[0] if owners else node))
            tops.append(owners[0] if owners else node)
    for top in tops:
        for helper in _right_above(old, top, tops):
            less = _without_helper(text, helper, used - set(keep))
            if less is None:
                break
            text, used = less, used | uses(old.source(helper))
    while (fewer := _without_import(text, used - set(keep))) is not None:
        text = fewer
    return mark + text


def uses(source: str) -> frozenset[str]:
    """Names of the module's scope, and of fixtures, that a piece of code uses."""
    code = f"if 1:\n{source}" if source[:1] in " \t" else source
    tree = parse(code)
    return global_names(code) | annotation_words(tree) | fixture_requests(tree)


def _right_above(layout: Layout, top: ast.stmt, gone: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements above one, the nearest first; those that are gone are passed over."""
    body = layout.tree.body
    for statement in reversed(body[: body.index(top)]):
        if statement not in gone:
            yield statement


def _without_helper(text: str, helper: ast.stmt, used: Collection[str]) -> str | None:
    """None where it is no helper, or something else may use it."""
    names = set(bound_names(helper))
    plain = isinstance(helper, (*FUNCTION, ast.ClassDef, ast.Assign, ast.AnnAssign))
    if (fixture := fixture_name(helper)) is not None:
        names = {fixture} if fixture in used and not _for_all(helper) else set()
    if not plain or not names or not names <= set(used) or any(map(_FOR_ALL.match, names)):
        return None
    names.update(bound_names(helper))
    layout = read(text)
    dump = ast.dump(helper)
    same = [s for s in layout.tree.body if layout.dump(s) == dump]
    if len(same) != 1:
        return None
    rest = "".join([*layout.lines[: first_line(same[0]) - 1], *layout.lines[last_line(same[0]) :]])
    if names & set(re.findall(r"\w+", rest)):
        return None
    try:
        return without_statement(layout, same[0])
    except MergeError:
        return None


def _for_all(fixture: ast.stmt) -> bool:
    decorators: list[ast.expr] = getattr(fixture, "decorator_list", [])
    return any(k.arg == "autouse" for d in decorators if isinstance(d, ast.Call) for k in d.keywords)


# ----------------------------------------------------------------------------------------------- imports


def _without_import(text: str, used: Collection[str]) -> str | None:
    """The text without one import that nothing needs any more; None where there is none."""
    layout = read(text)
    needed = _needed(layout)
    for bound in layout.imports:
        if bound.name in used and bound.name not in needed and _is_plain(layout, bound):
            try:
                return _cut(layout, bound)
            except MergeError:
                continue
    return None


def _needed(layout: Layout) -> set[str]:
    """Names that a module uses, in whichever way; of texts, each word that may be one."""
    found = set(global_names(layout.text) | annotation_words(layout.tree) | fixture_requests(layout.tree))
    for comment in re.findall(r"#\s*type:(.*)", layout.text):
        found.update(re.findall(r"\w+", comment))
    for node in ast.walk(layout.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            found.update(node.value.split("."))  # a name in `__all__`, or in what `mock.patch` is told
    return found


def _is_plain(layout: Layout, bound: Bound) -> bool:
    statement = bound.statement
    source = layout.source(statement)
    return (
        bound.at_top
        and bound.at_run_time
        and bound.name != "*"
        and bound.module != "__future__"
        and layout.owners.get(bound.name) == (statement,)
        and "#" not in source
        and ";" not in source
        and not any(alias.asname == alias.name for alias in statement.names)
        and (isinstance(statement, ast.Import) or may_grow(statement, layout.lines))
        and outside_regions(layout, statement)
    )


def _cut(layout: Layout, bound: Bound) -> str:
    statement = bound.statement
    if len(statement.names) == 1:
        return _without_line(layout, statement)
    index = next(
        i for i, a in enumerate(statement.names) if (a.asname or a.name.partition(".")[0]) == bound.name
    )
    starts = [0, *accumulate(map(len, layout.lines))]
    node, lines = statement.names[index], layout.lines
    line, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    tail = lines[last].encode()[node.end_col_offset :].decode()
    begins = not lines[line].encode()[: node.col_offset].strip()
    if begins and tail.strip() == ",":
        start, end = starts[line], starts[last + 1]
    elif index + 1 < len(statement.names):
        following = statement.names[index + 1]
        start, end = (
            place_of(layout, starts, node.lineno, node.col_offset),
            place_of(layout, starts, following.lineno, following.col_offset),
        )
    else:
        before = statement.names[index - 1]
        start, end = (
            place_of(layout, starts, before.end_lineno, before.end_col_offset),
            place_of(layout, starts, node.end_lineno, node.end_col_offset),
        )
    text = layout.text[:start] + layout.text[end:]
    expected = parse(layout.text)
    changed = expected.body[layout.tree.body.index(statement)]
    assert isinstance(changed, (ast.Import, ast.ImportFrom))
    del changed.names[index]
    if ast.dump(read_again(text).tree) != ast.dump(expected):
        raise MergeError("the import cannot be taken out")
    return text


def _without_line(layout: Layout, statement: ast.stmt) -> str:
    """The text without an import statement, and without the blank line that set it apart from its neighbours."""
    lines = list(layout.lines)
    start, end = first_line(statement) - 1, last_line(statement)
    body = layout.tree.body
    index = body.index(statement)
    is_import = [isinstance(s, (ast.Import, ast.ImportFrom)) for s in body]
    above, below = bool(start) and not lines[start - 1].strip(), end < len(lines) and not lines[end].strip()
    if above and (below or end == len(lines)):
        while start and not lines[start - 1].strip() and index and is_import[index - 1]:
            start -= 1
    elif below and (not start or (index + 1 < len(body) and is_import[index + 1] and not index)):
        while end < len(lines) and not lines[end].strip():
            end += 1
    text = "".join([*lines[:start], *lines[end:]])
    if lines and not lines[-1].endswith(("\n", "\r")) and end == len(lines):
        text = re.sub(r"(\r\n|\r|\n)\Z", "", text)
    expected = parse(layout.text)
    del expected.body[index]
    if ast.dump(read_again(text).tree) != ast.dump(expected):
        raise MergeError("the import cannot be taken out")
    return text
