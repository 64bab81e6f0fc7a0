"""One run at a time in one project: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pytest_aigen import statefolder
from pytest_aigen.errors import LockedError, WriteError

#: What a file system without locks says.
_UNKNOWN = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL}


@contextmanager
def held(root: Path) -> Iterator[bool]:
    """Holds the lock of a project, in ``.pytest_aigen/lock``; False where the file system has no locks.

    Raises LockedError, which names the other run, where one is at work, and WriteError where nothing can be written.
    The system lets go of the lock when the process ends, so what a killed run leaves behind hinders nobody, whoever has
    its process id by now.
    """
    path = statefolder.made(root / statefolder.NAME) / "lock"
    handle = _opened(path)
    try:
        while locks := _lock(handle, path):
            if _is(path, handle):
                break
            os.close(handle)  # the run that held it took the file away
            handle = _opened(path)
        with suppress(OSError):  # a full disk: who it is that holds it is not told
            os.truncate(handle, 0)
            os.write(handle, json.dumps(_me()).encode())
        try:
            yield locks
        finally:
            with suppress(OSError):
                path.unlink()
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as exc:
        raise WriteError(f"{path}, which it needs, cannot be written: {exc.strerror}") from exc


def _me() -> dict[str, object]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}


def _is(path: Path, handle: int) -> bool:
    """Whether this open file is still the one of that name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _lock(handle: int, path: Path) -> bool:
    """Whether there are locks here. Raises LockedError where another process has it."""
    try:
        _try(handle)
    except OSError as exc:
        if exc.errno in _UNKNOWN:
            return False
        raise LockedError(
            f"{_holder(path)} is at work in this project; wait until it is done, or end it"
        ) from exc
    return True


def _holder(path: Path) -> str:
    """Who holds the lock, as far as the file says."""
    try:
        said = json.loads(path.read_bytes())
        since = datetime.fromtimestamp(said["since"]).strftime("%Y-%m-%d %H:%M:%S")
        return f"another run (process {said['pid']} on {said['host']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"another run, which holds {path},"


if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> None:
        os.lseek(handle, 1 << 30, os.SEEK_SET)  # far behind the text, which others are to read
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _try(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
