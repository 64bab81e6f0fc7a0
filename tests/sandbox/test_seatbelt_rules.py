"""What the audit hook decides on each event, asked directly: nothing is done here."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.sandbox import rules
from pytest_aigen.sandbox.allowances import Allowances

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")

SOCKET = type("Socket", (), {})()
READ, WRITE = os.O_RDONLY, os.O_WRONLY | os.O_CREAT


def decide(free: Path, event: str, *args: Any) -> str:
    """What is refused; empty where it is allowed."""
    heard: list[str] = []
    rule = rules.rules([free], heard.append, Allowances(), str(free / "home"))[event]
    said = ""
    try:
        rule(event, args)
    except rules.Blocked as blocked:
        said = str(blocked)
    assert bool(heard) == bool(said), "the parent hears of every refusal"
    assert not heard or heard[0] in said
    return heard[0].partition(" (--ai-gen-allow=")[0] if heard else ""


ALLOWED: list[tuple[str, tuple[Any, ...]]] = [
    ("open", ("free/x", "w", WRITE)),
    ("open", ("/etc/hosts", "r", READ)),
    ("open", (3, "w", WRITE)),
    ("open", (None, "w", WRITE)),
    ("open", ("/dev/null", "w", WRITE)),
    ("open", ("/etc/hosts", None, None)),
    ("os.remove", ("free/x", -1)),
    ("os.remove", (3, -1)),
    ("os.remove", (3.5, -1)),
    ("os.mkdir", (b"free/d", 0o777, -1)),
    ("os.rename", ("free/a", "free/b", -1, -1)),
    ("os.link", ("free/a", "free/b", -1, -1)),
    ("os.symlink", ("/etc", "free/l", -1)),
    ("os.truncate", ("free/x", 0)),
    ("os.kill", (0, signal.SIGTERM)),
    ("os.kill", (1, 0)),
    ("socket.bind", (SOCKET, ("127.0.0.1", 0))),
    ("socket.bind", (SOCKET, ("", 0))),
    ("socket.connect", ("s", ())),
    ("socket.sendmsg", ("s", None)),
    ("socket.getaddrinfo", ("127.0.0.1", 80)),
    ("socket.getaddrinfo", (None, 80)),
    ("socket.gethostbyname", (b"::1",)),
    ("socket.getnameinfo", (("127.0.0.1", 80),)),
    ("sqlite3.connect", (":memory:",)),
    ("sqlite3.connect", ("file:/etc/x?mode=ro",)),
    ("sqlite3.connect", ("free/x.db",)),
    ("sqlite3.connect", (3,)),
    ("import", ("x", "/usr/lib/x.so", None, None, None)),
    ("import", ("x", None, None, None, None)),
    ("open", ("/proc/self/environ", "r", READ)),
]
REFUSED: list[tuple[str, tuple[Any, ...], str]] = [
    ("open", ("/etc/x", "w", WRITE), "write to /etc/x"),
    ("open", ("/etc/x", "r", os.O_RDWR), "write to /etc/x"),
    ("open", ("/etc/x", None, WRITE), "write to /etc/x"),
    ("open", ("free/../x", "w", WRITE), "write to free/../x"),
    ("open", ("x" * 400, "w", WRITE), "write to " + "x" * 291 + "..."),
    ("os.remove", ("/etc/x", -1), "remove /etc/x"),
    ("os.remove", ("x", 10_000), "remove /x"),
    ("os.rename", ("free/a", "/etc/x", -1, -1), "rename to /etc/x"),
    ("os.rename", ("/etc/x", "free/a", -1, -1), "rename /etc/x"),
    ("os.link", ("/etc/x", "free/a", -1, -1), "link /etc/x"),
    ("os.symlink", ("free/a", "/etc/x", -1), "symlink /etc/x"),
    ("os.chmod", ("/etc/x", 0, -1), "chmod /etc/x"),
    ("os.truncate", ("/etc/x", 0), "truncate /etc/x"),
    ("os.kill", (1, signal.SIGTERM), "send signal 15 to process 1"),
    ("os.killpg", (1, signal.SIGKILL), "send signal 9 to process 1"),
    ("subprocess.Popen", ("/bin/sh", ["-c"], None, None), "start a process (subprocess.Popen /bin/sh)"),
    ("os.fork", (), "start a process (os.fork)"),
    ("ctypes.dlopen", ("libc.so.6",), "load the library libc.so.6"),
    ("winreg.SetValue", (), "change the registry (winreg.SetValue)"),
    ("socket.bind", ("s", ("0.0.0.0", 80)), "listen on 0.0.0.0"),
    ("socket.bind", ("s", "/etc/sock"), "listen on /etc/sock"),
    ("socket.connect", ("s", ("10.0.0.1", 80)), "connect to 10.0.0.1:80"),
    ("socket.connect", ("s", ("127.0.0.1", 80)), "connect to 127.0.0.1:80"),
    ("socket.connect", ("s", b"/etc/sock"), "connect to /etc/sock"),
    ("socket.connect", ("s", "free/sock"), "connect to free/sock"),
    ("import", ("x", "free/x.so", None, None, None), "load the library free/x.so"),
    ("open", ("/proc/1/environ", "r", READ), "read /proc/1/environ"),
    ("open", ("free/home/.ssh/id_rsa", "r", READ), "read free/home/.ssh/id_rsa"),
    ("resource.prlimit", (1, 7, (1, 1)), "set limits of process 1"),
    ("ctypes.dlsym", ("libc", "system"), "use ctypes (ctypes.dlsym)"),
    ("socket.sendto", ("s", ("127.0.0.1", 53)), "connect to 127.0.0.1:53"),
    ("socket.sendmsg", ("s", ("127.0.0.1", 53)), "connect to 127.0.0.1:53"),
    ("socket.getaddrinfo", ("example.org", 80), "look up the host 'example.org'"),
    ("socket.getnameinfo", (("example.org", 80),), "look up the host 'example.org'"),
    ("sqlite3.connect", ("/etc/x.db",), "open the database /etc/x.db"),
    ("sqlite3.connect", ("file:/etc/x.db?cache=shared",), "open the database /etc/x.db"),
]


@pytest.mark.parametrize(("event", "args"), ALLOWED)
def test_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str, args: tuple[Any, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "free").mkdir()
    assert decide(tmp_path / "free", event, *args) == ""


@pytest.mark.parametrize(("event", "args", "what"), REFUSED)
def test_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str, args: tuple[Any, ...], what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "free").mkdir()
    assert decide(tmp_path / "free", event, *args) == what


def test_own_servers_can_be_reached(tmp_path: Path) -> None:
    heard: list[str] = []
    table = rules.rules([tmp_path], heard.append, Allowances())
    with socket.socket() as server, socket.socket() as client:
        table["socket.bind"]("socket.bind", (server, ("127.0.0.1", 0)))
        server.bind(("127.0.0.1", 0))
        table["socket.connect"]("socket.connect", (client, server.getsockname()))
    table["socket.bind"]("socket.bind", (client, ("127.0.0.1", 0)))
    with pytest.raises(rules.Blocked):
        table["socket.connect"]("socket.connect", (client, ("127.0.0.1", 1)))
    assert heard == ["connect to 127.0.0.1:1 (--ai-gen-allow=network would allow it)"]
