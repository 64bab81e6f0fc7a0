"""The text of a module with what a plan adds to it; every byte outside the additions stays."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from pytest_aigen.data import Target
from pytest_aigen.merge import imports, place
from pytest_aigen.merge.hosts import find_member
from pytest_aigen.merge.imports import Binding, Patch
from pytest_aigen.merge.indent import reindent, unit_of
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.order import new_lines
from pytest_aigen.merge.origins import Imports
from pytest_aigen.merge.parts import Part
from pytest_aigen.merge.plan import Plan
from pytest_aigen.merge.regions import may_grow
from pytest_aigen.merge.scope import first_line, last_line


def compose(layout: Layout, planned: Plan, mark: str | None, target: Target, meant: Imports) -> str:
    """The module's text with the planned imports, helpers and test; ``mark`` is the comment above the test."""
    parts = planned.parts.parts
    test = parts[planned.parts.test]
    added = [parts[i] for i in planned.helpers]
    if planned.host is None:
        added = [part for i, part in enumerate(parts) if i in planned.helpers or part is test]
    needed = planned.parts.needs(tuple(added))
    patches, rest = _grow(layout, planned.imports, meant)
    header = place.for_imports(layout)
    first_party = target.module.partition(".")[0]
    statements = imports.render(_in_style(layout, rest, meant), first_party)
    insertions = {**new_lines(layout, statements, first_party)}
    block = _block(layout, added, test, planned.name, mark)
    if block:
        if planned.host is None:
            at = place.for_test(layout, target.gap.qualname, needed)
        else:
            at = place.for_helpers(layout, planned.host, needed)
        at = max(at, header)
        insertions[at] = _surround(layout, insertions.get(at, []), block, at, added[0].is_definition)
    if planned.host is not None:
        at = place.in_class(layout, planned.host, target.gap.qualname)
        follows = place.blank_after(layout, at) == 0 and at < last_line(planned.host)
        insertions[at] = ["", *_method(layout, planned, mark), *([""] if follows else [])]
    return apply(layout, insertions, patches)


def _grow(layout: Layout, new: Sequence[Binding], meant: Imports) -> tuple[list[Patch], list[Binding]]:
    """Patches of ``from`` statements in the header that take new names, and the bindings that need a statement."""
    hosts = [
        s
        for s in layout.tree.body[: layout.header]
        if isinstance(s, ast.ImportFrom)
        and s.names[0].name != "*"
        and imports.may_grow(s, layout.lines)
        and may_grow(layout, s)
    ]
    wanted: dict[int, list[Binding]] = {}
    rest: list[Binding] = []
    for binding in new:
        if binding.attribute in (None, "*") or binding.module == "__future__":
            rest.append(binding)
            continue
        target = meant.absolute(binding.module, binding.level)
        index = next(
            (i for i, s in enumerate(hosts) if meant.absolute(s.module or "", s.level) == target), None
        )
        if index is None:
            rest.append(binding)
        else:
            wanted.setdefault(index, []).append(binding)
    patches: list[Patch] = []
    for index, given in wanted.items():
        grown = imports.grow(hosts[index], [b.alias for b in given], layout.lines, layout.newline)
        if grown is None:
            rest += given
        else:
            patches += grown
    return patches, rest


def _in_style(layout: Layout, new: Sequence[Binding], meant: Imports) -> list[Binding]:
    """Imports of a package relative where the module, which lies in it, imports it so and never otherwise."""
    package, _ = meant.absolute("", 1)
    own = package.partition(".")[0]
    levels = {
        bound.binding.level > 0
        for bound in layout.imports
        if meant.absolute(bound.module, bound.binding.level)[0].partition(".")[0] == own
    }
    return [imports.relative(binding, package) for binding in new] if levels == {True} else list(new)


def _surround(layout: Layout, above: list[str], block: list[str], at: int, is_definition: bool) -> list[str]:
    """A top-level block, behind import lines if any go to the same place, with two blank lines on either side."""
    lines = list(above)
    while lines and not lines[-1]:
        lines.pop()
    if lines:
        lines += ["", ""] if is_definition else [""]
    elif at:
        lines += [""] * (2 - place.blank_before(layout, at))
    lines += block
    following = place.blank_after(layout, at)
    return lines if following is None else lines + [""] * (2 - following)


def _block(layout: Layout, added: Sequence[Part], test: Part, name: str, mark: str | None) -> list[str]:
    """Parts as lines, two blank lines round definitions."""
    lines: list[str] = []
    previous: Part | None = None
    for part in added:
        own = _indented(part.lines, "", layout)
        if part is test and mark is not None:
            if isinstance(part.statement, ast.ClassDef):
                _mark_member(own, part.statement, name.split("::")[1:], mark)
            else:
                own.insert(0, mark)
        if previous is not None and (previous.is_definition or part.is_definition):
            lines += ["", ""]
        elif previous is not None and hasattr(previous.statement, "body"):
            lines.append("")
        lines += [*part.comments, *own]
        previous = part
    return lines


def _method(layout: Layout, planned: Plan, mark: str | None) -> list[str]:
    """The member of the candidate's class that holds the test, as lines for the class of the module."""
    assert planned.host is not None
    part = planned.parts.parts[planned.parts.test]
    assert isinstance(part.statement, ast.ClassDef), "only a class joins a class"
    member = find_member(part.statement, planned.member)
    offset = first_line(part.statement)
    above = first = first_line(member) - offset
    while part.lines[above - 1].lstrip().startswith("#"):
        above -= 1
    lines = list(part.lines[above : last_line(member) - offset + 1])
    name, *inner = planned.name.split("::")[1:]
    header = member.lineno - offset - above
    lines[header] = re.sub(rf"\b{member.name}\b", name, lines[header], count=1)
    own = _indented(lines, layout.indent_of(planned.host.body[0]), layout)
    if mark is not None:
        if isinstance(member, ast.ClassDef):
            _mark_member(own, member, inner, mark, first - above)
        else:
            row = first - above
            own.insert(row, _leading(own[row]) + mark)
    return own


def _mark_member(
    own: list[str], node: ast.ClassDef, names: Sequence[str], mark: str, offset: int = 0
) -> None:
    """Puts the comment above the test in the lines of a class; ``offset`` lines stand before the class."""
    start = first_line(node)
    member: ast.stmt = node
    for name in names:
        if isinstance(member, ast.ClassDef):
            member = find_member(member, name)
    row = first_line(member) - start + offset
    own.insert(row, _leading(own[row]) + mark)


def _leading(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _indented(lines: Sequence[str], base: str, layout: Layout) -> list[str]:
    """Code under the module's own indentation."""
    unit = unit_of(lines)
    is_so = unit is None or unit == layout.indent or not layout.tree.body
    if is_so and _leading(lines[0]) == base:
        return list(lines)
    return reindent(lines, base, layout.indent)


def apply(layout: Layout, insertions: Mapping[int, Sequence[str]], patches: Sequence[Patch]) -> str:
    """The text with lines put in and patches made; a missing last newline stays missing."""
    lines = list(layout.lines)
    # From the end, so that positions hold; of two at one place the first comes first.
    for _, patch in sorted(enumerate(patches), key=lambda pair: (pair[1].start, pair[0]), reverse=True):
        (row, start), (_, end) = patch.start, patch.end
        lines[row] = lines[row][:start] + patch.text + lines[row][end:]
    newline = layout.newline
    ends_open = bool(lines) and not lines[-1].endswith(("\n", "\r"))
    result: list[str] = []
    for i in range(len(lines) + 1):
        block = insertions.get(i, ())
        if block and result and not result[-1].endswith(("\n", "\r")):
            result[-1] += newline
        result += [line + newline for line in block]
        result += lines[i : i + 1]
    text = "".join(result)
    return text.removesuffix(newline) if ends_open and text.endswith(newline) else text
