"""What a module of text consists of: lines, top-level statements, names, imports. Reading only."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pytest_aigen.merge.imports import Bound, bindings
from pytest_aigen.merge.scope import (
    ASKING,
    FUNCTION,
    bound_names,
    first_line,
    fixture_name,
    global_names,
    is_type_checking,
    last_line,
    parameters,
    parse,
)

BOM = "\ufeff"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split_lines(text: str) -> tuple[str, ...]:
    r"""Lines as Python counts them, each with its end: only ``\n``, ``\r\n`` and ``\r`` end one."""
    return tuple(_LINE.findall(text))


def common_newline(text: str) -> str:
    """The newline that most lines end with."""
    ends = Counter(re.findall(r"\r\n|\r|\n", text))
    return max(ends, key=lambda end: (ends[end], end == "\n")) if ends else "\n"


@dataclass(frozen=True)
class Layout:
    """The text of a module, without its byte order mark, and what stands where in it."""

    text: str
    tree: ast.Module
    lines: tuple[str, ...]

    @cached_property
    def newline(self) -> str:
        return common_newline(self.text)

    @cached_property
    def indent(self) -> str:
        """One level of indentation, taken from the first indented block; four spaces if there is none."""
        for statement in self.tree.body:
            body = getattr(statement, "body", None)
            if isinstance(body, list) and body and body[0].lineno > statement.lineno:
                return self.indent_of(body[0])
        return "    "

    def indent_of(self, statement: ast.stmt) -> str:
        line = self.lines[first_line(statement) - 1]
        return line[: len(line) - len(line.lstrip(" \t\f"))]

    @cached_property
    def bound(self) -> Mapping[str, tuple[ast.stmt, ...]]:
        """Name -> the top-level statements that bind it at run time, in order; blocks count as one statement."""
        return self._binders(at_run_time=True)

    @cached_property
    def owners(self) -> Mapping[str, tuple[ast.stmt, ...]]:
        """The same with what is bound for type checkers only."""
        return self._binders(at_run_time=False)

    def _binders(self, *, at_run_time: bool) -> dict[str, tuple[ast.stmt, ...]]:
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            inner: list[ast.stmt] = [statement]
            if at_run_time and isinstance(statement, ast.If) and is_type_checking(statement):
                inner = statement.orelse
            for name in {name for node in inner for name in bound_names(node)}:
                found.setdefault(name, []).append(statement)
        return {name: tuple(statements) for name, statements in found.items()}

    @cached_property
    def imports(self) -> tuple[Bound, ...]:
        """Every name that an import statement outside functions and classes binds, in order."""
        return tuple(bindings(self.tree))

    @cached_property
    def header(self) -> int:
        """How many statements stand before the first function or class."""
        for i, statement in enumerate(self.tree.body):
            if isinstance(statement, (*FUNCTION, ast.ClassDef)):
                return i
        return len(self.tree.body)

    def is_taken(self, name: str) -> bool:
        """Whether a newcomer must not bind a name at the top: it is bound, or found in the builtins or by a ``*``."""
        if name in self.owners or name in self._declared_global:
            return True
        return (name in _BUILTINS or self._has_star) and name in self._globals

    @cached_property
    def _has_star(self) -> bool:
        return any(b.name == "*" for b in self.imports)

    @cached_property
    def _globals(self) -> frozenset[str]:
        return global_names(self.text)

    @cached_property
    def _declared_global(self) -> frozenset[str]:
        lines = re.findall(r"^[ \t]+global ([^\r\n#;]+)", self.text, re.M)
        return frozenset(word for line in lines for word in re.findall(r"\w+", line))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Names by which its tests ask for fixtures: a new fixture so called would be theirs too."""
        found: set[str] = set()
        bodies: list[list[ast.stmt]] = [self.tree.body]
        while bodies:
            for statement in bodies.pop():
                if isinstance(statement, FUNCTION):
                    found.update(parameters(statement))
                elif isinstance(statement, ast.ClassDef):
                    bodies.append(statement.body)
        calls = re.findall(rf"\b(?:{'|'.join(sorted(ASKING))})\(([^()]*)\)", self.text)
        return frozenset(found.union(*(re.findall(r"\w+", call) for call in calls)))

    @cached_property
    def fixtures(self) -> frozenset[str]:
        """Fixtures defined at the top."""
        return frozenset(name for s in self.tree.body if (name := fixture_name(s)) is not None)

    @cached_property
    def has_tests(self) -> bool:
        return any(name.startswith(("test", "Test")) for name in self.bound)

    def source(self, statement: ast.stmt) -> str:
        return "".join(self.lines[first_line(statement) - 1 : last_line(statement)])

    @cached_property
    def dumps(self) -> dict[int, str]:
        """A cache of `dump`, by identity of the statement."""
        return {}

    def dump(self, statement: ast.stmt) -> str:
        """A statement of this module without whitespace, comments and positions: equal for equal code."""
        if id(statement) not in self.dumps:
            self.dumps[id(statement)] = ast.dump(statement)
        return self.dumps[id(statement)]


_BUILTINS = frozenset(dir(builtins))


@lru_cache(maxsize=8)
def read(text: str) -> Layout:
    """The layout of a text without a byte order mark. Raises SyntaxError."""
    return Layout(text, parse(text), split_lines(text))
