"""The journal of writes: what was about to happen to which file, so that an interrupted write can be undone.

An entry is a folder-less pair of files in the state folder: ``ID.json`` says which file, what it was and what it would
become; ``ID.before`` holds the bytes that it had. The copy comes first and goes last, so that an entry always has it.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that was begun."""

    id: str
    #: The file, links resolved, relative to the root with forward slashes.
    path: str
    #: Name of the temporary file beside it.
    temporary: str
    #: SHA-256 of the bytes before; None where there was no file.
    before: str | None
    after: str
    #: Folders that are made for it, outermost first, relative to the root.
    folders: tuple[str, ...] = ()


def new_entry(root: Path, path: Path, before: bytes | None, after: bytes) -> Entry:
    identity = uuid.uuid4().hex[:12]
    missing = [parent for parent in path.parents if parent.is_relative_to(root) and not parent.exists()]
    return Entry(
        identity,
        path.relative_to(root).as_posix(),
        f".{path.name[:100]}.{identity}.aigen",
        None if before is None else digest(before),
        digest(after),
        tuple(folder.relative_to(root).as_posix() for folder in reversed(missing)),
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def prepare(state: Path) -> None:
    """Makes the state folder, which git is told to ignore."""
    state.mkdir(parents=True, exist_ok=True)
    ignore = state / ".gitignore"
    if not ignore.exists():
        ignore.write_bytes(b"*\n")


def save_copy(state: Path, entry: Entry, before: bytes) -> None:
    write_through(state / f"{entry.id}.before", before)


def open_entry(state: Path, entry: Entry) -> None:
    """From here on, the write is known to a later session."""
    draft = state / f"{entry.id}.draft"
    write_through(draft, json.dumps(asdict(entry), indent=1).encode())
    os.replace(draft, state / f"{entry.id}.json")
    sync_folder(state)


def close_entry(state: Path, entry: Entry) -> None:
    (state / f"{entry.id}.json").unlink(missing_ok=True)
    sync_folder(state)
    (state / f"{entry.id}.before").unlink(missing_ok=True)


def write_through(path: Path, data: bytes) -> None:
    """Creates a file; its bytes are on the disk when this returns."""
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder last, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# ------------------------------------------------------------------------------------------------ recovery


def recover(state: Path, *, root: Path | None = None) -> tuple[str, ...]:
    """Undoes what an interrupted session left behind; one line for each file concerned.

    ``root`` is the folder that holds ``.pytest_aigen/journal``; nothing outside it is touched.
    """
    if not state.is_dir():
        return ()
    root = (state.parent.parent if root is None else root).resolve()
    lines: list[str] = []
    for record in sorted(state.glob("*.json")):
        try:
            raw = json.loads(record.read_bytes())
            entry = Entry(**{**raw, "folders": tuple(raw["folders"])})
            lines.append(_roll_back(state, root, entry))
            close_entry(state, entry)
        except (OSError, ValueError, TypeError, KeyError) as exc:
            lines.append(f"{record}: this journal entry cannot be rolled back: {exc}")
    for left in _strays(state):
        with suppress(OSError):
            left.unlink()
    return tuple(lines)


def _strays(state: Path) -> Iterator[Path]:
    """Drafts, and copies whose entry was never opened or is closed."""
    yield from state.glob("*.draft")
    for copy in state.glob("*.before"):
        if not copy.with_suffix(".json").exists():
            yield copy


def _roll_back(state: Path, root: Path, entry: Entry) -> str:
    path = root / entry.path
    if not path.resolve().is_relative_to(root) or "/" in entry.temporary or os.sep in entry.temporary:
        raise ValueError(f"{entry.path} is outside {root}")
    if not entry.temporary.startswith("."):
        raise ValueError(f"{entry.temporary} is no temporary file")
    (path.parent / entry.temporary).unlink(missing_ok=True)
    try:
        now: bytes | None = path.read_bytes()
    except FileNotFoundError:
        now = None
    found = None if now is None else digest(now)
    if found == entry.after:
        return f"{entry.path}: a write was interrupted after it was complete; the tests are in the file"
    if found == entry.before:
        for folder in reversed(entry.folders):
            with suppress(OSError):
                (root / folder).rmdir()
        return f"{entry.path}: an interrupted write was rolled back; the file is as it was"
    if entry.before is not None and not now:
        copy = (state / f"{entry.id}.before").read_bytes()
        if digest(copy) != entry.before:
            raise ValueError(f"the copy of {entry.path} is damaged")
        restored = path.parent / entry.temporary
        write_through(restored, copy)
        os.replace(restored, path)
        sync_folder(path.parent)
        return f"{entry.path}: an interrupted write was rolled back; the file was restored"
    return f"{entry.path}: a write was interrupted, and the file was changed since; it was left alone"
