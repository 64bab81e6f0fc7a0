"""Where new import statements go among those that a module has."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from pytest_aigen.merge import place
from pytest_aigen.merge.imports import Statement, of_statement, section
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.regions import outside_regions, regions
from pytest_aigen.merge.scope import FUNCTION, first_line, last_line

#: Section, whether it is a ``from`` statement, name of the module.
_Key: TypeAlias = tuple[int, bool, str]


def new_lines(layout: Layout, statements: Sequence[Statement], first_party: str) -> Mapping[int, list[str]]:
    """Lines to insert, by how many old lines stay before them.

    Among imports that end the header, each goes to those of its section, in their order. Otherwise all go behind the last
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
    key: _Key


def _sorted_in(
    layout: Layout, statements: Sequence[Statement], first_party: str
) -> dict[int, list[str]] | None:
    """None where no plain run of imports ends the header."""
    run = _run(layout, first_party)
    if run is None:
        return None
    sections: dict[int, list[_Old]] = {}
    for old in run:
        sections.setdefault(old.key[0], []).append(old)
    apart = [""] if _stand_apart(run, layout) else []
    result: dict[int, list[str]] = {}
    for number, group in groupby(statements, key=lambda s: s.section):
        old_ones = sections.get(number)
        if old_ones is not None:
            for statement in group:
                before = _before(statement, old_ones)
                at = last_line(before.node) if before else first_line(old_ones[0].node) - 1
                result.setdefault(at, []).extend(statement.lines)
            continue
        lines = [line for statement in group for line in statement.lines]
        lower = [other for other in sections if other < number]
        if lower:
            at = last_line(sections[max(lower)][-1].node)
            result.setdefault(at, []).extend([*apart, *lines])
        else:
            first = sections[min(sections)][0].node
            at = first_line(first) - 1
            result[at] = [*result.get(at, []), *lines, *apart]
    return result


def _before(new: Statement, old: Sequence[_Old]) -> _Old | None:
    """The import of its section behind which a new one goes; None where it goes before all of them."""
    for key in _ORDERS:
        if all(key(one.key) <= key(other.key) for one, other in pairwise(old)):
            return next((one for one in reversed(old) if key(one.key) <= key(new.key)), None)
    alike = [one for one in old if one.key[1] is new.is_from]
    return alike[-1] if alike else old[-1] if new.is_from else None


#: ``import`` before ``from``, or both by the names of modules.
_ORDERS: tuple[Callable[[_Key], tuple[object, ...]], ...] = (lambda key: key, lambda key: (key[2], key[1]))


def _stand_apart(run: Sequence[_Old], layout: Layout) -> bool:
    """Whether blank lines part sections, as far as there are several."""
    pairs = [(one, other) for one, other in pairwise(run) if one.key[0] != other.key[0]]
    return not pairs or any(
        not line.strip()
        for one, other in pairs
        for line in layout.lines[last_line(one.node) : first_line(other.node) - 1]
    )


def _run(layout: Layout, first_party: str) -> list[_Old] | None:
    """The imports that end the header, a line or more for each, with nothing but blank lines among them."""
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
        if any(line.strip() for line in between) or first_line(other.node) <= last_line(one.node):
            return None
    return run


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
