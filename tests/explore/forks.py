"""Executors of probes only: in a fork of this process, killed when it says nothing for too long; in a thread of it."""

from __future__ import annotations

import asyncio
import importlib
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from pytest_aigen.data import NOT_RUN, Condition, Job, Outcome, Probe, Run
from pytest_aigen.explore.recipes import resolve

_SIZE = struct.Struct("!Q")


class Forks:
    """Runs probes; there is no sandbox but the engine's own belt."""

    def __init__(self, sys_path: tuple[str, ...] = (), *, variants: bool = False) -> None:
        self.sys_path = sys_path
        #: Whether it knows sessions with another hash seed.
        self.variants = variants
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        self.jobs.append(job)
        assert job.probe is not None
        if job.conditions and not (self.variants and job.conditions == {Condition.HASH_SEED}):
            return NOT_RUN
        if job.conditions:
            return self._elsewhere(job.probe)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            self._child(job.probe, writer)
        os.close(writer)
        values, outcome, detail = self._values(reader, child, job.timeout)
        os.close(reader)
        os.waitpid(child, 0)
        return Run(outcome, value=tuple(values), detail=detail)

    def _elsewhere(self, probe: Probe) -> Run:
        """In a new interpreter with another hash seed."""
        script = (
            "import importlib, os, pickle, sys; out = os.fdopen(os.dup(1), 'wb'); os.dup2(2, 1); path, function, argument = pickle.load(sys.stdin.buffer)\n"
            "sys.path[:] = path; name, _, function = function.partition(':')\n"
            "out.write(pickle.dumps(list(getattr(importlib.import_module(name), function)(argument))))"
        )
        payload = pickle.dumps(((*self.sys_path, *sys.path), probe.function, probe.argument))
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=payload,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": "4711"},
        )
        return (
            Run(Outcome.PASSED, value=tuple(pickle.loads(done.stdout)), under={Condition.HASH_SEED: ""})
            if not done.returncode
            else Run(Outcome.ERROR)
        )

    async def aclose(self) -> None: ...

    def _child(self, probe: Probe, writer: int) -> None:
        try:
            sys.path[:0] = self.sys_path
            name, _, function = probe.function.partition(":")
            for value in getattr(importlib.import_module(name), function)(probe.argument):
                _send(writer, ("value", value))
            _send(writer, ("end", None))
        except BaseException:
            import traceback

            _send(writer, ("fault", traceback.format_exc()))
        finally:
            os._exit(0)

    def _values(self, reader: int, child: int, timeout: float) -> tuple[list[Any], Outcome, str]:
        values: list[Any] = []
        for kind, value in _messages(reader, timeout):
            if kind == "value":
                values.append(value)
            elif kind == "end":
                return values, Outcome.PASSED, ""
            elif kind == "timeout":
                os.kill(child, signal.SIGKILL)
                return values, Outcome.TIMEOUT, ""
            else:
                return values, Outcome.ERROR, value
        return values, Outcome.CRASHED, ""


class Here:
    """Runs probes in a thread of this process: for harmless code, and seen by whoever measures coverage."""

    async def run(self, job: Job) -> Run:
        return await asyncio.to_thread(self._run, job)

    async def aclose(self) -> None: ...

    def _run(self, job: Job) -> Run:
        assert job.probe is not None
        name, _, function = job.probe.function.partition(":")
        before = sys.dont_write_bytecode
        resolve.cache_clear()
        try:
            values = tuple(getattr(importlib.import_module(name), function)(job.probe.argument))
        finally:
            sys.dont_write_bytecode = before
        return Run(Outcome.PASSED, value=pickle.loads(pickle.dumps(values)))


def _send(writer: int, message: Any) -> None:
    payload = pickle.dumps(message)
    data = memoryview(_SIZE.pack(len(payload)) + payload)
    while data:
        data = data[os.write(writer, data) :]


def _messages(reader: int, timeout: float) -> Iterator[tuple[str, Any]]:
    while True:
        head = _read(reader, _SIZE.size, timeout)
        if head is None:
            yield "timeout", None
            return
        if len(head) < _SIZE.size:
            return
        payload = _read(reader, _SIZE.unpack(head)[0], timeout)
        if payload is None:
            yield "timeout", None
            return
        yield pickle.loads(payload)


def _read(reader: int, size: int, timeout: float) -> bytes | None:
    data = b""
    while len(data) < size:
        if not select.select([reader], [], [], timeout)[0]:
            return None
        part = os.read(reader, size - len(data))
        if not part:
            break
        data += part
    return data
