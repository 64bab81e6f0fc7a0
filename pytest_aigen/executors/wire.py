"""Frames between the parent, a warm server and the processes in which candidates run.

A frame is a header (length, job, kind) and a payload. What a candidate's process sends about a test run is JSON, so
that code under test cannot make anyone unpickle what it likes; only the values of a probe are pickles, and only the
parent that asked for the probe reads them.

Runs in every process: standard library only.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

#: Parent to server: a job, a job for the process that an earlier one left waiting, and an order to end one.
JOB, AGAIN, KILL = b"J", b"A", b"K"
#: Server to parent: ready to serve, and how a job's process ended.
READY, END = b"R", b"X"
#: Candidate's process to parent: an event, and a value that a probe yielded or returned.
EVENT, VALUE = b"E", b"V"

_HEADER = struct.Struct("!IIc")
#: The head of a job: its time limit, the job whose process is to run it, and the lengths of the two texts that follow.
_JOB = struct.Struct("!dIII")
#: Between a server and a process that waits: the length of a job.
_LENGTH = struct.Struct("!I")
#: No honest frame is larger.
LARGEST = 256 * 1024 * 1024

# Code under test may leave these patched.
_getpid, _dumps, _quote = os.getpid, json.dumps, json.encoder.encode_basestring_ascii
#: Bytes of the word that stands before all that a candidate's process says.
_WORD = 16


class Frame(NamedTuple):
    """One message."""

    job: int
    kind: bytes
    payload: bytes = b""

    def encode(self) -> bytes:
        return _HEADER.pack(len(self.payload), self.job, self.kind) + self.payload

    def read(self) -> dict[str, Any]:
        """The JSON object that the payload holds."""
        value = json.loads(self.payload)
        if not isinstance(value, dict):
            raise ValueError("a frame that holds no object")
        return value


def told(job: int, kind: bytes, **message: Any) -> Frame:
    """A frame that holds a JSON object."""
    return Frame(job, kind, _dumps(message).encode())


def pack_job(
    timeout: float, job: object, preload: Sequence[str] = (), tool: str = "", earlier: int = 0
) -> bytes:
    """The payload of a JOB or AGAIN frame: the server reads the head, only the candidate's process the job.

    ``preload`` names modules that may be imported before the process is forked, ``tool`` one of this package that the
    server itself may import, for all processes that it forks. ``earlier`` is the job whose process waits for this one.
    """
    names, name = " ".join(preload).encode(), tool.encode()
    return _JOB.pack(timeout, earlier, len(names), len(name)) + names + name + pickle.dumps(job)


def unpack_timeout(payload: bytes) -> float:
    return float(_JOB.unpack_from(payload)[0])


def unpack_earlier(payload: bytes) -> int:
    return int(_JOB.unpack_from(payload)[1])


def unpack_preload(payload: bytes) -> tuple[str, ...]:
    _, _, names, _ = _JOB.unpack_from(payload)
    return tuple(payload[_JOB.size : _JOB.size + names].decode().split())


def unpack_tool(payload: bytes) -> str:
    _, _, names, name = _JOB.unpack_from(payload)
    return payload[_JOB.size + names : _JOB.size + names + name].decode()


def unpack_job(payload: bytes) -> Any:
    _, _, names, name = _JOB.unpack_from(payload)
    return pickle.loads(payload[_JOB.size + names + name :])


def hand_over(sock: socket.socket, payload: bytes, patience: float = 1.0) -> bool:
    """Send a job to a process that waits for it; whether that reads it, within so many seconds."""
    sock.settimeout(patience)
    try:
        sock.sendall(_LENGTH.pack(len(payload)) + payload)
    except OSError:
        return False
    finally:
        sock.setblocking(False)
    return True


class Splitter:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with these bytes. Raises ValueError for a stream that is not ours."""
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            length, job, kind = _HEADER.unpack_from(self._buffer)
            if length > LARGEST or kind not in (JOB, AGAIN, KILL, READY, END, EVENT, VALUE):
                raise ValueError("a frame that cannot be")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield Frame(job, kind, payload)


class Forged(ValueError):
    """A frame that the channel of the process did not send."""


def new_word() -> bytes:
    """A word that only those who were told it know."""
    return os.urandom(_WORD)


def opened(frame: Frame, word: bytes) -> Frame:
    """The frame without the word before it. Raises Forged where that is another one."""
    if frame.payload[:_WORD] != word:
        raise Forged("a frame that does not begin with the word of its channel")
    return frame._replace(payload=frame.payload[_WORD:])


class Channel:
    """The candidate's end: says what happens. Silent in processes that the candidate itself forks.

    Whatever writes to the socket past the channel does not know its word, and is found out.
    """

    def __init__(self, sock: socket.socket, job: int, word: bytes) -> None:
        self._sock = sock
        self._job = job
        self._word = word
        self._pid = _getpid()
        self._lock = threading.RLock()  # to send may itself be refused, in the same thread

    def event(self, **message: Any) -> None:
        self._send(told(self._job, EVENT, **message))

    def receive(self) -> bytes | None:
        """The payload of the job for which this process waits; None where no other will come."""
        head = self._read(_LENGTH.size)
        return self._read(_LENGTH.unpack(head)[0]) if head else None

    def _read(self, size: int) -> bytes | None:
        data = b""
        while len(data) < size:
            try:
                more = self._sock.recv(size - len(data))
            except OSError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def value(self, value: object) -> None:
        """Send a value of a probe. Raises what pickle raises when it cannot be sent."""
        self._send(Frame(self._job, VALUE, pickle.dumps(value)))

    def alarm(self) -> Callable[[str], None]:
        """What tells of a refusal, whatever becomes of this class, of `json` and of the names above meanwhile."""
        job, word, pid, lock = self._job, self._word, self._pid, self._lock
        send, getpid, quote, pack = self._sock.sendall, _getpid, _quote, _HEADER.pack
        size, kind = len, EVENT

        def say(what: str) -> None:
            if getpid() == pid:
                payload = word + b'{"blocked": ' + quote(what).encode() + b"}"
                with lock:
                    send(pack(size(payload), job, kind) + payload)

        return say

    def _send(self, frame: Frame) -> None:
        if _getpid() != self._pid:
            return
        with self._lock:
            self._sock.sendall(frame._replace(payload=self._word + frame.payload).encode())


#: A process that runs one job prints this between what its session printed and what the job prints.
MARK = b"\0pytest-aigen\0\n"


class Output:
    """What a process printed: the beginning and the end, whatever its size."""

    def __init__(self, keep: int = 16 * 1024) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail = bytearray()
        self._lost = 0

    def feed(self, data: bytes) -> None:
        room = self._keep - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data
        excess = len(self._tail) - self._keep
        if excess > 0:
            del self._tail[:excess]
            self._lost += excess

    def drain(self, read: int) -> None:
        """Take all that comes out of a pipe until nobody can write any more; what comes before `MARK` is dropped."""
        before = b""
        with open(read, "rb", buffering=0) as stream:
            while data := stream.read(65536):
                joined = before + data
                if MARK in joined:
                    self._head.clear()
                    self._tail.clear()
                    self._lost = 0
                    data = joined.rpartition(MARK)[2]
                self.feed(data)
                before = data[1 - len(MARK) :]

    def text(self) -> str:
        """The text, with a line that says how much is missing."""
        gap = f"\n... {self._lost} bytes ...\n".encode() if self._lost else b""
        return (bytes(self._head) + gap + bytes(self._tail)).decode("utf-8", "replace")
