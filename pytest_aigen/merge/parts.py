"""A candidate taken apart: imports, the pieces of code that its test needs, the test itself."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.imports import Binding, of_statement
from pytest_aigen.merge.layout import BOM, split_lines
from pytest_aigen.merge.narrow import narrow
from pytest_aigen.merge.scope import (
    annotation_words,
    bound_names,
    first_line,
    fixture_name,
    fixture_requests,
    global_names,
    last_line,
    parse,
)

_IMPORT = (ast.Import, ast.ImportFrom)
_MARK = re.compile(r"^[ \t]*# aigen: \S+[ \t]*(?:\r\n|\r|\n)", re.M)


@dataclass(frozen=True, slots=True)
class Part:
    """A top-level statement that is no import, with the comments above it; lines without their ends."""

    statement: ast.stmt
    comments: tuple[str, ...]
    lines: tuple[str, ...]
    #: Names that it binds at the top.
    names: frozenset[str]
    #: The name under which it is a fixture.
    fixture: str | None

    @property
    def is_definition(self) -> bool:
        return isinstance(self.statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


@dataclass(frozen=True)
class Parts:
    """A candidate's code."""

    code: str
    tree: ast.Module
    imports: tuple[Binding, ...]
    parts: tuple[Part, ...]
    #: Index of the part that is, or holds, the test.
    test: int

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything that looks like a name, wherever it stands."""
        return frozenset(re.findall(r"\w+", self.code))

    @cached_property
    def definitions(self) -> Mapping[str, tuple[str, ...]]:
        """Name -> the code that binds it, without whitespace and comments."""
        found: dict[str, list[str]] = {}
        for part in self.parts:
            for name in part.names:
                found.setdefault(name, []).append(ast.dump(part.statement))
        return {name: tuple(dumps) for name, dumps in found.items()}

    @cached_property
    def requests(self) -> frozenset[str]:
        return fixture_requests(self.tree)

    @cached_property
    def globals(self) -> frozenset[str]:
        return global_names(self.code)

    def needs(self, kept: tuple[Part, ...]) -> frozenset[str]:
        """Names of the module's scope that these parts use; fixtures that were imported among them."""
        tree = ast.Module([part.statement for part in kept], [])
        names = global_names(ast.unparse(tree)) if len(kept) < len(self.parts) else self.globals
        return names.union(
            *(annotation_words(part.statement) | fixture_requests(part.statement) for part in kept)
        )


@lru_cache(maxsize=256)
def take_apart(code: str, name: str) -> Parts:
    """The parts of a candidate whose test is ``name``. Raises MergeError."""
    code = _MARK.sub("", code.removeprefix(BOM))
    try:
        tree = parse(code)
        narrowed = narrow(code, tree, list(split_lines(code)), name)
        if narrowed is not None:
            code, tree = narrowed, parse(narrowed)
    except SyntaxError as exc:
        raise MergeError(f"the candidate {name} is not valid Python: {exc}") from exc
    lines = [line.rstrip("\r\n") for line in split_lines(code)]
    rebound = {name for s in tree.body if not isinstance(s, _IMPORT) for name in bound_names(s)}
    imports: list[Binding] = []
    parts: list[Part] = []
    test = -1
    end = 0
    top = name.partition("::")[0]
    for i, statement in enumerate(tree.body):
        first, last = first_line(statement) - 1, last_line(statement)
        above, own = _cut(statement, lines, end, first, last)
        end = last
        if isinstance(statement, _IMPORT):
            twice = rebound.intersection(bound_names(statement))
            if twice:
                raise MergeError(f"the candidate {name} imports {min(twice)} and binds it again")
            imports += of_statement(statement)
        elif not (i == 0 and _is_docstring(statement)):
            if getattr(statement, "name", None) == top:
                test = len(parts)
            names = frozenset(bound_names(statement))
            parts.append(Part(statement, above, own, names, fixture_name(statement)))
    for part in parts:
        others = [p for p in parts if p is not part and (p.fixture == part.fixture or p.names & part.names)]
        if part.fixture is not None and others:
            raise MergeError(f"the candidate {name} has two definitions of its fixture {part.fixture}")
    if test < 0:
        raise MergeError(f"the candidate has no {name}")
    _refuse_rebinding(parts, name)
    return Parts(code, tree, tuple(imports), tuple(parts), test)


def _refuse_rebinding(parts: Sequence[Part], test: str) -> None:
    """What a value has of a name that is bound twice depends on where it stands, which joining changes."""
    counts = Counter(name for part in parts for name in part.names)
    for part in parts:
        if not part.is_definition:
            nodes = ast.walk(part.statement)
            read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            if twice := read & (part.names | {name for name, count in counts.items() if count > 1}):
                raise MergeError(f"the candidate {test} binds {min(twice)} anew from what it was")


def _cut(
    statement: ast.stmt, lines: list[str], end: int, first: int, last: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The comments above a statement and its own lines, cut out of a line that it shares with others."""
    above = tuple(line.rstrip() for line in lines[min(end, first) : first] if line.strip())
    own = lines[first:last]
    assert statement.end_col_offset is not None
    tail = own[-1].encode()[statement.end_col_offset :].decode()
    if ";" in tail.partition("#")[0]:
        own[-1] = own[-1].encode()[: statement.end_col_offset].decode()
    if statement.col_offset and first == statement.lineno - 1:
        own[0] = own[0].encode()[statement.col_offset :].decode()
    return above, tuple(own)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
