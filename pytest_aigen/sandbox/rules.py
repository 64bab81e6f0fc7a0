"""What the seat belt decides on each audit event: nothing here is done, only allowed or refused.

The code that it restrains runs in the same process, and may change any module that it can import. So the belt asks
nothing of other modules when it decides: all that it needs is taken when this module is loaded, and the process of a
candidate uses a copy of it that stands in no `sys.modules` (see ``sealed``).
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pytest_aigen.sandbox import events
from pytest_aigen.sandbox.allowances import Allowances

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PathLike, _sep, _unix = os.PathLike, os.sep, getattr(socket, "AF_UNIX", None)
_getpid, _getcwd, _readlink, _getframe = os.getpid, os.getcwd, os.readlink, sys._getframe
_getsid: Callable[[int], int] = getattr(os, "getsid", lambda pid: pid)
_realpath, _join, _dirname, _basename = os.path.realpath, os.path.join, os.path.dirname, os.path.basename
_fspath, _encoding = os.fspath, sys.getfilesystemencoding()
_socket_init: Any = getattr(socket.socket.__init__, "__code__", None)

_KEYS, _PROCESSES, _REGISTRY, _NEVER = events.KEYS, events.PROCESSES, events.REGISTRY, dict(events.NEVER)

#: Is called with an audit event and its arguments; returns, or raises `Blocked`.
Check: TypeAlias = Callable[[str, tuple[Any, ...]], None]


class Blocked(PermissionError):
    """The sandbox refuses an operation; the message says which."""


def rules(
    writable: Sequence[Path],
    on_block: Callable[[str], None],
    allowed: Allowances,
    home: str | None = None,
) -> dict[str, Check]:
    """Audit event -> what decides on it: called with the event and its arguments, it returns or raises `Blocked`.

    ``home`` is where the user's keys are, which are not read.
    """
    folders = tuple(_realpath(folder) for folder in (*writable, *allowed.writes))
    keys = tuple(_realpath(_join(home, name)) for name in _KEYS) if home else ()
    return _Belt(folders, on_block, allowed, keys).rules()


def hook(checks: dict[str, Check], is_on: Callable[[], bool]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that asks the checks, in this process only."""
    owner = _getpid()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None and is_on() and _getpid() == owner:
            check(event, args)

    return hook


class _Belt:
    def __init__(
        self,
        writable: tuple[str, ...],
        on_block: Callable[[str], None],
        allowed: Allowances,
        keys: tuple[str, ...],
    ) -> None:
        self._writable = writable
        self._on_block = on_block
        self._allowed = allowed
        self._keys = keys
        self._bound: weakref.WeakSet[Any] = weakref.WeakSet()

    def rules(self) -> dict[str, Check]:
        table: dict[str, Check] = {
            "open": self._open,
            "os.rename": self._rename,
            "os.link": self._link,
            "os.symlink": self._symlink,
            "os.kill": self._kill,
            "os.killpg": self._kill,
            "resource.prlimit": self._limit,
            "sqlite3.connect": self._database,
            "ctypes.dlopen": self._library,
            "import": self._import,
        }
        table.update(dict.fromkeys(("os.remove", "os.rmdir"), self._path_and_folder_last))
        table.update(dict.fromkeys(("os.mkdir", "os.chmod"), self._path_and_folder_last))
        table.update(dict.fromkeys(("os.chown", "os.utime"), self._path_and_folder_last))
        table.update(
            dict.fromkeys(("os.truncate", "os.chflags", "os.setxattr", "os.removexattr"), self._path)
        )
        table.update(dict.fromkeys(_REGISTRY, self._registry))
        table.update(dict.fromkeys(_NEVER, self._never))
        if not self._allowed.subprocess:
            table.update(dict.fromkeys(_PROCESSES, self._process))
        if not self._allowed.network:
            table |= {
                "socket.__new__": self._socket,
                "socket.bind": self._bind,
                "socket.connect": self._connect,
                "socket.sendto": self._connect,
                "socket.sendmsg": self._sendmsg,
                "socket.getaddrinfo": self._resolve,
                "socket.gethostbyname": self._resolve,
                "socket.gethostbyaddr": self._resolve,
                "socket.getnameinfo": self._resolve_address,
            }
        return table

    def _refuse(self, what: str, option: str = "") -> None:
        """Refuse it, and name the value of ``--ai-gen-allow`` that would not."""
        what = what if len(what) < 300 else what[:300] + "..."
        if option:
            what += f" (--ai-gen-allow={option} would allow it)"
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
        else:
            self._read(path)

    def _read(self, path: Any) -> None:
        name = _text(path)
        if name is None:
            return
        # Most of what is read is source: only what may be a key, a link to one, or another process is looked at closely.
        real = _realpath(_join(_getcwd(), name))
        if any(_is_below(real, key) for key in self._keys):
            self._refuse(f"read {name}")
        if real.startswith("/proc/") and real.endswith(("/environ", "/mem")):
            if real.split(_sep)[2] != str(_getpid()):
                self._refuse(f"read {name}")

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
            name = _opened(path)
            if not name.startswith(_sep):
                return  # no file
        else:
            text = _text(path)
            if text is None:
                return  # the call itself will fail
            name = text
        if isinstance(folder, int) and folder >= 0:
            name = _join(_opened(folder) or _sep, name)
        full = _join(_getcwd(), name)
        # The last part may be a link; to remove or rename it touches the link itself.
        real = (
            _realpath(full)
            if verb in ("write to", "truncate", "chmod", "utime")
            else _join(_realpath(_dirname(full.rstrip("/"))), _basename(full.rstrip("/")))
        )
        if real == "/dev/null" or any(_is_below(real, top) for top in self._writable):
            return
        self._refuse(f"{verb} {name}", "write=PATH")

    def _database(self, event: str, args: tuple[Any, ...]) -> None:
        name = args[0]
        text = _text(name) or ""
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
        first = _text(args[0]) if args else ""
        self._refuse(f"start a process ({event}{' ' + first if first else ''})", "subprocess")

    def _kill(self, event: str, args: tuple[Any, ...]) -> None:
        number, sent = args
        # 0 is the own group, in which there is nobody else; signal 0 only asks.
        if number in (_getpid(), 0) or sent == 0:
            return
        if self._allowed.subprocess and _is_of_own_session(number):
            return
        self._refuse(f"send signal {int(sent)} to process {number}")

    def _limit(self, event: str, args: tuple[Any, ...]) -> None:
        if args[0] not in (_getpid(), 0):
            self._refuse(f"set limits of process {args[0]}")

    def _library(self, event: str, args: tuple[Any, ...]) -> None:
        self._refuse(f"load the library {args[0]}")

    def _import(self, event: str, args: tuple[Any, ...]) -> None:
        """A module of compiled code, which the test may have written itself."""
        file = _text(args[1]) if len(args) > 1 and args[1] else None
        if file and any(_is_below(_realpath(_join(_getcwd(), file)), top) for top in self._writable):
            self._refuse(f"load the library {file}")

    def _never(self, event: str, args: tuple[Any, ...]) -> None:
        self._refuse(f"{_NEVER[event]} ({event})")

    def _registry(self, event: str, args: tuple[Any, ...]) -> None:
        self._refuse(f"change the registry ({event})")

    # network ---------------------------------------------------------------------------------------

    def _socket(self, event: str, args: tuple[Any, ...]) -> None:
        """No Unix sockets: behind a path there may be a daemon that can do anything. Pairs are no sockets of a path."""
        if args[1] == _unix and not self._is_wrapped():
            self._refuse("open a Unix socket", "network")

    @staticmethod
    def _is_wrapped() -> bool:
        """Whether an object is made for a descriptor that is there already, as ``socketpair`` does."""
        try:
            frame = _getframe(3)
        except ValueError:
            return False
        return frame.f_code is _socket_init and frame.f_locals.get("fileno") is not None

    def _bind(self, event: str, args: tuple[Any, ...]) -> None:
        sock, address = args[0], args[1]
        if isinstance(address, tuple):
            if address[0] != "" and not _is_loopback(address[0]):
                self._refuse(f"listen on {address[0]}", "network")
            self._bound.add(sock)
        elif isinstance(address, (str, bytes)) and address:
            self._refuse(f"listen on {_text(address)}", "network")

    def _connect(self, event: str, args: tuple[Any, ...]) -> None:
        address = args[1]
        if isinstance(address, tuple) and len(address) >= 2:
            if not (_is_loopback(address[0]) and address[1] in self._ports()):
                self._refuse(f"connect to {address[0]}:{address[1]}", "network")
        elif isinstance(address, (str, bytes)) and address:
            self._refuse(f"connect to {_text(address)}", "network")

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
        self._refuse(f"look up the host {host!r}", "network")

    def _resolve_address(self, event: str, args: tuple[Any, ...]) -> None:
        self._resolve(event, (args[0][0],) if args and isinstance(args[0], tuple) else args)


def _is_loopback(host: Any) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return text == "localhost" or text == "::1" or text.startswith("127.")


def _is_address(host: Any) -> bool:
    """Whether nothing has to be looked up: a numeric address, the local host, nothing."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return not text or text == "localhost" or ":" in text or text.replace(".", "").isdigit()


def _text(path: Any) -> str | None:
    """A path as plain text; None for what is no path. A subclass of `str` may say what it likes of itself."""
    try:
        value = _fspath(path)
    except TypeError:
        return None
    if isinstance(value, bytes):
        return bytes.__getitem__(value, slice(None)).decode(_encoding, "surrogateescape")
    return str.__getitem__(value, slice(None))


def _opened(number: int) -> str:
    """What a descriptor leads to; empty where that cannot be known."""
    try:
        return _readlink(f"/proc/self/fd/{number}")
    except OSError:
        return ""


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(top + _sep)


def _is_of_own_session(process: int) -> bool:
    try:
        return _getsid(process) == _getsid(0)
    except OSError:
        return False
