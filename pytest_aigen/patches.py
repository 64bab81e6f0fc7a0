"""Edits as patches that ``git apply`` takes, and the files that keep those that could not be written."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from pytest_aigen import statefolder, texts
from pytest_aigen.data import Edit
from pytest_aigen.errors import WriteError

#: Characters in a path that git writes, and reads, as escapes within quotes.
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def unified(edit: Edit, root: Path) -> str:
    """A unified diff with a path relative to the root; empty where nothing changes."""
    return "".join(_rows(edit, root))


def _rows(edit: Edit, root: Path) -> Iterator[str]:
    before, after = rows(edit.before or ""), rows(edit.after)
    path = Path(os.path.relpath(edit.path, root)).as_posix()
    old = "/dev/null" if edit.before is None else _quoted(f"a/{path}")
    for line in difflib.unified_diff(before, after, old, _quoted(f"b/{path}")):
        if line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n\\ No newline at end of file\n"


def rows(text: str) -> list[str]:
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


def saved(edit: Edit, reason: str, *, root: Path) -> Path:
    """Keeps an edit that was not written, with the reason, in a new patch file, and returns its path.

    That is below ``.pytest_aigen/unwritten``, else in a temporary folder. Raises OSError where there is no room in either.
    """
    data = _data(edit, reason, root)
    stem = re.sub(r"[^\w.-]+", "-", Path(os.path.relpath(edit.path, root)).with_suffix("").as_posix())[-60:]
    try:
        return _new_file(statefolder.made(root / statefolder.NAME / "unwritten"), stem.strip("-."), data)
    except (OSError, WriteError):
        folder = Path(tempfile.mkdtemp(prefix="pytest-aigen-unwritten-"))
        try:
            return _new_file(folder, stem.strip("-."), data)
        except OSError:
            folder.rmdir()
            raise


def _data(edit: Edit, reason: str, root: Path) -> bytes:
    """In bytes that fit the file, so that the patch applies to it; the path in its head is in those of the system."""
    try:
        used = texts.declared(edit.after if edit.before is None else edit.before, edit.path.name)
    except WriteError:
        used = "utf-8"
    head, body = f"Not written: {' '.join(reason.split())}\n".encode("utf-8", "replace"), b""
    for number, row in enumerate(_rows(edit, root)):
        body += os.fsencode(row) if number < 2 else row.encode(used, "backslashreplace")
    return head + body


def _new_file(folder: Path, stem: str, data: bytes) -> Path:
    """No earlier patch is overwritten."""
    for number in count(1):
        path = folder / (f"{stem}.patch" if number == 1 else f"{stem}-{number}.patch")
        try:
            with open(path, "xb") as file:
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    path.unlink()
                    raise
            return path
        except FileExistsError:
            continue
    raise AssertionError
