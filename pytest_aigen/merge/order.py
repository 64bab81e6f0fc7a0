"""Where new import statements go among those that a module has."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pytest_aigen.merge import place
from pytest_aigen.merge.imports import Statement, of_statement, section
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.regions import outside_regions, regions
from pytest_aigen.merge.scope import FUNCTION, first_line, last_line


def new_lines(layout: Layout, statements: Sequence[Statement], first_party: str) -> Mapping[int, list[str]]:
    """Lines to insert, by how many old lines stay before them.

    Among imports that stand as isort leaves them, each goes where isort would put it. Otherwise all go behind the last
    import of the header, or where the header begins.
    """
    if not statements:
        return {}
    sorted_in = _sorted_in(layout, statements, first_party)
    if sorted_in is not None:
        return sorted_in
    at = outside_regions(layout, place.for_imports(layout))
    return {at: _together(layout, statements, at)}


@dataclass(frozen=True, slots=True)
class _Old:
    node: ast.Import | ast.ImportFrom
    key: tuple[int, bool, str]


def _sorted_in(
    layout: Layout, statements: Sequence[Statement], first_party: str
) -> dict[int, list[str]] | None:
    """None where the old imports are not sorted, in sections with blank lines between."""
    sections = _tidy_sections(layout, first_party)
    if sections is None:
        return None
    result: dict[int, list[str]] = {}
    for number, group in groupby(statements, key=lambda s: s.section):
        old = sections.get(number)
        if old is not None:
            for statement in group:
                before = [o for o in old if o.key <= statement.key]
                at = last_line(before[-1].node) if before else first_line(old[0].node) - 1
                result.setdefault(at, []).extend(statement.lines)
            continue
        lines = [line for statement in group for line in statement.lines]
        lower = [other for other in sections if other < number]
        if lower:
            at = last_line(sections[max(lower)][-1].node)
            result.setdefault(at, []).extend(["", *lines])
        else:
            first = sections[min(sections)][0].node
            at = first_line(first) - 1
            result[at] = [*result.get(at, []), *lines, ""]
    return result


def _tidy_sections(layout: Layout, first_party: str) -> dict[int, list[_Old]] | None:
    """The imports that end the header, by section, if they stand as isort leaves them and nothing is among them."""
    run: list[_Old] = []
    body = layout.tree.body[: layout.header]
    off = regions(layout)
    end = place.for_imports(layout)
    for node in (s for s in reversed(body) if last_line(s) <= end):
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or any(r.holds(last_line(node)) for r in off):
            break
        binding = next(iter(of_statement(node)))
        module = "." * binding.level + binding.module
        is_from = isinstance(node, ast.ImportFrom)
        run.insert(0, _Old(node, (section(binding, first_party), is_from, module.lower())))
    if not run or last_line(run[-1].node) != end:
        return None
    start = first_line(run[0].node)
    if start > 1 and layout.lines[start - 2].strip():
        return None
    for one, other in pairwise(run):
        between = layout.lines[last_line(one.node) : first_line(other.node) - 1]
        apart = one.key[0] != other.key[0]
        if any(line.strip() for line in between) or bool(between) != apart or one.key > other.key:
            return None
        if first_line(other.node) <= last_line(one.node):
            return None
    return {number: list(group) for number, group in groupby(run, key=lambda old: old.key[0])}


def _together(layout: Layout, statements: Sequence[Statement], at: int) -> list[str]:
    """New statements in one place, with the blank lines around them."""
    if not layout.tree.body:
        lines: list[str] = []
        for _, group in groupby(statements, key=lambda s: s.section):
            lines += [*([""] if lines else []), *(line for s in group for line in s.lines)]
        return ["", *lines] if at and not place.blank_before(layout, at) else lines
    lines = [line for statement in statements for line in statement.lines]
    above = next((s for s in reversed(layout.tree.body) if last_line(s) == at), None)
    if isinstance(above, (ast.Import, ast.ImportFrom)) and getattr(above, "module", "") != "__future__":
        return lines
    if at and not place.blank_before(layout, at):
        lines.insert(0, "")
    following = place.blank_after(layout, at)
    if following is not None:
        below = next((s for s in layout.tree.body if first_line(s) > at), None)
        wanted = 2 if isinstance(below, (*FUNCTION, ast.ClassDef)) else 1
        lines += [""] * (wanted - following)
    return lines
