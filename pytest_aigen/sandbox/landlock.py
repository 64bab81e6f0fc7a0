"""Landlock: no file is written, made, removed or executed but below the folders that are named (Linux 5.13 on).

Reading stays allowed. Changes of mode, owner, times and extended attributes are none of Landlock's rights.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE = 1 << 0, 1 << 1
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE = sum(1 << bit for bit in range(6, 13))
_MAKE_REG = 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
#: ABI version -> what it added to the rights that are refused.
_SINCE = {
    1: _EXECUTE | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE,
    2: _REFER,
    3: _TRUNCATE,
    5: _IOCTL_DEV,
}
_SCOPES_SINCE = 6
#: Abstract Unix sockets and signals of processes outside.
_SCOPES = 0b11
#: What can be written without a trace.
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: Locks of `multiprocessing`, which thread pools use too, are files here.
_SEMAPHORES = "/dev/shm"


def restrict(call: Callable[..., int], writable: Sequence[Path], *, execute: bool) -> None:
    """Refuse from now on what is not below ``writable``; ``execute`` leaves programs alone. Raises OSError."""
    version = call(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    rights = sum(added for since, added in _SINCE.items() if since <= version)
    if execute:
        rights &= ~_EXECUTE
    attributes = struct.pack("=QQQ", rights, 0, _SCOPES)
    size = len(attributes) if version >= _SCOPES_SINCE else 8
    ruleset = call(_CREATE_RULESET, attributes, size, 0)
    try:
        for folder in writable:
            _allow(call, ruleset, str(folder), rights)
        for device in _DEVICES:
            _allow(call, ruleset, device, rights & (_WRITE_FILE | _TRUNCATE | _IOCTL_DEV))
        _allow(call, ruleset, _SEMAPHORES, _WRITE_FILE | _MAKE_REG | _REMOVE_FILE)
        call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(call: Callable[..., int], ruleset: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        there = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not os.path.isdir(path):
                rights &= _EXECUTE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
            call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, there), 0)
        finally:
            os.close(there)
