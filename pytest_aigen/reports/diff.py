"""Prints all edits as one patch that ``git apply`` takes, for ``--ai-gen-mode=diff``."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen.data import Edit, Report

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

COLOURS = {"+": "green", "-": "red", "@": "cyan"}
#: Characters in a path that git writes, and reads, as escapes within quotes.
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def patch(report: Report) -> str:
    """One unified diff with paths relative to the root; empty where nothing changes."""
    return "".join(part for edit in report.edits for part in _file(edit, report.root))


def _file(edit: Edit, root: Path) -> Iterator[str]:
    before, after = _split(edit.before or ""), _split(edit.after)
    path = Path(os.path.relpath(edit.path, root)).as_posix()
    old = "/dev/null" if edit.before is None else _quoted(f"a/{path}")
    for line in difflib.unified_diff(before, after, old, _quoted(f"b/{path}")):
        if line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n\\ No newline at end of file\n"


def _split(text: str) -> list[str]:
    """Lines as git sees them: ended by a line feed and by nothing else, such as a form feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _quoted(path: str) -> str:
    """A path as the header of a patch holds it.

    >>> _quoted("a/b c.py")
    'a/b c.py\\t'
    """
    if any(character in path for character in ESCAPES):
        return '"' + "".join(ESCAPES.get(character, character) for character in path) + '"'
    return f"{path}\t" if " " in path else path


@pytest.hookimpl(tryfirst=True)
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    if report.mode != "diff":
        return
    writer = config.get_terminal_writer()
    writer.line()
    for line in _split(patch(report)):
        colour = COLOURS.get(line[:1])
        writer.write(line, **({colour: True} if colour else {}))
