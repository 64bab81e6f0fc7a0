"""The codemod: a candidate and the text of a test module become the text of the module with the test in it."""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from pytest_aigen.data import Candidate, Edit, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import imports, place
from pytest_aigen.merge.hosts import find_member
from pytest_aigen.merge.imports import Binding, Patch
from pytest_aigen.merge.indent import reindent, unit_of
from pytest_aigen.merge.layout import BOM, Layout, read
from pytest_aigen.merge.parts import Part, Parts, take_apart
from pytest_aigen.merge.plan import Plan, plan
from pytest_aigen.merge.scope import FUNCTION, check_compiles, first_line, last_line


def merge(
    before: str | None,
    candidate: Candidate,
    *,
    path: Path,
    reserved: Collection[str] = (),
    comment: bool = True,
) -> Edit:
    """The module with the candidate's test in it; ``before`` is its text, None or empty where there is none yet.

    Only adds: every old line stays as it is, but for ``from x import a`` statements, which may grow by names. Names
    that exist are never bound anew: helpers that the module has already are shared, others get another name.
    ``reserved`` are names of fixtures that are visible in the module from elsewhere. Where the module has the very
    test already, ``after`` equals ``before`` and ``tests`` is empty. Raises MergeError where that cannot be done.
    """
    bom = BOM if before is not None and before.startswith(BOM) else ""
    text = (before or "").removeprefix(BOM)
    try:
        layout = read(text)
    except SyntaxError as exc:
        raise MergeError(f"{path.name} does not parse: {exc}") from exc
    parts = take_apart(candidate.code, candidate.name)
    resolve = imports.resolver(_package(path, candidate.target))
    planned = plan(layout, parts, candidate.name, reserved, resolve)
    if planned.is_there:
        return Edit(path, before, before or "", ())
    mark = _mark(candidate.target) if comment else None
    first_party = candidate.target.module.partition(".")[0]
    after = bom + _write(layout, planned, mark, first_party, candidate.target.gap.qualname, resolve)
    _check(after.removeprefix(BOM), path)
    return Edit(path, before, after, (planned.name,))


def _mark(target: Target) -> str:
    name = f":{target.gap.qualname}" if target.gap.qualname else ""
    return f"# aigen: {target.module}{name}"


def _package(path: Path, target: Target) -> str:
    """The package of the test module, told from where the module under test lies; empty if that does not tell."""
    root = target.gap.path.parent
    parts = target.module.split(".")
    for _ in parts if target.gap.path.name == "__init__.py" else parts[:-1]:
        root = root.parent
    return ".".join(path.parent.relative_to(root).parts) if path.is_relative_to(root) else ""


def _check(after: str, path: Path) -> None:
    try:
        check_compiles(after, str(path))
    except SyntaxError as exc:
        raise MergeError(f"{path.name} would not compile with the candidate: {exc}") from exc
    declared = re.match(r"(?:#[^\r\n]*(?:\r\n|\r|\n))?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", after)
    if declared is not None:
        try:
            after.encode(codecs.lookup(declared[1]).name)
        except (LookupError, UnicodeError) as exc:
            raise MergeError(f"{path.name} cannot hold the candidate in its encoding: {exc}") from exc


# ------------------------------------------------------------------------------------------------ writing


def _write(
    layout: Layout,
    planned: Plan,
    mark: str | None,
    first_party: str,
    qualname: str,
    resolve: imports.Resolve,
) -> str:
    insertions: list[tuple[int, list[str]]] = []
    patches, rest = _grow(layout, planned.imports, resolve)
    header = place.for_imports(layout)
    blocks = imports.render(rest, first_party)
    if blocks:
        insertions.append((header, _import_lines(layout, blocks, header)))
    code = [planned.parts.parts[i] for i in planned.helpers]
    test = planned.parts.parts[planned.parts.test]
    if planned.host is None:
        needed = planned.parts.needs((*code, test))
        at = max(place.for_test(layout, qualname, needed), header)
        block = _block(layout, code, planned, test, mark)
    else:
        at = max(place.before(layout, planned.host), header)
        block = _block(layout, code, planned, None, mark)
    if block:
        insertions.append((at, _surround(layout, block, at, bool(blocks) and at == header)))
    if planned.host is not None:
        end = place.in_class(layout, planned.host)
        insertions.append((end, ["", *_method(layout, planned, mark)]))
    return _apply(layout, insertions, patches)


def _grow(
    layout: Layout, new: Sequence[Binding], resolve: imports.Resolve
) -> tuple[list[Patch], list[Binding]]:
    """Patches of ``from`` statements in the header that take new names, and the bindings that need a statement."""
    hosts = [
        s
        for s in layout.tree.body[: layout.header]
        if isinstance(s, ast.ImportFrom) and s.names[0].name != "*" and imports.may_grow(s, layout.lines)
    ]
    wanted: dict[int, list[Binding]] = {}
    rest: list[Binding] = []
    for binding in new:
        if binding.attribute in (None, "*") or binding.module == "__future__":
            rest.append(binding)
            continue
        target = resolve(binding.module, binding.level)
        index = next((i for i, s in enumerate(hosts) if resolve(s.module or "", s.level) == target), None)
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


def _import_lines(layout: Layout, blocks: list[list[str]], at: int) -> list[str]:
    """Import statements with the blank lines around them."""
    if not layout.tree.body:
        lines: list[str] = []
        for block in blocks:
            lines += [*([""] if lines else []), *block]
        return ["", *lines] if at and not place.blank_before(layout, at) else lines
    lines = [line for block in blocks for line in block]
    last = [s for s in layout.tree.body if last_line(s) == at]
    follows_import = bool(last) and isinstance(last[-1], (ast.Import, ast.ImportFrom))
    if follows_import and getattr(last[-1], "module", None) == "__future__":
        follows_import = False
    if at and not follows_import and not place.blank_before(layout, at):
        lines.insert(0, "")
    following = place.blank_after(layout, at)
    if following is not None and not follows_import:
        is_definition = any(
            isinstance(s, (*FUNCTION, ast.ClassDef)) for s in layout.tree.body[:1] if first_line(s) > at
        )
        lines += [""] * ((2 if is_definition else 1) - following)
    return lines


def _surround(layout: Layout, block: list[str], at: int, behind_new_imports: bool) -> list[str]:
    """A top-level block with two blank lines on either side."""
    lines = list(block)
    if behind_new_imports:
        lines[:0] = ["", ""]
    elif at:
        lines[:0] = [""] * max(0, 2 - place.blank_before(layout, at))
    following = place.blank_after(layout, at)
    if following is not None:
        lines += [""] * max(0, 2 - following)
    return lines


def _block(
    layout: Layout, code: Sequence[Part], planned: Plan, test: Part | None, mark: str | None
) -> list[str]:
    """Helpers, then the test, as lines."""
    lines: list[str] = []
    previous: Part | None = None
    parts = [*code] if test is None else [*code, test]
    for part in sorted(parts, key=planned.parts.parts.index):
        own = _indented(layout, part.lines)
        if part is test and mark is not None:
            own = _marked(planned, own, mark)
        if previous is not None:
            both_plain = not previous.is_definition and not part.is_definition
            lines += [] if both_plain else ["", ""]
        lines += [*part.comments, *own]
        previous = part
    return lines


def _marked(planned: Plan, own: list[str], mark: str) -> list[str]:
    """The test under its comment; that of a method stands within the class."""
    if "::" not in planned.name:
        return [mark, *own]
    return own


def _indented(layout: Layout, lines: Sequence[str]) -> list[str]:
    """Code under the module's own indentation."""
    unit = unit_of(lines)
    if unit is None or unit == layout.indent or not layout.tree.body:
        return list(lines)
    return reindent(lines, "", layout.indent)


def _method(layout: Layout, planned: Plan, mark: str | None) -> list[str]:
    raise NotImplementedError


def _apply(layout: Layout, insertions: Sequence[tuple[int, list[str]]], patches: Sequence[Patch]) -> str:
    """The text with lines put in and patches made; a missing last newline stays missing."""
    lines = list(layout.lines)
    for patch in sorted(patches, key=lambda p: p.start, reverse=True):
        (row, start), (_, end) = patch.start, patch.end
        lines[row] = lines[row][:start] + patch.text + lines[row][end:]
    newline = layout.newline
    ends_open = bool(lines) and not lines[-1].endswith(("\n", "\r"))
    result: list[str] = []
    for i in range(len(lines) + 1):
        for _, block in (insertion for insertion in insertions if insertion[0] == i):
            if result and not result[-1].endswith(("\n", "\r")):
                result[-1] += newline
            result += [line + newline for line in block]
        result += lines[i : i + 1]
    text = "".join(result)
    return text.removesuffix(newline) if ends_open and text.endswith(newline) else text
