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


def window(before: str, after: str, context: int) -> tuple[str, str]:
    """Two texts without the lines that both begin and end with, but so many of them: their diff is the same.

    For long texts that differ little, of which difflib would compare every line.

    >>> window("a\\nb\\nc\\nd\\n", "a\\nb\\nX\\nd\\n", 0)
    ('c\\n', 'X\\n')
    """
    head = _common(before, after)
    head = _back(before, head, context)
    tail = _common(before[head:][::-1], after[head:][::-1])
    tail = min(_ahead(text, len(text) - tail, context) for text in (before, after)) if tail else 0
    return before[head : len(before) - tail], after[head : len(after) - tail]


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning; by halves, for long ones."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _back(text: str, place: int, lines: int) -> int:
    """The beginning of the line that is so many lines before that of a place."""
    for _ in range(lines + 1):
        place = text.rfind("\n", 0, place)
        if place < 0:
            return 0
    return place + 1


def _ahead(text: str, place: int, lines: int) -> int:
    """How many characters follow the line that is so many lines behind that of a place."""
    for _ in range(lines + 1):
        place = text.find("\n", place) + 1
        if not place:
            return 0
    return len(text) - place
