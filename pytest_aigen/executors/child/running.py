"""A process that runs a job, seen from the one that forked it."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen.executors.wire import END, Frame, Output, Splitter, told

#: Seconds that a process waits for another job.
_WAITS = 60.0


@dataclass(eq=False)
class Child:
    """A process that runs a job."""

    job: int
    pid: int
    sock: socket.socket
    out: int
    timeout: float
    temp: Path
    started: float
    deadline: float
    #: Stands before all that it says.
    word: bytes
    at: str | None = None
    #: Whether it has answered, and waits for another job.
    waits: bool = False
    output: Output = field(default_factory=Output)
    splitter: Splitter = field(default_factory=Splitter)

    def wait(self, now: float) -> None:
        """It has answered, and waits for another job."""
        self.output, self.waits, self.deadline = Output(), True, now + _WAITS

    def begin(self, job: int, timeout: float, now: float) -> None:
        """It runs another job."""
        self.job, self.timeout, self.waits = job, timeout, False
        self.started, self.deadline = now, now + timeout


def ended(child: Child, how: str, status: int, seconds: float) -> Frame:
    """What is said of the end of its job; the status is that of ``waitpid``."""
    return told(
        child.job,
        END,
        how=how,
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        status=os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
        seconds=seconds,
        at=child.at,
        output=child.output.text(),
    )


def kill_group(pid: int) -> None:
    """End a process and its group, if there is one still."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
