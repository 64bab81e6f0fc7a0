"""The journal of writes: what was about to happen to which file, so that an interrupted write can be undone.

An entry is a pair of files in ``.pytest_aigen/journal``: ``ID.json`` says which file, what it was and what it would
become; ``ID.before`` holds the bytes that it had. The copy comes first and goes last, so that an entry always has it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pytest_aigen import statefolder


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
    #: The mode before; None where there was no file.
    mode: int | None = None
    #: Folders that are made for it, outermost first, relative to the root.
    folders: tuple[str, ...] = ()


def new_entry(root: Path, path: Path, before: bytes | None, after: bytes) -> Entry:
    identity = uuid.uuid4().hex[:12]
    missing = [parent for parent in path.parents if parent.is_relative_to(root) and not parent.exists()]
    return Entry(
        identity,
        path.relative_to(root).as_posix(),
        _temporary(path, identity),
        None if before is None else digest(before),
        digest(after),
        None if before is None else stat.S_IMODE(path.stat().st_mode),
        tuple(folder.relative_to(root).as_posix() for folder in reversed(missing)),
    )


def _temporary(path: Path, identity: str) -> str:
    return f".{path.name[:40]}.{identity}.aigen"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def save_copy(state: Path, entry: Entry, before: bytes) -> None:
    """The copy is nobody else's to read: the file may be private."""
    write_through(state / f"{entry.id}.before", before, mode=stat.S_IRUSR | stat.S_IWUSR)


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


def write_through(path: Path, data: bytes, *, like: Path | None = None, mode: int = 0o666) -> None:
    """Creates a file; its bytes are on the disk when this returns.

    Its mode, owner and extended attributes are those of the file that it is ``like``, as far as the system lets us;
    nobody can read it before that is so.
    """
    handle = os.open(path, _CREATE, mode if like is None else stat.S_IRUSR | stat.S_IWUSR)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        if like is not None:
            _keep_status(path, like)
        os.fsync(file.fileno())


_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _keep_status(path: Path, like: Path) -> None:
    status = like.stat()
    if hasattr(os, "chown"):
        try:
            os.chown(path, status.st_uid, status.st_gid)
        except OSError:
            with suppress(OSError):
                os.chown(path, -1, status.st_gid)
    shutil.copystat(like, path)  # the mode, and extended attributes, which hold access control lists
    mode = stat.S_IMODE(status.st_mode)
    if path.stat().st_gid != status.st_gid:  # what the group may do is not for another group
        mode = (mode & ~0o070) | ((mode & 0o007) << 3 & mode)
        os.chmod(path, mode)
    os.utime(path)


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder last, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# ------------------------------------------------------------------------------------------------ recovery


def is_open(root: Path) -> bool:
    """Whether there is anything in the journal."""
    state = statefolder.journal(root)
    return state.is_dir() and any(state.iterdir())


def recover(root: Path) -> tuple[str, ...]:
    """Undoes what an interrupted session left behind in a project; one line for each file concerned.

    Nothing outside ``root`` is touched. No other session may be writing.
    """
    state, root = statefolder.journal(root), Path(os.path.realpath(root))
    if not state.is_dir():
        return ()
    lines: list[str] = []
    for record in sorted(state.glob("*.json")):
        try:
            raw = json.loads(record.read_bytes())
            entry = Entry(**{**raw, "folders": tuple(raw["folders"])})
            if entry.id != record.stem:
                raise ValueError(f"it is not {entry.id}")
            lines.append(_roll_back(state, root, entry))
            close_entry(state, entry)
        except (OSError, ValueError, TypeError, KeyError) as exc:
            lines.append(
                f"{record}: this entry of an interrupted write cannot be rolled back ({exc}); look at the file that it "
                "names, then delete it"
            )
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
    for place in (path, *(root / folder for folder in entry.folders)):
        if not place.resolve().is_relative_to(root):
            raise ValueError(f"{place} is outside {root}")
    if entry.temporary != _temporary(path, entry.id):
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
        write_through(restored, copy, like=path if now is not None else None, mode=0o600)
        if entry.mode is not None:
            os.chmod(restored, entry.mode)
        os.replace(restored, path)
        sync_folder(path.parent)
        return f"{entry.path}: an interrupted write was rolled back; the file was restored"
    return f"{entry.path}: a write was interrupted, and the file was changed since; it was left alone"
