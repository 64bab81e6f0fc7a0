"""Imports by meaning: what each binds, which exist already, how a statement grows, how new ones are written."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_aigen.merge.scope import FUNCTION, is_type_checking

#: Lines longer than this are wrapped.
WIDTH = 88

_BLOCK = (ast.stmt, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, slots=True)
class Binding:
    """One name that an import gives: ``from module import attribute as name``, or ``import module as name``."""

    module: str
    attribute: str | None
    name: str
    level: int = 0

    @property
    def is_dotted(self) -> bool:
        """``import a.b``, which binds ``a``."""
        return (
            self.attribute is None and self.name != self.module and self.name == self.module.partition(".")[0]
        )

    @property
    def meaning(self) -> tuple[str, str | None, int]:
        """What the bound name stands for; equal for ``import a`` and ``import a.b``."""
        return (self.name if self.is_dotted else self.module, self.attribute, self.level)

    @property
    def alias(self) -> str:
        """As it stands behind ``import``: ``a``, ``a as b``."""
        plain = self.module if self.attribute is None else self.attribute
        return plain if self.is_dotted or self.name == plain else f"{plain} as {self.name}"

    def named(self, name: str) -> Binding:
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class Bound:
    """A binding and where it stands."""

    binding: Binding
    statement: ast.Import | ast.ImportFrom
    #: Directly at the top of the module, not within a block.
    at_top: bool
    #: False within ``if TYPE_CHECKING:``.
    at_run_time: bool

    @property
    def name(self) -> str:
        return self.binding.name

    @property
    def module(self) -> str:
        return self.binding.module

    @property
    def attribute(self) -> str | None:
        return self.binding.attribute


def of_statement(statement: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            yield Binding(alias.name, None, alias.asname or alias.name.partition(".")[0])
        else:
            module = statement.module or ""
            yield Binding(module, alias.name, alias.asname or alias.name, statement.level)


def bindings(tree: ast.AST, *, at_top: bool = True, at_run_time: bool = True) -> Iterator[Bound]:
    """The import bindings of a module's own scope, those within its blocks included."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            for binding in of_statement(child):
                yield Bound(binding, child, at_top, at_run_time)
        elif isinstance(child, ast.If) and is_type_checking(child):
            yield from bindings(ast.Module(child.body, []), at_top=False, at_run_time=False)
            yield from bindings(ast.Module(child.orelse, []), at_top=False, at_run_time=at_run_time)
        elif isinstance(child, _BLOCK) and not isinstance(child, (*FUNCTION, ast.ClassDef)):
            yield from bindings(child, at_top=False, at_run_time=at_run_time)


def relative(binding: Binding, package: str) -> Binding:
    """The binding as a module within ``package`` writes it relatively; itself where that is not possible.

    >>> relative(Binding("shop.cart", "add", "add"), "shop.tests").level
    2
    """
    here, there = package.split("."), binding.module.split(".")
    if binding.level or binding.attribute is None or not package or here[0] != there[0]:
        return binding
    common = next((i for i, (a, b) in enumerate(zip(here, there)) if a != b), min(len(here), len(there)))
    return replace(binding, module=".".join(there[common:]), level=len(here) - common + 1)


# ------------------------------------------------------------------------------------------------ writing


def isort_key(attribute: str) -> tuple[int, str, str]:
    """Constants, classes, the rest; as isort and ruff order the names of one statement."""
    kind = 0 if attribute.isupper() and len(attribute) > 1 else 1 if attribute[:1].isupper() else 2
    return (kind, attribute.lower(), attribute)


def render_from(module: str, aliases: Iterable[str]) -> list[str]:
    """Lines, without ends, of one ``from`` statement."""
    names = sorted(set(aliases), key=isort_key)
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def section(binding: Binding, first_party: str) -> int:
    """0 ``__future__``, 1 standard library, 2 third party, 3 first party, 4 relative."""
    if binding.level:
        return 4
    top = binding.module.partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top == first_party else 2


@dataclass(frozen=True, slots=True)
class Statement:
    """An import statement to write."""

    section: int
    is_from: bool
    module: str
    lines: tuple[str, ...]

    @property
    def key(self) -> tuple[int, bool, str]:
        """Its place among others, as isort and ruff order them by default."""
        return (self.section, self.is_from, self.module.lower())


def render(new: Iterable[Binding], first_party: str) -> list[Statement]:
    """New statements, sorted; names from one module share one."""
    joined: dict[tuple[int, str, str], list[Binding]] = {}
    for binding in new:
        dotted = "." * binding.level + binding.module
        # Plain imports and "*" stay statements of their own.
        own = binding.alias if binding.attribute in (None, "*") else ""
        joined.setdefault((section(binding, first_party), dotted, own), []).append(binding)
    statements = []
    for (place, dotted, own), bindings_ in joined.items():
        is_from = bindings_[0].attribute is not None
        lines = render_from(dotted, (b.alias for b in bindings_)) if is_from else [f"import {own}"]
        statements.append(Statement(place, is_from, dotted, tuple(lines)))
    return sorted(statements, key=lambda s: (s.key, s.lines))


# ------------------------------------------------------------------------------------------------ growing


@dataclass(frozen=True, slots=True)
class Patch:
    """Text to put in place of a piece of text: (line from 0, column) to (line, column)."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def may_grow(statement: ast.ImportFrom, lines: Sequence[str]) -> bool:
    assert statement.end_lineno is not None
    text = "".join(lines[statement.lineno - 1 : statement.end_lineno])
    return not re.search(r"#.*(noqa|isort|ruff|fmt)", text) and ";" not in text


def grow(
    statement: ast.ImportFrom, aliases: Iterable[str], lines: Sequence[str], newline: str
) -> list[Patch] | None:
    """Patches that add names to a ``from`` statement; None where a statement of its own reads better."""
    old = [a.name if a.asname is None else f"{a.name} as {a.asname}" for a in statement.names]
    new = sorted(set(aliases), key=isort_key)
    is_sorted = old == sorted(old, key=isort_key)
    ends = [_end(alias, lines) for alias in statement.names]
    rows = [line for line, _ in ends]
    if len(set(rows)) == len(rows) and statement.lineno - 1 < rows[0]:
        return _grow_rows(statement, old, new, is_sorted, ends, lines, newline)
    first, last = statement.lineno - 1, (statement.end_lineno or 0) - 1
    line = lines[first].rstrip("\r\n")
    if first == last and len(line) + sum(len(name) + 2 for name in new) > WIDTH:
        if "(" in line or "#" in line:
            return None
        wrapped = sorted(old + new, key=isort_key) if is_sorted else old + new
        module = "." * statement.level + (statement.module or "")
        rendered = [f"from {module} import (", *(f"    {name}," for name in wrapped), ")"]
        start = len(line) - len(line.lstrip())
        return [Patch((first, start), (first, len(line.rstrip())), newline.join(rendered))]
    patches = []
    for name in new:
        at = _position(old, name) if is_sorted else len(old)
        if at:
            patches.append(Patch(ends[at - 1], ends[at - 1], f", {name}"))
        else:
            start_at = (statement.names[0].lineno - 1, _column(statement.names[0], lines))
            patches.append(Patch(start_at, start_at, f"{name}, "))
    return patches


def _grow_rows(
    statement: ast.ImportFrom,
    old: list[str],
    new: list[str],
    is_sorted: bool,
    ends: list[tuple[int, int]],
    lines: Sequence[str],
    newline: str,
) -> list[Patch] | None:
    """New names on lines of their own, where the old ones stand so."""
    patches: list[Patch] = []
    comma_needed = not lines[ends[-1][0]][ends[-1][1] :].lstrip().startswith(",")
    first = lines[ends[0][0]]
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if first.strip().startswith("(") or "\\" in first or (statement.end_lineno or 0) - 1 == ends[-1][0]:
        last = ends[-1]
        return [Patch(last, last, "".join(f", {name}" for name in new))]
    for i, name in enumerate(new):
        at = _position(old, name) if is_sorted else len(old)
        row = ends[at - 1][0] + 1 if at else ends[0][0]
        comma = ","
        if comma_needed and at == len(old):
            if not any(patch.text == "," for patch in patches):
                patches.append(Patch(ends[-1], ends[-1], ","))
            comma = "," if i + 1 < len(new) else ""
        patches.append(Patch((row, 0), (row, 0), f"{indent}{name}{comma}{newline}"))
    return patches


def _position(old: Sequence[str], name: str) -> int:
    return sum(isort_key(other) < isort_key(name) for other in old)


def _column(node: ast.alias, lines: Sequence[str]) -> int:
    return len(lines[node.lineno - 1].encode()[: node.col_offset].decode())


def _end(node: ast.alias, lines: Sequence[str]) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno - 1, len(lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode())
