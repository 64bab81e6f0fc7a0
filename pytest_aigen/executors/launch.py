"""Starts the processes in which candidates run."""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen.data import MORE_HASH_SEEDS, Condition, Job, Workplace
from pytest_aigen.errors import ExecutorError
from pytest_aigen.executors.wire import JOB, READY, Frame, Output, Splitter
from pytest_aigen.sandbox.environment import scrubbed

#: Seconds that a session may take to configure itself: conftest files may import half the world.
PATIENCE = 300.0
#: PYTHONHASHSEED, as it is always, and under `Condition.HASH_SEED`.
HASH_SEED, OTHER_HASH_SEED = 0, 4242

_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
if {root!r} not in sys.path:
    sys.path.append({root!r})
import socket
from pytest_aigen.executors.child.server import main
main({sock})
"""
#: Variables of the session that would make another process measure, distribute or report by itself.
_DROPPED = ("COV_CORE_", "COVERAGE_PROCESS_", "PYTEST_XDIST_", "PYTEST_CURRENT_TEST")


@dataclass
class Started:
    """A process and the line to it."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    temp: Path
    #: What the session, or the job that it runs, prints.
    output: Output
    drain: threading.Thread
    threads: tuple[str, ...] = ()
    #: Layers of the sandbox that are on in the processes of candidates.
    layers: tuple[str, ...] = ()
    _splitter: Splitter = field(default_factory=Splitter)

    async def frames(self) -> AsyncIterator[Frame]:
        """What the process says, until it closes the line."""
        data = b""  # an earlier reader may have left frames in the splitter
        while True:
            for frame in self._splitter.feed(data):
                yield frame
            try:
                data = await self.reader.read(65536)
            except OSError:
                return
            if not data:
                return

    async def say(self, frame: Frame) -> None:
        self.writer.write(frame.encode())
        await self.writer.drain()

    async def end(self, patience: float) -> None:
        """Close the line, wait for the process to end, then make it end."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()
        if patience:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self.process.wait, patience)
        self.kill()
        await asyncio.to_thread(self.process.wait)

    def kill(self) -> None:
        """End the process and its group at once."""
        if os.name == "nt":
            self.process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def printed(self) -> str:
        """All that was printed; call it when the process has ended."""
        await asyncio.to_thread(self.drain.join, 1.0)  # a survivor may hold the pipe open
        return self.output.text()


def hash_seed(job: Job) -> int:
    """The hash seed of the session in which a job runs: it is fixed when a process starts."""
    if Condition.HASH_SEED in job.conditions:
        return OTHER_HASH_SEED
    return next((seed for seed, one in enumerate(MORE_HASH_SEEDS, 1) if one in job.conditions), HASH_SEED)


async def start(
    workplace: Workplace, *, hash_seed: int, job: bytes | None = None, word: bytes = b""
) -> Started:
    """Start a session and wait until it is ready to serve, or, with a job, to run that one.

    ``word`` stands before all that the process of a job says.

    Raises ExecutorError with what the session printed when it does not get there.
    """
    from pytest_aigen.executors.child.order import Order

    temp = Path(os.path.realpath(tempfile.mkdtemp(prefix="aigen-")))
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    try:
        process = _popen(workplace, hash_seed, theirs, write)
    except OSError as exc:
        ours.close()
        os.close(read)
        shutil.rmtree(temp, ignore_errors=True)
        raise ExecutorError(f"no process could be started for candidates: {exc}") from exc
    finally:
        theirs.close()
        os.close(write)
    output = Output()
    drain = threading.Thread(target=output.drain, args=(read,), name="aigen-output", daemon=True)
    drain.start()
    reader, writer = await asyncio.open_connection(sock=ours)
    started = Started(process, reader, writer, temp, output, drain)
    try:
        with suppress(OSError):
            await started.say(Frame(0, JOB, pickle.dumps(Order(workplace, temp, job, word))))
        await asyncio.wait_for(_wait_until_ready(started), PATIENCE)
    except BaseException as exc:
        await started.end(0)
        shutil.rmtree(temp, ignore_errors=True)
        if isinstance(exc, asyncio.TimeoutError):
            raise ExecutorError(
                f"the session in which candidates run was not ready after {PATIENCE:.0f} s; look for what waits in "
                f"conftest files or plugins\n{_last_words(await started.printed())}"
            ) from None
        raise
    return started


async def _wait_until_ready(started: Started) -> None:
    async for frame in started.frames():
        if frame.kind == READY:
            message = frame.read()
            started.threads = tuple(map(str, message["threads"]))
            started.layers = tuple(map(str, message["layers"]))
            return
    status = await asyncio.to_thread(started.process.wait)
    raise ExecutorError(
        f"the session in which candidates run did not start (exit status {status}). It runs pytest with the options "
        "of this session; mend what it says, or try --ai-gen-executor=spawn:\n"
        f"{_last_words(await started.printed())}"
    )


def _last_words(text: str, limit: int = 3000) -> str:
    text = text.strip() or "(it printed nothing)"
    return text if len(text) <= limit else "..." + text[-limit:]


def _popen(
    workplace: Workplace, hash_seed: int, theirs: socket.socket, output: int
) -> subprocess.Popen[bytes]:
    environ = {
        name: value
        for name, value in scrubbed(os.environ, workplace.keep_env).items()
        if not name.startswith(_DROPPED)
    }
    environ |= {"PYTEST_AIGEN_CHILD": "1", "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, *(f"-W{option}" for option in sys.warnoptions), "-c"]
    if os.name == "nt":
        # Sockets are handed over by value, through the standard input.
        boot = _BOOT.format(root=_PACKAGE_ROOT, sock="socket.fromshare(sys.stdin.buffer.read())")
        process = subprocess.Popen(
            [*command, boot],
            cwd=workplace.cwd,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
        assert process.stdin is not None
        process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined,unused-ignore]
        process.stdin.close()
        return process
    boot = _BOOT.format(root=_PACKAGE_ROOT, sock=f"socket.socket(fileno={theirs.fileno()})")
    return subprocess.Popen(
        [*command, boot],
        cwd=workplace.cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
