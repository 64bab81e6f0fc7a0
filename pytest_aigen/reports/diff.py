"""Prints all edits as one patch that ``git apply`` takes, for ``--ai-gen-mode=diff``, and writes it to
``--ai-gen-report=diff:PATH`` in every mode.

The patch is bytes: each file's lines stand in it in the encoding of that file.
"""

from __future__ import annotations

import io
import os
import sys
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import unified
from pytest_aigen.data import Edit, Report
from pytest_aigen.reports import files

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

#: Characters in a path that git writes, and reads, as escapes within quotes.
ESCAPES = {"\\": "\\\\", '"': '\\"', **{chr(code): f"\\{code:03o}" for code in (*range(32), 127)}}


@dataclass(frozen=True, slots=True)
class Patch:
    """One unified diff of all edits; empty where nothing changes."""

    data: bytes
    #: The same, as a terminal shows it.
    text: str
    #: Test modules that a patch cannot hold, with the reason.
    left_out: Mapping[Path, str]


def patch(report: Report) -> Patch:
    """Paths are relative to the top of the git repository round the root, so that it applies from any folder in it;
    to the root where there is none. Links are followed: git changes no file through a link.
    """
    top = _top(report.root.resolve())
    data, texts, left_out = b"", "", {}
    for edit in report.edits:
        path = edit.path.resolve()
        if not path.is_relative_to(top):
            left_out[edit.path] = f"it is outside {top}"
            continue
        lines = list(_file(edit, path.relative_to(top).as_posix()))
        encoding = _encoding(edit.after)
        try:
            # Names are bytes to git, whatever stands in the file.
            data += b"".join(
                os.fsencode(line) if is_header else line.encode(encoding) for line, is_header in lines
            )
        except UnicodeError:
            left_out[edit.path] = f"its encoding, {encoding}, cannot hold the new tests"
        else:
            texts += "".join(line for line, _ in lines)
    return Patch(data, texts, left_out)


def _top(root: Path) -> Path:
    """The nearest folder that is a git work tree."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _encoding(text: str) -> str:
    """In which a Python file holds this text; a byte order mark is a character of it."""
    name, _ = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8", "surrogatepass")).readline)
    return "utf-8" if name == "utf-8-sig" else name


def _file(edit: Edit, path: str) -> Iterator[tuple[str, bool]]:
    """The lines of one file's part, each with whether it belongs to the header."""
    if edit.after == edit.before:
        return
    yield f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n", True
    if edit.before is None:
        yield "new file mode 100644\n", True
    # Where a name has a space, a tab says that it ends.
    old, new = (_quoted(side + path) + "\t" * (" " in path) for side in ("a/", "b/"))
    diff = unified.lines(edit.before or "", edit.after, "/dev/null" if edit.before is None else old, new)
    for number, line in enumerate(diff):
        yield line, number < 2


def _quoted(path: str) -> str:
    r"""A path as the header of a patch holds it.

    >>> _quoted('a/b "c".py')
    '"a/b \\"c\\".py"'
    """
    if any(character in path for character in ESCAPES):
        return '"' + "".join(ESCAPES.get(character, character) for character in path) + '"'
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    files.save("diff", lambda: patch(report).data, settings, config)
    if report.mode != "diff" or config.pluginmanager.get_plugin("terminalreporter") is None:
        return
    made = patch(report)
    _print(made, config)
    for path, reason in made.left_out.items():
        files.warn(config, f"ai-gen: not in the patch: {path}: {reason}")


def _print(made: Patch, config: pytest.Config) -> None:
    """Coloured text for a terminal; the very bytes for a pipe or a file, which ``git apply`` is to read."""
    writer = config.get_terminal_writer()
    writer.line()
    writer.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is not None and not writer.hasmarkup:
        stream.write(made.data)
        stream.flush()
        return
    for line in unified.split(unified.shown(made.text)):
        writer.write(line, **unified.markup(line))
