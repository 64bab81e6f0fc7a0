"""Resource limits of the process in which a candidate runs; nothing on systems that have none."""

from __future__ import annotations

import contextlib
import os
import sys

MEMORY = 4 * 1024**3
FILE = 256 * 1024**2


def apply(cpu_seconds: int) -> None:
    """Lower the limits of this process: no core files, memory, size of files, processor time."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: max(MEMORY, _in_use() + MEMORY // 2),
        resource.RLIMIT_FSIZE: FILE,
        resource.RLIMIT_CPU: cpu_seconds,
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
