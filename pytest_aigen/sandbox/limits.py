"""Resource limits of the process in which a candidate runs; nothing on systems that have none."""

from __future__ import annotations

import contextlib
import os
import sys

MEMORY = 4 * 1024**3
FILE = 256 * 1024**2
FILES = 1024
#: Of the whole user, threads included: an end for a bomb, where nothing else forbids it.
PROCESSES = 4096
#: Where there are limits.
LAYER = ("limits",) if sys.platform != "win32" else ()


def apply(cpu_seconds: int) -> None:
    """Lower the limits of this process: no core files, memory, size and number of files, processor time, processes."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: max(MEMORY, _in_use() + MEMORY // 2),
        resource.RLIMIT_FSIZE: FILE,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_NOFILE: FILES,
        resource.RLIMIT_NPROC: PROCESSES,
    }
    for limit, value in wanted.items():
        soft, hard = resource.getrlimit(limit)
        ceilings = [bound for bound in (value, soft, hard) if bound != resource.RLIM_INFINITY]
        lowest = min(ceilings)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (lowest, lowest))


def die_with_parent() -> None:
    """Where the system can (Linux): end this process when the one that forked it ends."""
    if sys.platform != "linux":
        return
    import ctypes
    import signal

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _in_use() -> int:
    """Bytes of address space that this process has already."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
