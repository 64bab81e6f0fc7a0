"""Unified diffs: lines as git sees them, and how a terminal shows them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def lines(before: str, after: str, old: str, new: str) -> Iterator[str]:
    """The diff of two texts under two names, headers first; nothing where they are equal."""
    for line in difflib.unified_diff(split(before), split(after), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def split(text: str) -> list[str]:
    """Lines as git sees them: ended by a line feed and by nothing else, such as a form feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def markup(line: str) -> dict[str, bool]:
    """What a terminal writer of pytest is to do with a line of a diff.

    >>> markup("+x = 1")
    {'green': True}
    """
    return {_COLOURS[line[0]]: True} if line[:1] in _COLOURS else {}


def shown(text: str) -> str:
    """Text without what a terminal would obey instead of showing it.

    >>> shown("a\\x1b[2Jb\\n")
    'a?[2Jb\\n'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else "" if c == "\r" else "?" for c in text)
