"""The `Executor` that sends jobs to the workers of a cluster."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_aigen.data import Job, Run, Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.executors.auto import Auto
from pytest_aigen.executors.cluster import inventory, worker
from pytest_aigen.executors.cluster.moved import packed, unpacked
from pytest_aigen.executors.cluster.tree import Tree, foreign, portable

#: Seconds in which the scheduler has to answer, before the first test and later on.
SOON, PATIENCE = 10.0, 60.0
#: Seconds between looks at whether there are workers, and how many looks in a row may find none: they may be restarted.
LOOK, LOOKS = 5.0, 4
#: Workers on which a job is tried before it runs here.
TRIES = 4
_PACKAGES = str(Path(__file__).resolve().parents[3])
_BOOT = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
sys.path.append({packages!r})
from pytest_aigen.executors.cluster.preflight import main
main()
"""


class _Lost(Exception):
    """The cluster cannot be reached any more, or has no workers."""


class _Again(Exception):
    """A job ended with its worker."""


@dataclass(eq=False)
class _Line:
    """The connection to a cluster, and what is the same for all jobs."""

    client: Any
    order: worker.Order
    tree: Tree
    #: The archive, where workers had to be sent it.
    archive: Any = None
    #: Addresses of the workers, as far as that is known.
    workers: tuple[str, ...] = ()


class Cluster:
    """An `Executor`: jobs run on workers that other machines may have. What the cluster cannot do is done here.

    It is looked for when the first job comes. Never more jobs at once than ``workplace.workers``.
    """

    def __init__(self, address: str, workplace: Workplace, *, look: float = LOOK) -> None:
        self._address, self._every = address, look
        self._option = f"--ai-gen-executor=dask:{address}"
        self._moved, self._tree = portable(workplace, self._option)
        self._places = asyncio.Semaphore(max(1, workplace.workers))
        self._here = Auto(replace(workplace, workers=os.cpu_count() or 1))
        self._opening = asyncio.Lock()
        self._sending = asyncio.Lock()
        self._line: _Line | None = None
        self._watch: asyncio.Task[None] | None = None
        self._numbers, self._keys = itertools.count(1), itertools.count(1)
        self._unfit: set[str] = set()
        #: Why jobs run here; empty while they do not.
        self._lost, self._gone = "", asyncio.Event()
        self._notes: dict[str, None] = {}
        self._layers: tuple[str, ...] | None = None

    @property
    def notes(self) -> list[str]:
        """Sentences that the user should read."""
        return [*self._notes, *self._here.notes]

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of the sandbox that are on wherever a job ran."""
        return self._layers if self._layers is not None else self._here.layers

    def preflight(self) -> int:
        """How many jobs the cluster runs at once. Raises ConfigError where it cannot run any as this machine would.

        A process of its own asks it: nothing of it is left in this one, whose tests have yet to run.
        """
        told = {
            "address": self._address,
            "folders": foreign(self._moved, self._tree),
            "patience": SOON,
        }
        boot = _BOOT.format(packages=_PACKAGES)
        done = subprocess.run(
            [sys.executable, "-c", boot], input=json.dumps(told), capture_output=True, text=True, check=False
        )
        try:
            answer = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            said = done.stderr.strip().splitlines() or ["it says nothing"]
            raise ConfigError(f"{self._option}: asking the cluster failed: {said[-1]}") from None
        if problem := answer.get("problem"):
            raise ConfigError(f"{self._option}: {problem}")
        return int(answer["at_once"])

    async def run(self, job: Job) -> Run:
        """Run a job on a worker; on another one where that is lost, and here where all are."""
        async with self._places:
            for _ in range(TRIES):
                if self._lost:
                    break
                try:
                    return await self._there(job)
                except _Lost as lost:
                    self._lose(str(lost))
                except worker.Unfit as unfit:
                    self._unfit.add(unfit.address)
                    self._note(f"the worker {unfit.address} is not used: {unfit.reason}")
                except _Again:
                    continue
                except Exception as error:
                    # What dask raises may be anything: for instance that three workers in a row were lost with the job.
                    self._note(f"jobs with which the cluster failed ran here: {type(error).__name__}")
                    break
            return await self._here.run(job)

    async def aclose(self) -> None:
        """End what is left of this run on the workers, and leave the cluster."""
        line, self._line = self._line, None
        self._lost = self._lost or "it is closed"
        if line is not None:
            if line.client.status == "running":
                with suppress(Exception):
                    await asyncio.wait_for(line.client.run(worker.close, line.order.run), SOON)
            await self._leave(line)
        await self._here.aclose()

    # ----------------------------------------------------------------------------------------- a job there

    async def _there(self, job: Job) -> Run:
        line, number = await self._connected(), next(self._numbers)
        record = packed(job, line.tree.folder)
        while True:
            try:
                told = await self._told(line, number, record)
            except worker.Lacking:
                await self._send(line)
                continue
            if told.run == worker.STOPPED:
                raise _Again
            run = unpacked(told.run, line.tree.folder)
            assert isinstance(run, Run)
            self._layers = tuple(
                layer for layer in told.layers if self._layers is None or layer in self._layers
            )
            self._notes.update(dict.fromkeys(told.notes))
            return run

    async def _told(self, line: _Line, number: int, record: bytes) -> worker.Told:
        fit = [address for address in line.workers if address not in self._unfit]
        archive = line.archive
        future = line.client.submit(
            worker.perform,
            line.order,
            number,
            record,
            archive,
            key=f"pytest-aigen-{line.order.run}-{next(self._keys)}",
            pure=False,
            # Others may have come meanwhile.
            workers=fit if self._unfit and fit else None,
            allow_other_workers=bool(self._unfit and fit),
        )
        try:
            told = await self._unless_lost(future)
            if isinstance(told, Exception):
                raise told
            assert isinstance(told, worker.Told)
            return told
        except concurrent.futures.CancelledError as error:
            # By dask, and not by who waits for the run: what it depends on is gone.
            if self._lost or line.client.status != "running":
                raise _Lost(self._lost or "the connection to the scheduler was lost") from error
            if line.archive is archive:
                line.archive = None
            raise worker.Lacking from error
        except asyncio.CancelledError:
            with suppress(Exception):
                await self._stop(line, number)
            raise
        finally:
            future.release()

    async def _stop(self, line: _Line, number: int) -> None:
        """Have the worker end a job that nobody waits for."""
        if line.client.status == "running":
            await asyncio.wait_for(line.client.run(worker.stop, line.order.run, number, wait=False), 1.0)

    async def _send(self, line: _Line) -> None:
        """Bring the archive to the cluster, once; its workers hand it on to one another."""
        async with self._sending:
            if line.archive is None:
                archive = await asyncio.to_thread(line.tree.archive)
                line.archive = await self._unless_lost(line.client.scatter(archive, broadcast=True))

    async def _unless_lost(self, awaited: Awaitable[Any]) -> Any:
        """What comes of it. Raises _Lost as soon as the cluster is: what waits for a worker may wait for ever."""
        task, gone = asyncio.ensure_future(awaited), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _Lost(self._lost)
        finally:
            task.cancel()
            gone.cancel()

    # ------------------------------------------------------------------------------------------ the cluster

    async def _connected(self) -> _Line:
        async with self._opening:
            if self._lost:
                raise _Lost(self._lost)
            if self._line is None:
                self._line = await self._open()
                self._watch = asyncio.ensure_future(self._look(self._line))
            return self._line

    async def _open(self) -> _Line:
        key, mine = await asyncio.gather(
            asyncio.to_thread(self._tree.key), asyncio.to_thread(inventory.of_candidates)
        )
        order = worker.Order(
            uuid.uuid4().hex[:12],
            key,
            packed(self._moved, self._tree.folder),
            mine,
            tuple(foreign(self._moved, self._tree)),
        )
        try:
            from distributed import Client

            # It writes of lost connections, at length, on the user's terminal.
            logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
            client = await Client(
                self._address, asynchronous=True, timeout=PATIENCE, set_as_default=False, name="pytest-aigen"
            )
            there = await client.nthreads()
        except Exception as error:
            raise _Lost(f"the scheduler does not answer: {_in_words(error)}") from error
        return _Line(client, order, self._tree, workers=tuple(there))

    async def _look(self, line: _Line) -> None:
        """Goes on until there are no workers, and ends what waits for them."""
        empty = 0
        while empty < LOOKS:
            await asyncio.sleep(self._every)
            try:
                there = await asyncio.wait_for(line.client.nthreads(), PATIENCE)
            except Exception as error:
                self._lose(f"the scheduler does not answer: {_in_words(error)}")
                return
            line.workers = tuple(there)
            empty = 0 if set(there) - self._unfit else empty + 1
        self._lose("it has no workers any more that can run jobs")

    def _lose(self, why: str) -> None:
        if not self._lost:
            self._lost = why
            self._gone.set()
            self._note(f"the cluster at {self._address} was lost, candidates run here from then on: {why}")

    async def _leave(self, line: _Line) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        with suppress(Exception):
            await asyncio.wait_for(line.client.close(), SOON)

    def _note(self, text: str) -> None:
        self._notes[text] = None


def _in_words(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
