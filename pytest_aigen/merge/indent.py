"""Code under another indentation; what stands within strings is left alone."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence


def reindent(lines: Sequence[str], base: str, unit: str) -> list[str]:
    r"""Lines of complete statements, indented by ``base`` and, further in, by ``unit`` per level.

    >>> reindent(["if x:", "    y(1,", "      2)"], "\t", "\t")
    ['\tif x:', '\t\ty(1,', '\t\t  2)']
    """
    own = _indent(lines[_first(lines)])
    body = [line[len(own) :] if line.startswith(own) else line for line in lines]
    fixed, levels = _levels(body)
    result = []
    for i, line in enumerate(body):
        if i in fixed:
            result.append(lines[i])
        elif not line.strip():
            result.append(line.strip(" \t\f"))
        else:
            depth, old = levels[i]
            rest = line[len(old) :] if line.startswith(old) else line.lstrip(" \t")
            result.append(base + unit * depth + rest)
    return result


def unit_of(lines: Sequence[str]) -> str | None:
    """One level of indentation: that of the first indented line of the code."""
    own = _indent(lines[_first(lines)])
    for line in lines:
        if line.strip() and line.startswith(own) and len(_indent(line)) > len(own):
            return _indent(line)[len(own) :]
    return None


def _first(lines: Sequence[str]) -> int:
    return next(i for i, line in enumerate(lines) if line.strip())


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _levels(body: Sequence[str]) -> tuple[set[int], dict[int, tuple[int, str]]]:
    """Lines that begin within a string; for each other line its depth and the indentation of its block."""
    fixed: set[int] = set()
    levels: dict[int, tuple[int, str]] = {}
    stack = [""]
    strings: list[int] = []
    row = 0
    pending: dict[int, tuple[int, str]] = {}
    text = "".join(line + "\n" for line in body)
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        kind, name = token.type, tokenize.tok_name[token.type]
        if kind == tokenize.INDENT:
            stack.append(token.string)
        elif kind == tokenize.DEDENT:
            stack.pop()
        elif name.endswith("STRING_START"):
            strings.append(token.start[0])
        elif name.endswith("STRING_END"):
            fixed.update(range(strings.pop(), token.end[0]))
        elif kind == tokenize.STRING:
            fixed.update(range(token.start[0], token.end[0]))
        if kind in (tokenize.NL, tokenize.COMMENT) and token.start[0] > row:
            # A comment may belong to the block that ends, or begins, with the next statement: the deeper one.
            pending[token.start[0]] = _comment_level(body[token.start[0] - 1], stack)
        elif kind not in (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT):
            if token.start[0] > row:
                for number, level in pending.items():
                    levels[number - 1] = max(level, _comment_level(body[number - 1], stack))
                pending.clear()
            for number in range(max(row + 1, token.start[0]), token.end[0] + 1):
                levels[number - 1] = (len(stack) - 1, stack[-1])
            row = max(row, token.end[0])
    for i, line in enumerate(body):
        levels.setdefault(i, _comment_level(line, stack))
    return fixed, levels


def _comment_level(line: str, stack: Sequence[str]) -> tuple[int, str]:
    """The deepest open block that the comment is indented for."""
    own = _indent(line)
    depth = max(d for d, indent in enumerate(stack) if own.startswith(indent))
    return depth, stack[depth]
