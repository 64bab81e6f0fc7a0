"""A process that runs a job, seen from the one that forked it."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen.executors.wire import Output, Splitter


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


def kill_group(pid: int) -> None:
    """End a process and its group, if there is one still."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
