"""A filter of system calls: no new processes, no programs, no signals to others, nothing that reconfigures the system.

A filter sees numbers and plain arguments, never what a pointer leads to: paths are Landlock's business, addresses the
network namespace's. What is refused fails with EPERM; nothing tells the parent of it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence

from pytest_aigen.sandbox.allowances import Allowances

#: Machine -> the kernel's name for it, and its number of each call.
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X86_64 = {
    "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "socket": 41, "ptrace": 101, "setpriority": 141,
    "sched_setparam": 142, "sched_setscheduler": 144, "personality": 135, "pivot_root": 155, "adjtimex": 159,
    "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168,
    "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175,
    "delete_module": 176, "quotactl": 179, "tkill": 200, "sched_setaffinity": 203, "clock_settime": 227, "tgkill": 234,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "rt_sigqueueinfo": 129, "ioprio_set": 251,
    "migrate_pages": 256, "unshare": 272, "move_pages": 279, "rt_tgsigqueueinfo": 297, "perf_event_open": 298,
    "fanotify_init": 300, "prlimit64": 302, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "sched_setattr": 314,
    "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "clone": 220, "execve": 221, "kill": 129, "socket": 198, "ptrace": 117, "setpriority": 140, "sched_setparam": 118,
    "sched_setscheduler": 119, "personality": 92, "pivot_root": 41, "adjtimex": 171, "chroot": 51, "acct": 89,
    "settimeofday": 170, "mount": 40, "umount2": 39, "swapon": 224, "swapoff": 225, "reboot": 142, "sethostname": 161,
    "setdomainname": 162, "init_module": 105, "delete_module": 106, "quotactl": 60, "tkill": 130,
    "sched_setaffinity": 122, "clock_settime": 112, "tgkill": 131, "kexec_load": 104, "add_key": 217,
    "request_key": 218, "keyctl": 219, "rt_sigqueueinfo": 138, "ioprio_set": 30, "migrate_pages": 238, "unshare": 97,
    "move_pages": 239, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "fanotify_init": 262, "prlimit64": 261,
    "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
    "kcmp": 272, "finit_module": 273, "sched_setattr": 274, "kexec_file_load": 294, "bpf": 280, "execveat": 281,
    "userfaultfd": 282,
}  # fmt: skip
#: Calls that have one number everywhere.
_EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434, "clone3": 435,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "process_mrelease": 448,
}  # fmt: skip
_NUMBERS = {"x86_64": _X86_64 | _EVERYWHERE, "aarch64": _AARCH64 | _EVERYWHERE}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
#: Calls whose argument of this index is a process, which has to be the own one (0 is another word for it).
_ABOUT_A_PROCESS = {
    "tgkill": 0, "rt_sigqueueinfo": 0, "rt_tgsigqueueinfo": 0, "sched_setparam": 0, "sched_setscheduler": 0,
    "sched_setaffinity": 0, "sched_setattr": 0, "prlimit64": 0, "migrate_pages": 0, "move_pages": 0, "setpriority": 1,
    "ioprio_set": 1,
}  # fmt: skip
#: What is decided on by an argument below.
_CONDITIONAL = frozenset({*_ABOUT_A_PROCESS, "clone", "clone3", "kill", "socket"})
_STARTS = frozenset({"fork", "vfork", "execve", "execveat"})
_CLONE_THREAD = 0x10000
_X32 = 0x40000000
_SET_FILTER, _ALL_THREADS = 1, 1

_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16

_Step = tuple[int, int, int, int]


def restrict(call: Callable[..., int], machine: str, allowed: Allowances) -> None:
    """Filter the calls of this process and its threads from now on. Raises OSError."""
    steps = program(machine, allowed, os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    call(_SECCOMP[machine], _SET_FILTER, _ALL_THREADS, header)


def program(machine: str, allowed: Allowances, pid: int) -> list[_Step]:
    """The filter, in the kernel's little language: steps of (operation, jump if so, jump if not, value)."""
    numbers = _NUMBERS[machine]
    steps = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, MACHINES[machine]), _fail(errno.ENOSYS)]
    steps.append((_LOAD, 0, 0, _NUMBER))
    if machine == "x86_64":
        steps += [(_AT_LEAST, 0, 1, _X32), _fail(errno.ENOSYS)]
    for name, number in numbers.items():
        if name in _CONDITIONAL or (allowed.subprocess and name in _STARTS):
            continue
        steps += _when(number, [_fail()])
    for name, place in _ABOUT_A_PROCESS.items():
        steps += _when(numbers[name], [_argument(place), *_one_of((0, pid))])
    own = _one_of((0, pid, -pid & 0xFFFFFFFF))
    if not allowed.subprocess:
        asks = [_argument(1), (_EQUAL, 0, 1, 0), _go_on()]  # signal 0
        steps += _when(numbers["kill"], [*asks, _argument(0), *own])
        # The flags of `clone3` stand in memory; without it, libraries use `clone`.
        steps += _when(numbers["clone3"], [_fail(errno.ENOSYS)])
        steps += _when(numbers["clone"], [_argument(0), (_HAS, 1, 0, _CLONE_THREAD), _fail(), _go_on()])
    if not allowed.network:
        steps += _when(numbers["socket"], [_argument(0), *_one_of((socket.AF_INET, socket.AF_INET6))])
    return [*steps, _go_on()]


def _when(number: int, steps: Sequence[_Step]) -> Iterator[_Step]:
    """Steps for one call, which end the program."""
    yield (_EQUAL, 0, len(steps), number)
    yield from steps


def _argument(place: int) -> _Step:
    """Load the lower half of an argument."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * place)


def _one_of(values: Sequence[int]) -> list[_Step]:
    """Allow if what is loaded is one of the values, else fail."""
    jumps = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [*jumps, _fail(), _go_on()]


def _go_on() -> _Step:
    return (_RETURN, 0, 0, _ALLOW)


def _fail(number: int = errno.EPERM) -> _Step:
    return (_RETURN, 0, 0, _FAIL | number)
