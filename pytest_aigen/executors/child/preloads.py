"""Forks of the warm session that imported some sources once, and serve the jobs that would import the same first.

Importing the code under test is most of what a small job costs. A preloaded process does it under the tracer and with
the seat belt on, and forks from there: each job counts those lines and branches as its own, as if it had imported them.
What cannot be imported so is imported by each job itself.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen.executors.wire import END, KILL, READY, Frame, Splitter, told, unpack_preload

#: Preloaded processes that live at once.
MOST = 8
#: Seconds that importing may take.
PATIENCE = 10.0
#: Hundredths of a second that one has to end.
_MOMENTS = 200
_CHUNK = 65536

#: Makes the present process, a new fork, the preloaded one; does not return.
Become = Callable[[socket.socket, Sequence[str], Path], None]


@dataclass(eq=False)
class Preloaded:
    """One such process, seen from the session that forked it."""

    names: tuple[str, ...]
    pid: int
    sock: socket.socket
    temp: Path
    deadline: float
    splitter: Splitter = field(default_factory=Splitter)
    is_ready: bool = False
    #: Orders that it did not end yet, by job.
    orders: dict[int, Frame] = field(default_factory=dict)


class Preloads:
    """All preloaded processes of a session: hands orders to them, and passes on what they say."""

    def __init__(
        self,
        *,
        selector: selectors.BaseSelector,
        temp: Path,
        become: Become,
        send: Callable[[Frame], None],
        run_here: Callable[[Frame], None],
        clock: Callable[[], float],
    ) -> None:
        self._selector, self._temp, self._become, self._clock = selector, temp, become, clock
        self._send, self._run_here = send, run_here
        #: The last used one last.
        self._processes: dict[tuple[str, ...], Preloaded] = {}
        #: What could not be imported.
        self._hopeless: set[tuple[str, ...]] = set()
        self._made = 0

    def take(self, order: Frame) -> bool:
        """Whether a preloaded process runs this job."""
        names = unpack_preload(order.payload)
        if not names or names in self._hopeless:
            return False
        process = self._fitting(names) or self._fork(names)
        self._processes[process.names] = self._processes.pop(process.names, process)
        process.orders[order.job] = order
        if process.is_ready:
            self._say(process, order)
        return True

    def _fitting(self, names: tuple[str, ...]) -> Preloaded | None:
        """The one that imported most of these modules, and nothing else."""
        fitting = [process for process in self._processes.values() if set(process.names) <= set(names)]
        return max(fitting, key=lambda process: len(process.names), default=None)

    def pass_on(self, order: Frame) -> bool:
        """Whether a process may have the one that waits for this job."""
        process = self._fitting(unpack_preload(order.payload))
        if process is None or not process.is_ready:
            return False
        process.orders[order.job] = order
        self._say(process, order)
        return True

    def kill(self, job: int) -> None:
        """End a job, if one of these runs it, is about to, or has a process that ran it and waits."""
        for process in self._processes.values():
            if job in process.orders:
                if process.is_ready:
                    self._say(process, Frame(job, KILL))
                else:
                    del process.orders[job]
                    self._send(told(job, END, how="killed", seconds=0.0, output=""))
                return
        for process in list(self._processes.values()):
            if process.is_ready:
                self._say(process, Frame(job, KILL))

    def deadlines(self) -> list[float]:
        """The moments at which those that are not ready have taken too long."""
        return [process.deadline for process in self._processes.values() if not process.is_ready]

    def check(self, now: float) -> None:
        for process in list(self._processes.values()):
            if not process.is_ready and process.deadline <= now:
                self._lose(process)

    def close(self) -> None:
        for process in list(self._processes.values()):
            self._end(process)

    def pids(self) -> list[int]:
        return [process.pid for process in self._processes.values()]

    def close_sockets(self) -> None:
        """In a new fork: they are its parent's."""
        for process in self._processes.values():
            process.sock.close()

    def _fork(self, names: tuple[str, ...]) -> Preloaded:
        idle = [process for process in self._processes.values() if not process.orders]
        if len(self._processes) >= MOST and idle:
            self._end(idle[0])
        ours, theirs = socket.socketpair()
        self._made += 1
        temp = self._temp / f"preloaded-{self._made}"
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                self._become(theirs, names, temp)
            finally:
                os._exit(70)
        theirs.close()
        process = Preloaded(names, pid, ours, temp, self._clock() + PATIENCE)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._read(process))
        return process

    def _say(self, process: Preloaded, frame: Frame) -> None:
        try:
            process.sock.sendall(frame.encode())
        except OSError:
            self._lose(process)

    def _read(self, process: Preloaded) -> None:
        try:
            data = process.sock.recv(_CHUNK)
            frames = list(process.splitter.feed(data))
        except (OSError, ValueError):
            data, frames = b"", []
        for frame in frames:
            if frame.kind == READY:
                process.is_ready = True
                for order in list(process.orders.values()):
                    self._say(process, order)
                continue
            if frame.kind == END:
                process.orders.pop(frame.job, None)
            self._send(frame)
        if not data:
            self._lose(process)

    def _lose(self, process: Preloaded) -> None:
        """It died, or did not get ready: what it had not begun runs elsewhere, what it had is lost."""
        orders, process.orders = list(process.orders.values()), {}
        self._end(process)
        if process.is_ready:
            for order in orders:
                self._send(told(order.job, END, how="lost", seconds=0.0, output=""))
            return
        self._hopeless.add(process.names)
        for order in orders:
            self._run_here(order)

    def _end(self, process: Preloaded) -> None:
        """End it; its forks end with it."""
        self._processes.pop(process.names, None)
        if process.sock.fileno() != -1:
            self._selector.unregister(process.sock)
            process.sock.close()
        with suppress(ProcessLookupError, ChildProcessError):
            # A ready one ends when its socket is closed, and what it forked before it.
            if not process.is_ready or not _ended(process.pid):
                os.kill(process.pid, signal.SIGKILL)
                os.waitpid(process.pid, 0)
        shutil.rmtree(process.temp, ignore_errors=True)


def _ended(pid: int) -> bool:
    """Whether a process ends within a moment."""
    for _ in range(_MOMENTS):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.01)
    return False
