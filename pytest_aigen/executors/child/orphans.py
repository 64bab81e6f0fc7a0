"""Finds and ends what a candidate started and left behind, in a group and a session of its own (Linux).

Runs in the processes that fork candidates; standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Collection

#: How often it is looked for the children of those that were ended.
_GENERATIONS = 100
_PR_SET_CHILD_SUBREAPER = 36


class Orphans:
    """Those that come to this process; what it had started before, as conftest files do, is none of them."""

    def __init__(self) -> None:
        self._before = children()
        self._comes_here = _become_parent()

    def end(self, ours: Collection[int]) -> None:
        """End all children of this process but these; as each ends, its own children come here."""
        for _ in range(_GENERATIONS if self._comes_here else 0):
            found = {pid for pid in children().difference(ours, self._before) if self._is_of_a_candidate(pid)}
            if not found:
                return
            for pid in found:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)

    def _is_of_a_candidate(self, pid: int) -> bool:
        """Where there is doubt, only what wears the sandbox."""
        if not self._before:
            return True
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as stream:
                return "NoNewPrivs:\t1" in stream.read()
        except OSError:
            return False


def _become_parent() -> bool:
    """Of what a child leaves behind when it ends. Whether the system can."""
    if sys.platform != "linux":
        return False
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0)
    return False


def children() -> set[int]:
    """The processes of which this one is the parent, where the system tells."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as stream:
            return set(map(int, stream.read().split()))
    except OSError:
        return set()
