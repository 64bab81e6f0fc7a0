"""Runs each job in a fresh interpreter: slower, and possible everywhere."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress

import pytest

from pytest_aigen.data import Job, Run, Workplace
from pytest_aigen.executors.answer import Answer
from pytest_aigen.executors.launch import Started, hash_seed, start
from pytest_aigen.executors.wire import END, Forged, new_word, opened, pack_job, told
from pytest_aigen.protocols import Executor


class Spawn:
    """An `Executor`: a session of its own for every job, with the job's overlay in force from its start."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._places = asyncio.Semaphore(max(1, workplace.workers))
        #: Sentences that the user should read.
        self.notes: list[str] = []
        #: Layers of the sandbox, known when the first job ran.
        self.layers: tuple[str, ...] = ()

    async def run(self, job: Job) -> Run:
        """Run a job; the time limit counts from when the session is ready."""
        async with self._places:
            packed = pack_job(job.timeout, job)
            word = new_word()
            started = await start(self._workplace, hash_seed=hash_seed(job), job=packed, word=word)
            self.layers = started.layers
            try:
                return await _watch(job, started, word)
            finally:
                await started.end(0)
                await asyncio.to_thread(shutil.rmtree, started.temp, ignore_errors=True)

    async def aclose(self) -> None:
        """Nothing outlives a job."""


async def _watch(job: Job, started: Started, word: bytes) -> Run:
    answer = Answer()
    begun = time.monotonic()
    how = "exit"
    frames = started.frames()
    while not answer.is_last:
        try:
            frame = await asyncio.wait_for(anext(frames, None), job.timeout)
        except asyncio.TimeoutError:
            how = "timeout"
            break
        except ValueError:
            how = "nonsense"
            break
        if frame is None:
            break
        try:
            answer.add(opened(frame, word))
        except Forged:
            how = "forged"
            break
    seconds = time.monotonic() - begun
    if how == "exit" and not answer.is_last:
        with suppress(Exception):
            await asyncio.wait_for(asyncio.to_thread(started.process.wait, 1.0), 2.0)
    started.kill()
    status = await asyncio.to_thread(started.process.wait)
    answer.add(
        told(
            0,
            END,
            how=how,
            signal=-status if status < 0 else 0,
            status=max(status, 0),
            seconds=seconds,
            output=await started.printed(),
        )
    )
    return answer.run(job)


@pytest.hookimpl
def pytest_aigen_executor(name: str, workplace: Workplace) -> Executor | None:
    """``spawn``: a fresh interpreter per job."""
    return Spawn(workplace) if name == "spawn" else None
