"""Forks a process per job out of the warm session, and watches it: time limits, output, end.

Nothing here waits by polling: the loop sleeps until a socket, a pipe, the end of a child or a deadline wakes it.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_aigen.executors.child.orphans import Orphans
from pytest_aigen.executors.child.perform import flush
from pytest_aigen.executors.child.preloads import Preloads
from pytest_aigen.executors.child.running import Child, ended, kill_group
from pytest_aigen.executors.child.unparsed import Unparsed
from pytest_aigen.executors.wire import (
    AGAIN,
    END,
    EVENT,
    JOB,
    KILL,
    Channel,
    Forged,
    Frame,
    Splitter,
    hand_over,
    new_word,
    opened,
    told,
    unpack_earlier,
    unpack_timeout,
    unpack_tool,
)
from pytest_aigen.sandbox import limits

_CHUNK = 65536
#: What is read of the output of a process that has ended; a survivor could go on for ever.
_LAST = 1024 * 1024


class Supervisor:
    """Serves jobs until the other end closes the socket."""

    def __init__(
        self,
        control: socket.socket,
        temp: Path,
        run: Callable[[bytes, Channel, Path], None],
        parse: Callable[[str], None],
        know: Callable[[str], None],
        preload: Callable[[socket.socket, Sequence[str], Path], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._control = control
        self._temp = temp
        self._run = run
        self._know = know
        self._clock = clock
        self._children: dict[int, Child] = {}
        self._orders = Splitter()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._preload = preload
        self._preloads = Preloads(
            selector=self._selector,
            temp=temp,
            become=self._become_preloaded,
            send=self._send,
            run_here=lambda order: self._fork(order.job, order.payload),
            clock=clock,
        )
        self._unparsed = Unparsed(parse)
        self._open = True
        self._orphans = Orphans()

    def serve(self) -> None:
        # Children may not load libraries, which importing `ctypes` does; all import the others.
        import ctypes  # noqa: F401
        import encodings.ascii  # noqa: F401
        import resource  # noqa: F401

        self._temp.mkdir(exist_ok=True)
        for sock in (self._wake_read, self._wake_write):
            sock.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ, self._read_orders)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._wake)
        try:
            while self._open:
                self._turn()
        finally:
            for child in list(self._children.values()):
                self._finish(child, "closed")
            self._preloads.close()
            signal.set_wakeup_fd(-1)
            self._selector.close()

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._patience()):
            # By its number: an earlier event may have ended its child, and a closed socket has none.
            if self._selector.get_map().get(key.fd) is key:
                key.data()
        now = self._clock()
        for child in list(self._children.values()):
            if child.deadline <= now:
                self._finish(child, "timeout")
        self._preloads.check(now)
        if self._unparsed and not self._selector.select(0):
            self._unparsed.parse_one()

    def _patience(self) -> float | None:
        if self._unparsed:
            return 0
        moments = [*(child.deadline for child in self._children.values()), *self._preloads.deadlines()]
        return max(0.0, min(moments) - self._clock()) if moments else None

    # orders ----------------------------------------------------------------------------------------

    def _read_orders(self) -> None:
        data = self._control.recv(_CHUNK)
        self._open = bool(data)
        for frame in self._orders.feed(data):
            if frame.kind == JOB:
                if tool := unpack_tool(frame.payload):
                    self._know(tool)
                if self._preload is None or not self._preloads.take(frame):
                    self._fork(frame.job, frame.payload)
            elif frame.kind == AGAIN:
                if not self._go_on(frame) and not self._preloads.pass_on(frame):
                    self._send(told(frame.job, END, how="gone", seconds=0.0, output=""))
            elif frame.kind == KILL and frame.job in self._children:
                self._finish(self._children[frame.job], "killed")
            elif frame.kind == KILL:
                self._preloads.kill(frame.job)

    def _send(self, frame: Frame) -> None:
        try:
            self._control.sendall(frame.encode())
        except OSError:
            self._open = False

    # children --------------------------------------------------------------------------------------

    def _fork(self, job: int, payload: bytes) -> None:
        ours, theirs = socket.socketpair()
        out, their_out = os.pipe()
        temp, word = self._temp / str(job), new_word()
        flush()
        started = self._clock()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of threads, which `READY` told of
            pid = os.fork()
        if pid == 0:
            try:
                self._become_child(ours, their_out, out)
                self._run(payload, Channel(theirs, job, word), temp)
                flush()
            except BaseException as exc:
                print(f"{type(exc).__name__}: {exc}", file=sys.__stderr__, flush=True)
                os._exit(70)
            finally:
                os._exit(0)
        theirs.close()
        os.close(their_out)
        ours.setblocking(False)
        os.set_blocking(out, False)
        timeout = unpack_timeout(payload)
        child = Child(job, pid, ours, out, timeout, temp, started, started + timeout, word)
        self._children[job] = child
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._read_child(child))
        self._selector.register(out, selectors.EVENT_READ, lambda: self._read_output(child))

    def _become_child(self, ours: socket.socket, their_out: int, out: int) -> None:
        self._leave(their_out)
        ours.close()
        os.close(out)

    def _become_preloaded(self, control: socket.socket, names: Sequence[str], temp: Path) -> None:
        assert self._preload is not None
        self._leave(os.open(os.devnull, os.O_RDWR))
        self._preload(control, names, temp)

    def _leave(self, output: int) -> None:
        """In a new fork: let go of what is its parent's, and print elsewhere."""
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        os.setsid()
        limits.die_with_parent()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        self._preloads.close_sockets()
        for sock in (self._control, self._wake_read, self._wake_write):
            sock.close()
        for other in self._children.values():
            other.sock.close()
            os.close(other.out)

    def _go_on(self, order: Frame) -> bool:
        """Whether a process that waits takes this job."""
        child = self._children.get(unpack_earlier(order.payload))
        if child is None or not child.waits:
            return False
        if not hand_over(child.sock, order.payload):
            self._finish(child, "deaf")
            return False
        del self._children[child.job]
        self._children[order.job] = child
        child.begin(order.job, unpack_timeout(order.payload), self._clock())
        return True

    def _wait(self, child: Child) -> None:
        """Tell the parent of the answer, and let the process wait for another job."""
        self._read_last(child)
        self._send(ended(child, "answer", 0, self._clock() - child.started))
        child.wait(self._clock())

    def _read_child(self, child: Child) -> None:
        try:
            data = child.sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._finish(child, "exit")
            return
        try:
            for frame in child.splitter.feed(data):
                if self._forward(child, frame):
                    if child.waits:
                        self._wait(child)
                    else:
                        self._finish(child, "answer")
                    return
        except Forged:
            self._finish(child, "forged")
        except ValueError:
            self._finish(child, "nonsense")

    def _forward(self, child: Child, frame: Frame) -> bool:
        """Pass on what the child says; whether it was the last."""
        frame = opened(frame, child.word)._replace(job=child.job)
        child.deadline = self._clock() + child.timeout
        last = False
        if frame.kind == EVENT:
            message = frame.read()
            child.at = message.get("at", child.at)
            last = "result" in message or "stale" in message
            child.waits = last and message.get("waits") is True
            if "result" in message:
                self._unparsed.note(message["result"])
        self._send(frame)
        return last

    def _read_output(self, child: Child) -> bool:
        """Whether there was any."""
        try:
            data = os.read(child.out, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        child.output.feed(data)
        if not data and child.out in self._selector.get_map():
            self._selector.unregister(child.out)
        return bool(data)

    def _wake(self) -> None:
        try:
            while self._wake_read.recv(4096):
                pass
        except BlockingIOError:
            pass
        for child in list(self._children.values()):
            gone, status = os.waitpid(child.pid, os.WNOHANG)
            if gone:
                # What it said last is still in the socket.
                while child.job in self._children and self._pending(child):
                    self._read_child(child)
                if child.job in self._children:
                    self._finish(child, "exit", status)

    @staticmethod
    def _pending(child: Child) -> bool:
        try:
            return bool(child.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _finish(self, child: Child, how: str, status: int | None = None) -> None:
        """End the process and all that it started, and tell the parent."""
        seconds = self._clock() - child.started
        if status is None:
            if how == "exit":  # it closed the socket; how it ended is about to be known
                self._selector.unregister(child.sock)
                del self._children[child.job]
                status = self._reap(child, patience=1.0)
            else:
                kill_group(child.pid)
                status = self._reap(child, patience=None)
        kill_group(child.pid)
        self._orphans.end({*(child.pid for child in self._children.values()), *self._preloads.pids()})
        self._read_last(child)
        for thing in (child.sock, child.out):
            if thing in self._selector.get_map():
                self._selector.unregister(thing)
        self._children.pop(child.job, None)
        child.sock.close()
        os.close(child.out)
        if not child.waits:
            self._send(ended(child, how, status, seconds))
        shutil.rmtree(child.temp, ignore_errors=True)

    def _read_last(self, child: Child) -> None:
        for _ in range(_LAST // _CHUNK):
            if not self._read_output(child):
                return

    def _reap(self, child: Child, patience: float | None) -> int:
        try:
            if patience is not None:
                gone, status = os.waitpid(child.pid, os.WNOHANG)
                if gone:
                    return status
                # It may have closed the socket without ending.
                self._wake_read.setblocking(True)
                self._wake_read.settimeout(patience)
                try:
                    self._wake_read.recv(4096)
                except OSError:
                    pass
                finally:
                    self._wake_read.setblocking(False)
                    self._wake_write.send(b"\0")  # what was read may have been for another child
                kill_group(child.pid)
            return os.waitpid(child.pid, 0)[1]
        except ChildProcessError:
            return 0
