"""A network of its own, in which there is the loopback interface and nothing else (Linux, where users may make one).

It is made once, in a fork that ends again; the processes of candidates join it. Someone who is not root needs a user
namespace for that, in which they stay who they are.
"""

from __future__ import annotations

import fcntl
import os
import platform
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_NUMBERS = {"x86_64": (272, 308), "aarch64": (97, 268)}
_UNSHARE, _SETNS = _NUMBERS.get(platform.machine(), (0, 0))
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40


@dataclass(frozen=True)
class Network:
    """Open descriptors of the namespaces."""

    net: int
    #: None where no user namespace is needed.
    user: int | None

    def join(self, call: Callable[..., int]) -> None:
        """Enter it. Raises OSError, as in a process with threads."""
        if self.user is not None:
            call(_SETNS, self.user, _NEWUSER)
        call(_SETNS, self.net, _NEWNET)

    def close(self) -> None:
        os.close(self.net)
        if self.user is not None:
            os.close(self.user)


def create(call: Callable[..., int], fork: Callable[[], int]) -> Network:
    """Make the namespaces. Raises OSError where they are not to be had."""
    with_user = os.geteuid() != 0
    told, tell = os.pipe()
    waits, release = os.pipe()
    pid = fork()
    if pid == 0:
        try:
            os.close(release)
            _make(call, with_user)
            os.write(tell, b"+")
            os.read(waits, 1)
        finally:
            os._exit(0)
    try:
        os.close(tell)
        os.close(waits)
        if os.read(told, 1) != b"+":
            raise OSError("no namespace of one's own")
        net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC) if with_user else None
        except OSError:
            os.close(net)
            raise
        return Network(net, user)
    finally:
        os.close(release)
        os.close(told)
        os.waitpid(pid, 0)


def _make(call: Callable[..., int], with_user: bool) -> None:
    uid, gid = os.geteuid(), os.getegid()
    call(_UNSHARE, _NEWNET | (_NEWUSER if with_user else 0))
    if with_user:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as stream:
                stream.write(text)
    with socket.socket() as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", _IFF_UP | _IFF_RUNNING, b""))
