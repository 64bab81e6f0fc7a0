"""The one writer of user files: journal first, then an atomic replacement, then the journal entry closed."""

from __future__ import annotations

import io
import os
import stat
import tokenize
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pytest_aigen import journal
from pytest_aigen.data import Edit
from pytest_aigen.errors import WriteError
from pytest_aigen.journal import recover

__all__ = ["read", "recover", "write"]

#: Called between the steps of a write with what comes next; for tests that interrupt it.
Step = Callable[[str], None]


def _no_step(name: str) -> None: ...


def read(path: Path) -> str | None:
    """A Python file's text with its newlines and byte order mark, None where there is no file. Raises WriteError."""
    data = _bytes(path)
    return None if data is None else _decode(data, path)


def write(edits: Sequence[Edit], *, root: Path, state: Path, step: Step = _no_step) -> Mapping[Path, str]:
    """Writes edits to their files; returns the paths that were not written, with the reason. The others go on.

    A file that changed since ``edit.before`` was read is not overwritten. A process that ends at any instant leaves
    each file as it was or as it was to become; `recover` tidies up at the next start.
    """
    unwritten: dict[Path, str] = {}
    for edit in edits:
        if edit.after == edit.before:
            continue
        try:
            _write_one(edit, root.resolve(), state, step)
        except WriteError as exc:
            unwritten[edit.path] = str(exc)
        except OSError as exc:
            unwritten[edit.path] = exc.strerror or str(exc)
    return unwritten


def _write_one(edit: Edit, root: Path, state: Path, step: Step) -> None:
    path = edit.path.resolve()
    if not path.is_relative_to(root):
        raise WriteError(f"it is outside {root}")
    before = _bytes(path)
    after = _encoded(edit, before, path)
    status = None if before is None else path.stat()
    step("copy")
    journal.prepare(state)
    entry = journal.new_entry(root, path, before, after)
    temporary = path.parent / entry.temporary
    try:
        if before is not None:
            journal.save_copy(state, entry, before)
        step("open entry")
        journal.open_entry(state, entry)
        step("make folders")
        path.parent.mkdir(parents=True, exist_ok=True)
        step("write temporary file")
        journal.write_through(temporary, after)
        step("keep mode")
        _keep_status(temporary, status)
        step("replace")
        if _bytes(path) != before:
            raise WriteError("it changed since it was read")
        os.replace(temporary, path)
        step("sync folder")
        journal.sync_folder(path.parent)
        step("close entry")
        journal.close_entry(state, entry)
        step("done")
    except (OSError, WriteError):
        _undo(root, state, temporary, entry)
        raise


def _undo(root: Path, state: Path, temporary: Path, entry: journal.Entry) -> None:
    """Leaves nothing of a write that failed; what cannot be removed now is left to `recover`."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
        for folder in reversed(entry.folders):
            with suppress(OSError):
                (root / folder).rmdir()
        (state / f"{entry.id}.draft").unlink(missing_ok=True)
        journal.close_entry(state, entry)


def _bytes(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none. Raises WriteError for anything but a file that can be read."""
    try:
        if path.exists() and not path.is_file():
            raise WriteError(f"{path.name} is not a file")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise WriteError(f"{path.name} cannot be read: {exc.strerror}") from exc


def _encoding(data: bytes, path: Path) -> str:
    """As Python finds it, but with the byte order mark taken for a character, so that it is kept."""
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as exc:
        raise WriteError(f"the encoding of {path.name} cannot be told: {exc}") from exc
    return "utf-8" if name == "utf-8-sig" else name


def _decode(data: bytes, path: Path) -> str:
    encoding = _encoding(data, path)
    try:
        return data.decode(encoding)
    except UnicodeError as exc:
        raise WriteError(f"{path.name} is not {encoding}: {exc}") from exc


def _encoded(edit: Edit, before: bytes | None, path: Path) -> bytes:
    """The bytes to write. Raises WriteError unless the file is what the edit was made from."""
    if before is None:
        if edit.before is not None:
            raise WriteError("it was removed since it was read")
    elif edit.before is None:
        raise WriteError("it exists by now")
    elif _decode(before, path) != edit.before or edit.before.encode(_encoding(before, path)) != before:
        raise WriteError("it changed since it was read")
    elif not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(
        path, os.W_OK
    ):
        raise WriteError("it is read-only")
    encoding = _encoding(edit.after.encode("utf-8", "surrogatepass") if before is None else before, path)
    try:
        after = edit.after.encode(encoding)
    except UnicodeError as exc:
        raise WriteError(f"its encoding, {encoding}, cannot hold the new tests: {exc}") from exc
    if after.decode(encoding) != edit.after:
        raise WriteError(f"its encoding, {encoding}, would change the new tests")
    return after


def _keep_status(path: Path, status: os.stat_result | None) -> None:
    """The owner, where the system lets us, and the mode of the file that is replaced."""
    if status is None:
        return
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, status.st_uid, status.st_gid)
    os.chmod(path, stat.S_IMODE(status.st_mode))
