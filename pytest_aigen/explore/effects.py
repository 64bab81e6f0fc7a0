"""The seat belt of a search: refuses effects outside the process, and notices clocks and chance.

The sandbox of the executor stands behind it; here the refusal is also *known*, so that no test rests on one.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from typing import Any

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
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: C functions whose results differ from day to day, machine to machine, run to run; by module.
_FILES = frozenset({"getpid", "getppid", "getcwd", "urandom", "uname", "getlogin", "getuid", "listdir", "scandir", "stat", "lstat"})  # fmt: skip
_UNSTEADY = {
    "time": frozenset({"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"}),
    "datetime": frozenset({"now", "utcnow", "today"}),
    "random": frozenset({"getrandbits", "random"}),
    "_random": frozenset({"getrandbits", "random"}),
    "_socket": frozenset({"gethostname"}),
    "posix": _FILES,
    "nt": _FILES,
}


class Blocked(PermissionError):
    """The call tried something that a search must not do."""


class Belt:
    """Put on around a call; says afterwards whether it was needed."""

    def __init__(self) -> None:
        self.on = False
        #: The first forbidden event of the last call.
        self.refused = ""

    def install(self) -> None:
        """For the rest of this process: audit hooks cannot be taken back."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:  # pragma: no cover - hooks are not traced
        if not self.on:
            return
        if event in _FORBIDDEN or (
            event == "open" and len(args) > 2 and isinstance(args[2], int) and args[2] & _WRITING
        ):
            if event == "open" and str(args[0]) == os.devnull:
                return
            self.refused = self.refused or event
            raise Blocked(f"{event} is not allowed while searching")


_BELTS: list[Belt] = []


def belt() -> Belt:
    """The belt of this process."""
    if not _BELTS:
        _BELTS.append(Belt())
        _BELTS[0].install()
    return _BELTS[0]


def unsteady(run: Callable[[], Any]) -> bool:
    """Whether the call reads a clock, chance or the machine; what it raises is dropped."""
    seen: list[str] = []

    def profile(frame: types.FrameType, event: str, arg: Any) -> None:  # pragma: no cover - not traced
        if event == "c_call":
            owner = arg.__self__
            kind = owner if isinstance(owner, (types.ModuleType, type)) else type(owner)
            name = kind.__name__ if isinstance(kind, types.ModuleType) else kind.__module__
            if arg.__name__ in _UNSTEADY.get(name, ()) and not _of_a_finder(frame):
                seen.append(arg.__name__)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    except (Exception, SystemExit):
        pass
    finally:
        sys.setprofile(before)
    return bool(seen)


def _of_a_finder(frame: types.FrameType) -> bool:  # pragma: no cover - not traced
    """Imports look at files."""
    return "importlib" in frame.f_code.co_filename
