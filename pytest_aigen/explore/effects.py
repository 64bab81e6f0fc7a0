"""The seat belt of a search: refuses effects outside the process, and notices clocks and chance.

The sandbox of the executor stands behind it; here the refusal is also *known*, so that no test rests on one.
"""

from __future__ import annotations

import logging
import os
import pathlib
import re
import sys
import types
from collections.abc import Callable
from typing import Any

from pytest_aigen.explore.room import ROOM

_FORBIDDEN = frozenset({
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.truncate", "os.link", "os.symlink",
    "os.kill", "os.killpg", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.putenv", "os.unsetenv", "os.chdir", "os.utime", "os.setxattr", "os.removexattr", "os.chflags", "os.lockf",
    "shutil.copyfile", "shutil.copymode", "shutil.copystat", "shutil.copytree", "shutil.move", "shutil.rmtree",
    "shutil.chown", "shutil.make_archive", "shutil.unpack_archive",
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.getnameinfo", "subprocess.Popen", "pty.spawn", "tempfile.mkstemp", "tempfile.mkdtemp",
    "webbrowser.open", "urllib.Request", "ftplib.connect", "http.client.connect", "smtplib.connect", "sqlite3.connect",
    "ctypes.dlopen", "syslog.syslog", "resource.setrlimit", "signal.pthread_kill",
})  # fmt: skip
#: Events about files -> the places of the paths that they change, and of the folders that those are relative to.
_CHANGED = {
    "open": ((0, None),), "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.mkdir": ((0, 2),), "os.rename": ((0, 2), (1, 3)),
    "os.truncate": ((0, None),), "os.chmod": ((0, 2),), "os.utime": ((0, 3),), "shutil.copyfile": ((1, None),),
    "shutil.copymode": ((1, None),), "shutil.copystat": ((1, None),), "shutil.copytree": ((1, None),),
    "shutil.move": ((0, None), (1, None)), "shutil.rmtree": ((0, None),), "tempfile.mkstemp": ((0, None),),
    "tempfile.mkdtemp": ((0, None),),
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: C functions whose results differ from day to day, machine to machine, run to run; by module.
_FILES = frozenset({"getpid", "getppid", "getcwd", "urandom", "uname", "getlogin", "getuid", "listdir", "scandir", "stat", "lstat"})  # fmt: skip
_TRUSTED = sys.stdlib_module_names | {"pytest_aigen"}
_LOOKS = frozenset({"listdir", "scandir", "stat", "lstat"})
_UNSTEADY = {
    "time": frozenset(
        (
            *("time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"),
            *("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
        )
    ),
    "datetime": frozenset({"now", "utcnow", "today"}),
    "random": frozenset({"getrandbits", "random"}),
    "_random": frozenset({"getrandbits", "random"}),
    "_socket": frozenset({"gethostname"}),
    "posix": _FILES,
    "nt": _FILES,
}
_CLOCKS = ("time", "datetime")
#: Modules that look at a clock to know how long to wait.
_WAITING = frozenset({"asyncio", "concurrent", "queue", "sched", "selectors", "subprocess", "threading"})


class Blocked(PermissionError):
    """The call tried something that a search must not do."""


#: Beginnings of forbidden events, and of what the sandbox says it refuses -> what that is to a person.
_WORDS = (
    (("socket.", "urllib.", "ftplib.", "http.", "smtplib.", "webbrowser.", "connect", "listen", "look up", "open a Unix"), "uses the network"),
    (("subprocess.", "pty.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "start a process"), "starts programs"),
    (("os.remove", "os.rmdir", "shutil.rmtree", "remove", "rmdir"), "removes files"),
    (("os.mkdir", "shutil.", "tempfile.", "sqlite3.", "open", "write", "mkdir"), "writes files"),
    (("os.rename", "os.link", "os.symlink", "rename", "link", "symlink", "chmod", "chown", "utime", "truncate", "os."), "changes files, folders or settings of the process"),
    (("read ",), "reads private files"),
    (("send signal", "signal."), "ends processes"),
)  # fmt: skip
_REFUSED = re.compile(r"does not allow it: (.*)", re.S)


def words(event: str) -> str:
    """A forbidden event, or the message of a sandbox that refused one, as a person would say it.

    >>> words("socket.connect"), words("the sandbox does not allow it: remove /home/a")
    ('uses the network', 'removes files')
    """
    said = _REFUSED.search(event)
    what = said[1] if said else event
    return next((name for starts, name in _WORDS if what.startswith(starts)), what.partition(" ")[0])


class Belt:
    """Put on around a call; says afterwards whether it was needed."""

    def __init__(self) -> None:
        self.on = False
        #: The first forbidden event of the last call.
        self.refused = ""
        #: What was refused so far, for a person.
        self.all_refused: set[str] = set()

    def install(self) -> None:
        """For the rest of this process: audit hooks cannot be taken back."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:  # pragma: no cover - hooks are not traced
        if not self.on:
            return
        if event in _FORBIDDEN or (
            event == "open" and len(args) > 2 and isinstance(args[2], int) and args[2] & _WRITING
        ):
            if (event == "open" and str(args[0]) == os.devnull) or _is_within(event, args):
                return
            self.refused = self.refused or event
            self.all_refused.add(words(event))
            raise Blocked(f"{event} is not allowed while searching")


def _is_within(event: str, args: tuple[Any, ...]) -> bool:  # pragma: no cover - hooks are not traced
    """Whether all that it changes is in the folder of the call."""
    pairs = _CHANGED.get(event)
    if pairs is None or not ROOM.base:
        return False
    return all(
        ROOM.holds(_absolute(args[at], args[of] if of is not None and of < len(args) else -1))
        for at, of in pairs
    )


def _absolute(path: Any, folder: Any) -> Any:  # pragma: no cover - hooks are not traced
    """The path, in the open folder that it is relative to; None where that is not known."""
    if not isinstance(folder, int) or folder < 0 or not isinstance(path, str) or os.path.isabs(path):
        return path
    try:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    except OSError:
        return None


_BELTS: list[Belt] = []


def belt() -> Belt:
    """The belt of this process."""
    if not _BELTS:
        _BELTS.append(Belt())
        _BELTS[0].install()
    return _BELTS[0]


def unsteady(run: Callable[[], Any]) -> frozenset[str]:
    """What the call reads that is not the same each time, ``clock`` and ``chance`` (or the machine); what it raises is
    dropped.
    """
    seen: set[str] = set()

    def profile(frame: types.FrameType, event: str, arg: Any) -> None:  # pragma: no cover - not traced
        if event == "c_call":
            owner = arg.__self__
            kind = owner if isinstance(owner, (types.ModuleType, type)) else type(owner)
            name = kind.__name__ if isinstance(kind, types.ModuleType) else kind.__module__
            if (
                arg.__name__ in _UNSTEADY.get(name, ())
                and not _of_the_machinery(frame)
                and not (arg.__name__ in _LOOKS and _is_about_the_room(frame, arg.__name__))
            ):
                seen.add("clock" if name in _CLOCKS else "chance")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    except (Exception, SystemExit):
        pass
    finally:
        sys.setprofile(before)
    return frozenset(seen)


def _is_about_the_room(frame: types.FrameType | None, asked: str) -> bool:  # pragma: no cover - not traced
    """Whether one of the next callers has a path in the folder of the call at hand. What a folder itself is, its size for
    one, differs between file systems, so only the standard library may ask for that: whether it is there.
    """
    asks = frame.f_back if frame is not None and frame.f_code.co_name in ("stat", "lstat") else frame
    module = str(asks.f_globals.get("__name__")) if asks is not None else ""
    only_asks = (
        module.partition(".")[0] in _TRUSTED
        and asks is not None
        and not asks.f_code.co_name.startswith("get")
    )
    for _ in range(4):
        if frame is None or not ROOM.base:
            return False
        for value in list(frame.f_locals.values()):
            if isinstance(value, (str, pathlib.PurePath)) and str(value).startswith(ROOM.base):
                return asked in ("listdir", "scandir") or only_asks or os.path.isfile(value)
        frame = frame.f_back
    return False


def _of_the_machinery(frame: types.FrameType) -> bool:  # pragma: no cover - not traced
    """Imports look at files; log records have a time, which no message shows; what waits has a clock of its own."""
    code, module = frame.f_code, str(frame.f_globals.get("__name__")).partition(".")[0]
    return "importlib" in code.co_filename or code.co_filename == logging.__file__ or module in _WAITING
