"""Edits as patches that ``git apply`` takes, and the files that keep those that could not be written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pytest_aigen import statefolder, texts, unified
from pytest_aigen.data import Edit
from pytest_aigen.errors import WriteError

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


def patch(edits: Iterable[Edit], root: Path) -> Patch:
    """The edits as one patch. Paths are relative to the top of the git repository round the root, so that it applies from any folder in it;
    to the root where there is none. Links are followed: git changes no file through a link.
    """
    top = _top(root.resolve())
    data, shown, left_out = b"", "", {}
    for edit in edits:
        path = edit.path.resolve()
        if not path.is_relative_to(top):
            left_out[edit.path] = f"it is outside {top}"
            continue
        lines = list(_file(edit, path.relative_to(top).as_posix()))
        try:
            encoding = texts.declared(edit.after, path.name)
            # Names are bytes to git, whatever stands in the file.
            data += b"".join(
                os.fsencode(line) if is_header else line.encode(encoding) for line, is_header in lines
            )
        except WriteError as error:
            left_out[edit.path] = str(error)
        except UnicodeError:
            left_out[edit.path] = f"its encoding, {encoding}, cannot hold the new tests"
        else:
            shown += "".join(line for line, _ in lines)
    return Patch(data, shown, left_out)


def _top(root: Path) -> Path:
    """The nearest folder that is a git work tree."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


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
    """The patch, or what comes nearest to it where none can hold the edit."""
    head = f"Not written: {' '.join(reason.split())}\n".encode("utf-8", "replace")
    made = patch([edit], root)
    if not made.left_out:
        return head + made.data
    path = Path(os.path.relpath(edit.path, root)).as_posix()
    return head + "".join(line for line, _ in _file(edit, path)).encode("utf-8", "backslashreplace")


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
