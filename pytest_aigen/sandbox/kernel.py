"""The rules of the seat belt below Python, where Linux offers them without privileges: C code obeys them too.

`prepare` finds out once, in the warm session, which layers work, by trying each in a fork; `Kernel.enter` puts them on
in the process in which a candidate runs, before its code does. What is not there is left out, and never an error.
Nothing here needs compiled code of ours: the system calls are made through ``ctypes``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_aigen.sandbox import landlock, namespace, seccomp
from pytest_aigen.sandbox.allowances import Allowances

#: Calls the system: number and arguments; returns its answer, or raises OSError.
Syscall = Callable[..., int]

LANDLOCK, NAMESPACE, SECCOMP = "landlock", "network namespace", "seccomp"
_PR_SET_NO_NEW_PRIVS = 38
_CAPGET_CAPSET = {"x86_64": (125, 126), "aarch64": (90, 91)}
_CAPABILITIES_3 = 0x20080522
#: What is left of root's rights: about files, users and low ports; not about the system, other processes, networks.
_KEPT_RIGHTS = 0b101_1101_1111


@dataclass(frozen=True)
class Kernel:
    """The layers that work here."""

    #: Their names, in the order in which they are put on.
    layers: tuple[str, ...]
    _call: Syscall | None = None
    _machine: str = ""
    _network: namespace.Network | None = None

    def enter(self, writable: Sequence[Path], allowed: Allowances) -> None:
        """Obey from now on, for good, with all that this process starts.

        Raises OSError, the other layers being on, where the network cannot be joined, as in a process with threads.
        """
        if self._call is None or not self.layers:
            return
        failed: OSError | None = None
        if self._network is not None:
            try:
                self._network.join(self._call)
            except OSError as exc:
                failed = exc
            self._network.close()
        in_own_namespace = self._network is not None and self._network.user is not None and failed is None
        _drop_rights(self._call, self._machine, is_root=not in_own_namespace)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if LANDLOCK in self.layers:
            landlock.restrict(self._call, writable, execute=allowed.subprocess)
        if SECCOMP in self.layers:
            seccomp.restrict(self._call, self._machine, allowed)
        if failed is not None:
            raise failed


NONE = Kernel(())


def prepare(allowed: Allowances) -> Kernel:
    """The layers that this system has. Forks, and opens the network namespace that candidates will share."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in seccomp.MACHINES or sys.maxsize < 2**32:
        return NONE
    call = _syscalls()
    layers: list[str] = []
    network = None
    if not allowed.network:
        with contextlib.suppress(OSError):
            network = namespace.create(call, fork)
    if network is not None:
        if _works(lambda: Kernel((NAMESPACE,), call, machine, network).enter((), allowed)):
            layers.append(NAMESPACE)
        else:
            network.close()
            network = None
    for layer in (LANDLOCK, SECCOMP):
        if _works(lambda layer=layer: Kernel((layer,), call, machine).enter((), allowed)):  # type: ignore[misc]
            layers.append(layer)
    return Kernel(tuple(layers), call, machine, network)


def fork() -> int:
    """Fork without the warning of threads, which the session tells of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def _works(enter: Callable[[], None]) -> bool:
    """Whether it can be entered, tried in a fork."""
    pid = fork()
    if pid == 0:
        try:
            enter()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def _syscalls() -> Syscall:
    function: Any = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long

    def call(*args: Any) -> int:
        words = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
        answer = int(function(*words))
        if answer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return answer

    return call


def _drop_rights(call: Syscall, machine: str, *, is_root: bool) -> None:
    """Root keeps some; who has others only in a namespace of their own, keeps none: that would hide what fails."""
    get, put = _CAPGET_CAPSET[machine]
    head, rights = struct.pack("=Ii", _CAPABILITIES_3, 0), ctypes.create_string_buffer(24)
    call(get, head, rights)
    effective, permitted = struct.unpack_from("=II", rights.raw)
    kept = _KEPT_RIGHTS if is_root else 0
    call(put, head, struct.pack("=6I", effective & kept, permitted & kept, 0, 0, 0, 0))


def _prctl(*args: int) -> None:
    words = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)][:5]
    if ctypes.CDLL(None, use_errno=True).prctl(*words) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
