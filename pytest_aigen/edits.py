"""Changes to a source text, described by syntax tree positions and made at once."""

from __future__ import annotations

import ast
from typing import TypeAlias

Placed: TypeAlias = ast.stmt | ast.expr | ast.arg | ast.alias | ast.keyword


class Edits:
    """Collects changes; those that overlap an earlier one are dropped."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = source.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._changes: list[tuple[int, int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._changes)

    def offset(self, line: int, column: int) -> int:
        """Index into the source of a tree position, whose columns count bytes of UTF-8."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self._starts[line - 1] + column

    def start(self, node: Placed) -> int:
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Placed) -> int:
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text(self, node: Placed) -> str:
        return self.source[self.start(node) : self.end(node)]

    def whole(self, node: ast.stmt) -> tuple[int, int]:
        """Where a statement stands, its decorators included."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        if not decorators:
            return self.start(node), self.end(node)
        return self.source.rindex("@", 0, self.start(decorators[0])), self.end(node)

    def splice(self, start: int, end: int, text: str) -> None:
        if all(end <= s or start >= e for s, e, _ in self._changes if (s, e) != (start, end) or s != e):
            self._changes.append((start, end, text))

    def replace(self, node: Placed, text: str, expected: str | None = None) -> None:
        """Put ``text`` for the node; nothing where the source there is not ``expected``.

        Positions inside f-strings are wrong before Python 3.12.
        """
        if expected is None or self.text(node) == expected:
            self.splice(self.start(node), self.end(node), text)

    def decorate(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorator: str) -> None:
        """Add a decorator, the innermost."""
        at = self.start(node)
        self.splice(at, at, f"@{decorator}\n{' ' * node.col_offset}")

    def apply(self) -> str:
        source = self.source
        order = sorted(range(len(self._changes)), key=lambda i: (self._changes[i][0], i), reverse=True)
        for start, end, text in (self._changes[i] for i in order):
            source = source[:start] + text + source[end:]
        return source
