"""The one writer of user files: journal first, then an atomic replacement, then the journal entry closed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pytest_aigen import journal, statefolder, texts
from pytest_aigen.data import Edit
from pytest_aigen.errors import FileChanged, WriteError
from pytest_aigen.journal import recover

__all__ = ["check", "read", "recover", "write"]

#: Called between the steps of a write with what comes next; for tests that interrupt it.
Step = Callable[[str], None]


def _no_step(name: str) -> None: ...


def read(path: Path) -> str | None:
    """A Python file's text with its newlines and byte order mark, None where there is no file. Raises WriteError."""
    data = _bytes(path)
    return None if data is None else texts.decode(data, path.name)


def check(path: Path, *, root: Path) -> None:
    """Raises WriteError where no test can ever be added to this file: it is outside the root, is not text, is a folder.

    Whether the system lets us write shows when it is written.
    """
    _as_read(_bytes(_located(path, root)), read(path), path)


def write(edits: Sequence[Edit], *, root: Path, step: Step = _no_step) -> Mapping[Path, WriteError]:
    """Writes edits to their files; returns the paths that were not written, with the reason. The others go on.

    A file that changed since ``edit.before`` was read is not overwritten: the reason is a FileChanged. A process that
    ends at any instant leaves each file as it was or as it was to become; `recover` tidies up at the next start.
    """
    unwritten: dict[Path, WriteError] = {}
    for edit in edits:
        if edit.after == edit.before:
            continue
        try:
            _write_one(edit, Path(os.path.realpath(root)), step)
        except WriteError as exc:
            unwritten[edit.path] = exc
        except OSError as exc:
            unwritten[edit.path] = WriteError(_said(exc))
    return unwritten


def _write_one(edit: Edit, root: Path, step: Step) -> None:
    path = _located(edit.path, root)
    before = _bytes(path)
    used = _as_read(before, edit.before, path) or texts.declared(edit.after, path.name)
    if before is not None:
        _replaceable(path)
    after = texts.encode(edit.after, used)
    step("copy")
    state = statefolder.made(statefolder.journal(root))
    entry = journal.new_entry(root, path, before, after)
    temporary = path.parent / entry.temporary
    try:
        if before is not None:
            journal.save_copy(state, entry, before)
        step("open entry")
        journal.open_entry(state, entry)
        step("make folders")
        for folder in entry.folders:
            (root / folder).mkdir(exist_ok=True)
            journal.sync_folder((root / folder).parent)
        step("write temporary file")
        journal.write_through(temporary, after, like=None if before is None else path)
        step("replace")
        if _bytes(path) != before:
            raise FileChanged("it changed since it was read")
        _put(temporary, path, new=before is None)
    except (OSError, WriteError, KeyboardInterrupt):
        _undo(root, state, temporary, entry)
        raise
    with suppress(OSError):  # it is written: what cannot be tidied up now is left to `recover`
        step("sync folder")
        journal.sync_folder(path.parent)
        step("close entry")
        journal.close_entry(state, entry)
        step("done")


def _put(temporary: Path, path: Path, *, new: bool) -> None:
    """The temporary file under its true name. Raises FileChanged where there is a file by now and none was expected."""
    if new:
        try:
            os.link(temporary, path)  # a rename would replace a file that appeared in this instant
        except FileExistsError as exc:
            raise FileChanged("it exists by now") from exc
        except OSError:
            pass  # not every file system has hard links
        else:
            temporary.unlink()
            return
    os.replace(temporary, path)


def _undo(root: Path, state: Path, temporary: Path, entry: journal.Entry) -> None:
    """Leaves nothing of a write that failed; what cannot be removed now is left to `recover`."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
        for folder in reversed(entry.folders):
            with suppress(OSError):
                (root / folder).rmdir()
        (state / f"{entry.id}.draft").unlink(missing_ok=True)
        journal.close_entry(state, entry)


# --------------------------------------------------------------------------------- what a file must be like


def _located(path: Path, root: Path) -> Path:
    """Where the file is, links followed. Raises WriteError outside the root."""
    found = Path(os.path.realpath(path))
    if not found.is_relative_to(os.path.realpath(root)):
        raise WriteError(f"it is outside {root}" + ("" if found == path else f": it leads to {found}"))
    return found


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


def _as_read(now: bytes | None, text: str | None, path: Path) -> str | None:
    """The encoding of a file that still is what was read from it; None where there was and is none. Raises WriteError."""
    if now is None:
        if text is not None:
            raise WriteError("it was removed since it was read")
        return None
    if text is None:
        raise FileChanged("it exists by now")
    if texts.decode(now, path.name) != text:
        raise FileChanged("it changed since it was read")
    used = texts.encoding(now, path.name)
    if text.encode(used) != now:
        raise WriteError(f"its encoding, {used}, does not give the same bytes back")
    return used


def _replaceable(path: Path) -> None:
    """Raises WriteError for a file that its owner does not want written, or that has another name."""
    status = path.stat()
    if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(path, os.W_OK):
        raise WriteError("it is read-only")
    if status.st_nlink > 1:
        raise WriteError(
            f"it is a hard link, one of {status.st_nlink} names of one file that would be parted"
        )


def _said(exc: OSError) -> str:
    """What the system said, and about which folder or file."""
    why = exc.strerror or str(exc)
    if exc.filename2 is not None:
        return f"{Path(exc.filename2).name} cannot be replaced: {why}"
    if exc.filename is not None:
        return f"the folder {Path(exc.filename).parent} cannot be written: {why}"
    return f"it cannot be written: {why}"
