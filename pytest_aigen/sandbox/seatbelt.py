"""Refuses what generated tests must not do: a seat belt against accidents, not a prison against attackers.

An audit hook: it sees what goes through Python, not what C code does by itself, and it cannot be taken off again. It is
installed in the process in which one candidate runs.
"""

from __future__ import annotations

import errno
import os
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Code under test may leave these patched.
_getpid, _realpath, _fsdecode, _getcwd, _readlink = (
    os.getpid,
    os.path.realpath,
    os.fsdecode,
    os.getcwd,
    os.readlink,
)
_join, _dirname, _basename = os.path.join, os.path.dirname, os.path.basename


#: Is called with an audit event and its arguments; returns, or raises `Blocked`.
Check: TypeAlias = Callable[[str, tuple[Any, ...]], None]


class Blocked(PermissionError):
    """The sandbox refuses an operation; the message says which."""


def buckle(writable: Sequence[Path], on_block: Callable[[str], None]) -> None:
    """Refuse, from now on and in this process only, what leaves the process and the writable folders.

    ``on_block`` hears of every refusal, whether or not the code under test swallows the `Blocked` that is raised.
    """
    _install(rules(writable, on_block), lambda: True)


@contextmanager
def buckled(writable: Sequence[Path], on_block: Callable[[str], None]) -> Iterator[None]:
    """Refuse the same inside the block only: for what is imported into a process that goes on to fork others."""
    inside = True
    _install(rules(writable, on_block), lambda: inside)
    try:
        yield
    finally:
        inside = False


def _install(checks: Mapping[str, Check], is_on: Callable[[], bool]) -> None:
    owner = _getpid()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None and is_on() and _getpid() == owner:
            check(event, args)

    sys.addaudithook(hook)


def rules(writable: Sequence[Path], on_block: Callable[[str], None]) -> dict[str, Check]:
    """Audit event -> what decides on it: called with the event and its arguments, it returns or raises `Blocked`."""
    return _Belt(tuple(_realpath(folder) for folder in writable), on_block).rules()


class _Belt:
    def __init__(self, writable: tuple[str, ...], on_block: Callable[[str], None]) -> None:
        self._writable = writable
        self._on_block = on_block
        self._bound: weakref.WeakSet[Any] = weakref.WeakSet()

    def rules(self) -> dict[str, Check]:
        table: dict[str, Check] = {
            "open": self._open,
            "os.rename": self._rename,
            "os.link": self._link,
            "os.symlink": self._symlink,
            "os.kill": self._kill,
            "os.killpg": self._kill,
            "socket.bind": self._bind,
            "socket.connect": self._connect,
            "socket.sendto": self._connect,
            "socket.sendmsg": self._sendmsg,
            "socket.getaddrinfo": self._resolve,
            "socket.gethostbyname": self._resolve,
            "socket.gethostbyaddr": self._resolve,
            "socket.getnameinfo": self._resolve_address,
            "sqlite3.connect": self._database,
            "ctypes.dlopen": self._library,
        }
        table.update(dict.fromkeys(("os.remove", "os.rmdir"), self._path_and_folder_last))
        table.update(dict.fromkeys(("os.mkdir", "os.chmod"), self._path_and_folder_last))
        table.update(dict.fromkeys(("os.chown", "os.utime"), self._path_and_folder_last))
        table.update(
            dict.fromkeys(("os.truncate", "os.chflags", "os.setxattr", "os.removexattr"), self._path)
        )
        for event in (
            *(
                "subprocess.Popen",
                "os.system",
                "os.exec",
                "os.fork",
                "os.forkpty",
                "os.posix_spawn",
                "os.spawn",
            ),
            *("os.startfile", "os.startfile/2", "pty.spawn", "_winapi.CreateProcess", "webbrowser.open"),
        ):
            table[event] = self._process
        for event in ("winreg.CreateKey", "winreg.DeleteKey", "winreg.DeleteValue", "winreg.SetValue"):
            table[event] = self._registry
        return table

    def _refuse(self, what: str) -> None:
        what = what if len(what) < 300 else what[:300] + "..."
        self._on_block(what)
        raise Blocked(errno.EPERM, f"the sandbox of pytest-aigen does not allow it: {what}")

    # files -----------------------------------------------------------------------------------------

    def _open(self, event: str, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        if isinstance(path, int) or path is None:
            return
        writes = any(c in mode for c in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITES)
        if writes or (isinstance(flags, int) and flags & _WRITES):
            self._write(path, "write to")

    def _path(self, event: str, args: tuple[Any, ...]) -> None:
        self._write(args[0], event.removeprefix("os."))

    def _path_and_folder_last(self, event: str, args: tuple[Any, ...]) -> None:
        self._write(args[0], event.removeprefix("os."), args[-1])

    def _rename(self, event: str, args: tuple[Any, ...]) -> None:
        source, target, source_folder, target_folder = args
        self._write(source, "rename", source_folder)
        self._write(target, "rename to", target_folder)

    def _link(self, event: str, args: tuple[Any, ...]) -> None:
        source, target, source_folder, target_folder = args
        # A hard link into a writable folder would make the original writable.
        self._write(source, "link", source_folder)
        self._write(target, "link as", target_folder)

    def _symlink(self, event: str, args: tuple[Any, ...]) -> None:
        self._write(args[1], "symlink", args[2])

    def _write(self, path: Any, verb: str, folder: Any = -1) -> None:
        if isinstance(path, int):
            return  # a descriptor that was opened before
        try:
            name = _fsdecode(path)
        except TypeError:
            return  # the call itself will fail
        if isinstance(folder, int) and folder >= 0:
            try:
                name = _join(_readlink(f"/proc/self/fd/{folder}"), name)
            except OSError:
                name = _join("/", name)
        full = _join(_getcwd(), name)
        # The last part may be a link; to remove or rename it touches the link itself.
        real = (
            _realpath(full)
            if verb in ("write to", "truncate", "chmod", "utime")
            else _join(_realpath(_dirname(full.rstrip("/"))), _basename(full.rstrip("/")))
        )
        if real == "/dev/null" or any(real == top or real.startswith(top + os.sep) for top in self._writable):
            return
        self._refuse(f"{verb} {name}")

    def _database(self, event: str, args: tuple[Any, ...]) -> None:
        name = args[0]
        text = _fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else ""
        if (
            text in ("", ":memory:")
            or text.startswith("file::memory:")
            or "mode=memory" in text
            or "mode=ro" in text
        ):
            return
        if text.startswith("file:"):
            text = text.removeprefix("file:").partition("?")[0]
        self._write(text, "open the database")

    # processes -------------------------------------------------------------------------------------

    def _process(self, event: str, args: tuple[Any, ...]) -> None:
        first = args[0] if args and isinstance(args[0], (str, bytes, os.PathLike)) else ""
        self._refuse(f"start a process ({event}{' ' + _fsdecode(first) if first else ''})")

    def _kill(self, event: str, args: tuple[Any, ...]) -> None:
        number, sent = args
        # 0 is the own group, in which there is nobody else; signal 0 only asks.
        if number not in (_getpid(), 0) and sent != 0:
            self._refuse(f"send signal {int(sent)} to process {number}")

    def _library(self, event: str, args: tuple[Any, ...]) -> None:
        self._refuse(f"load the library {args[0]}")

    def _registry(self, event: str, args: tuple[Any, ...]) -> None:
        self._refuse(f"change the registry ({event})")

    # network ---------------------------------------------------------------------------------------

    def _bind(self, event: str, args: tuple[Any, ...]) -> None:
        sock, address = args[0], args[1]
        if isinstance(address, tuple):
            if address[0] != "" and not _is_loopback(address[0]):
                self._refuse(f"listen on {address[0]}")
            self._bound.add(sock)
        elif isinstance(address, (str, bytes)) and not _fsdecode(address).startswith("\0") and address:
            self._write(address, "listen on")

    def _connect(self, event: str, args: tuple[Any, ...]) -> None:
        address = args[1]
        if isinstance(address, tuple) and len(address) >= 2:
            if not (_is_loopback(address[0]) and address[1] in self._ports()):
                self._refuse(f"connect to {address[0]}:{address[1]}")
        elif isinstance(address, (str, bytes)) and address:
            self._write(address, "connect to")

    def _sendmsg(self, event: str, args: tuple[Any, ...]) -> None:
        if len(args) > 1 and args[1] is not None:
            self._connect(event, args)

    def _ports(self) -> set[int]:
        ports = set()
        for sock in self._bound:
            try:
                ports.add(sock.getsockname()[1])
            except (OSError, IndexError):
                continue
        return ports

    def _resolve(self, event: str, args: tuple[Any, ...]) -> None:
        host = args[0]
        if host is None or _is_address(host):
            return
        self._refuse(f"look up the host {host!r}")

    def _resolve_address(self, event: str, args: tuple[Any, ...]) -> None:
        self._resolve(event, (args[0][0],) if args and isinstance(args[0], tuple) else args)


def _is_loopback(host: Any) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return text == "localhost" or text == "::1" or text.startswith("127.")


def _is_address(host: Any) -> bool:
    """Whether nothing has to be looked up: a numeric address, the local host, nothing."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return not text or text == "localhost" or ":" in text or text.replace(".", "").isdigit()
