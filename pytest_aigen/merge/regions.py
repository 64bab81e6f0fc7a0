"""Where a module switches its import sorter or formatter off: no new import goes there."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from pytest_aigen.merge import place
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import first_line, last_line

_SWITCH = re.compile(r"#\s*(?:ruff:\s*)?(isort|fmt):\s*(off|on|skip_file)\s*$")


@dataclass(frozen=True, slots=True)
class Region:
    """``# isort: off`` to ``# isort: on``, or the same with ``fmt``; all of a module with ``# isort: skip_file``."""

    #: How many lines stand before it, and through its last; more than there are where nothing ends it.
    start: int
    end: int
    #: Imports in it may grow by a name: their order does not matter.
    may_grow: bool

    def holds(self, at: int) -> bool:
        """Whether a line that is put in behind so many others would be in it."""
        return self.start < at < self.end


def regions(layout: Layout) -> tuple[Region, ...]:
    found: list[Region] = []
    opened: dict[str, int] = {}
    beyond = len(layout.lines) + 1
    for line, tool, word in _switches(layout.text):
        if word == "skip_file":
            found.append(Region(-1, beyond, may_grow=True))
        elif word == "off":
            opened.setdefault(tool, line - 1)
        elif tool in opened:
            found.append(Region(opened.pop(tool), line, tool == "fmt"))
    return (*found, *(Region(start, beyond, tool == "fmt") for tool, start in opened.items()))


def may_grow(layout: Layout, statement: ast.stmt) -> bool:
    """Whether the sorter, if there is one, has a say about an import."""
    return all(region.may_grow or not region.holds(last_line(statement)) for region in regions(layout))


def outside_regions(layout: Layout, at: int) -> int:
    """The place for imports, moved out of the regions it is in: behind the end of each, if that is still in the header.

    Else in front of it, if nothing in it must precede imports; where neither can be, the place stays.
    """
    body = layout.tree.body
    limit = len(layout.lines) if layout.header == len(body) else place.before(layout, body[layout.header])
    for region in sorted(regions(layout), key=lambda region: region.start):
        if not region.holds(at):
            continue
        inside = [s for s in body if region.start < first_line(s) <= at]
        if region.end <= limit:
            at = region.end
        elif region.start >= 0 and not any(_must_precede(layout, s) for s in inside):
            return region.start
    return at


def _must_precede(layout: Layout, statement: ast.stmt) -> bool:
    is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return is_future or place.is_docstring(statement) or place.guards_imports(layout, statement)


def _switches(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, tool and word of each comment of its own at the left margin that switches a tool."""
    if re.search(r"^#.*(isort|fmt):", text, re.M) is None:
        return
    with suppress(tokenize.TokenError, SyntaxError):  # lines may end in ways that tokenize does not know
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            match = _SWITCH.match(token.string) if token.type == tokenize.COMMENT else None
            if match and not token.start[1]:
                yield token.start[0], match[1], match[2]
