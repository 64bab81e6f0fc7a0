"""Runs jobs in forks of a warm, configured pytest session."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from pytest_aigen.abreast import ended
from pytest_aigen.data import MORE_HASH_SEEDS, Condition, Job, Outcome, Run, Workplace
from pytest_aigen.errors import ExecutorError
from pytest_aigen.executors.answer import Answer
from pytest_aigen.executors.imports import SourceNames
from pytest_aigen.executors.launch import HASH_SEED, OTHER_HASH_SEED, Started, hash_seed, start
from pytest_aigen.executors.spawn import Spawn
from pytest_aigen.executors.wire import AGAIN, END, JOB, KILL, Frame, pack_job
from pytest_aigen.protocols import Executor

_PACKAGE = "pytest_aigen"
#: What a job may owe to sources that were imported before it began; it runs again and imports them itself.
_IN_DOUBT = (Outcome.BLOCKED, Outcome.CRASHED)
#: Processes that wait for another job, for each that may run at once.
_WAITING = 8
#: Seconds for each run of tests in a process that has run them before.
_SOON = 2.0


class ForkServer:
    """An `Executor`: a warm server for each hash seed, started when it is needed; a fork per job.

    Never more candidates at once than ``workplace.workers``, over all servers.
    """

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._places = asyncio.Semaphore(max(1, workplace.workers))
        self._locks: dict[int, asyncio.Lock] = {}
        self._servers: dict[int, Server] = {}
        #: Tests -> the job after which their process waits for another one.
        self._waiting: dict[Hashable, tuple[Server, int]] = {}
        #: The start of the session with the other hash seed, before it is asked for.
        self._other: asyncio.Task[None] | None = None
        self._fresh = Spawn(workplace)
        self._names = SourceNames(workplace)
        #: Sentences that the user should read.
        self.notes: list[str] = []
        #: Layers of the sandbox, known when the first session is ready.
        self.layers: tuple[str, ...] = ()

    async def run(self, job: Job) -> Run:
        """Run a job in a fork. What the warm session has imported with another text runs in a fresh interpreter."""
        if self._other is None and job.probe is not None and job.probe.imports:
            # What such a probe finds is looked at again with another hash seed, by a session that takes its time to start.
            self._other = asyncio.ensure_future(self._foresee(OTHER_HASH_SEED))
        async with self._places:
            if not job.conditions.isdisjoint(MORE_HASH_SEEDS):
                return await self._fresh.run(job)
            server = await self._server(hash_seed(job))
            preload, tool = self._imported_first(job), self._tool(job)
            if job.changes and (again := await self._again(job, server, preload)):
                return again
            answer = await server.ask(job, preload, tool)
            if answer.stale:
                return await self._fresh.run(job)
            run = answer.run(job)
            self._note(job, server, answer)
            if preload and run.outcome in _IN_DOUBT and job.probe is None:
                return (await server.ask(job)).run(job)
            return run

    async def _again(self, job: Job, server: Server, preload: Sequence[str]) -> Run | None:
        """The job in the process that ran its tests, where that waits for it and can decide on the changes."""
        was_on, earlier = self._waiting.pop(_tests(job), (None, 0))
        if was_on is not server or server.is_dead:
            return None
        answer = await server.ask(replace(job, timeout=min(job.timeout, _SOON)), preload, earlier=earlier)
        run = answer.run(job)
        self._note(job, server, answer)
        decided = run.outcome is Outcome.PASSED and len(run.changed) == len(job.changes)
        return run if decided else None

    def _note(self, job: Job, server: Server, answer: Answer) -> None:
        """Remember a process that waits; those that have waited longest are ended for it."""
        if answer.waits:
            self._waiting[_tests(job)] = server, answer.number
        while len(self._waiting) > _WAITING * max(1, self._workplace.workers):
            was_on, number = self._waiting.pop(next(iter(self._waiting)))
            was_on.kill(number)

    def _imported_first(self, job: Job) -> tuple[str, ...]:
        """The sources that may be imported before the job's process is forked.

        None where tests run among others, whose module may do anything while it is imported, with changed sources, or
        under other conditions, which hold for few jobs. A hash seed is that of the whole session.
        """
        if job.probe is not None:
            is_plain = job.conditions <= {Condition.HASH_SEED} and not job.overlay
            return tuple(filter(self._names.is_source, job.probe.imports)) if is_plain else ()
        if job.conditions or not job.tests or set(job.overlay) != {job.path}:
            return ()
        return self._names.imported_first(job.overlay[job.path], job.path.parent)

    def _tool(self, job: Job) -> str:
        """The module of the job's probe, where it is one of this package and not what is measured."""
        name = job.probe.function.partition(":")[0] if job.probe is not None else ""
        ours = name.startswith(f"{_PACKAGE}.") and not self._names.is_source(_PACKAGE)
        return name if ours else ""

    async def threads(self) -> tuple[str, ...]:
        """Names of the threads that live in the warm session, which forks would not have. Starts the session."""
        return (await self._server(HASH_SEED)).threads

    async def aclose(self) -> None:
        """End all servers and whatever runs in them."""
        if self._other is not None:
            await ended([self._other])
        servers, self._servers = list(self._servers.values()), {}
        self._waiting.clear()
        await asyncio.gather(*(server.close() for server in servers))
        await self._fresh.aclose()

    async def _foresee(self, seed: int) -> None:
        with suppress(ExecutorError):  # whoever asks for it is told
            await self._server(seed)

    async def _server(self, seed: int) -> Server:
        async with self._locks.setdefault(seed, asyncio.Lock()):
            server = self._servers.get(seed)
            if server is not None and server.is_dead:
                await self._servers.pop(seed).close()
                server = None
            if server is None:
                server = Server(await start(self._workplace, hash_seed=seed))
                self._servers[seed] = server
                self.layers = server.layers
                if server.threads and not self.notes:
                    names = ", ".join(server.threads)
                    self.notes.append(
                        f"The test session holds threads ({names}), which forks do not have: "
                        "if candidates hang, use --ai-gen-executor=spawn."
                    )
            return server


class Server:
    """One warm session, seen from here."""

    def __init__(self, started: Started) -> None:
        self._started = started
        self._jobs = itertools.count(1)
        self._waiting: dict[int, tuple[Answer, asyncio.Future[None]]] = {}
        self._listener = asyncio.ensure_future(self._listen())
        self.threads, self.layers = started.threads, started.layers
        self.is_dead = False

    async def ask(self, job: Job, preload: Sequence[str] = (), tool: str = "", earlier: int = 0) -> Answer:
        """What the job's process says; an answer without an end where the server dies meanwhile.

        ``preload`` names modules that the process may find imported, ``tool`` one that the server imports for it. It is
        the process of an ``earlier`` job if that waits for this one, and no other.
        """
        number = next(self._jobs)
        answer, done = Answer(number=number), asyncio.get_running_loop().create_future()
        self._waiting[number] = answer, done
        try:
            if not self.is_dead:
                with suppress(OSError):
                    packed = pack_job(job.timeout, job, preload, tool, earlier)
                    await self._started.say(Frame(number, AGAIN if earlier else JOB, packed))
                await done
        except asyncio.CancelledError:
            self.kill(number)
            raise
        finally:
            self._waiting.pop(number, None)
        return answer

    def kill(self, number: int) -> None:
        """End the process of a job."""
        with suppress(OSError):
            self._started.writer.write(Frame(number, KILL).encode())

    async def close(self) -> None:
        await self._started.end(patience=10.0)
        self._listener.cancel()
        with suppress(asyncio.CancelledError):
            await self._listener
        self._mourn()
        await asyncio.to_thread(shutil.rmtree, self._started.temp, ignore_errors=True)

    async def _listen(self) -> None:
        try:
            async for frame in self._started.frames():
                if frame.job in self._waiting:
                    answer, done = self._waiting[frame.job]
                    answer.add(frame)
                    if frame.kind == END and not done.done():
                        done.set_result(None)
        except ValueError:
            self._started.kill()
        finally:
            self._mourn()

    def _mourn(self) -> None:
        self.is_dead = True
        for _, done in self._waiting.values():
            if not done.done():
                done.set_result(None)


def _tests(job: Job) -> Hashable:
    """What is the same for jobs that run the same tests on the same files."""
    return job.path, job.tests, tuple(sorted(job.overlay.items()))


@pytest.hookimpl
def pytest_aigen_executor(name: str, workplace: Workplace) -> Executor | None:
    """``fork``: forks, whatever threads there are."""
    return ForkServer(workplace) if name == "fork" and hasattr(os, "fork") else None
