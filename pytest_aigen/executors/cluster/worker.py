"""What runs on a worker: a warm session for each run of a client, in a checkout of its own.

A session lives in the worker's process until its client goes, or `IDLE` seconds after its last job. The checkout is in
the folder that dask gives the worker, under a name with the key of its content; a later one takes its place.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_aigen.data import Job, Run, Workplace
from pytest_aigen.errors import ExecutorError
from pytest_aigen.executors.auto import Auto
from pytest_aigen.executors.cluster import inventory
from pytest_aigen.executors.cluster.inventory import Inventory
from pytest_aigen.executors.cluster.moved import packed, unpacked
from pytest_aigen.executors.cluster.tree import unpack

#: Seconds after which a session that nobody uses ends; its client may have died.
IDLE = 120.0
#: What is told of a job that was ended because nobody waits for it, or the worker goes.
STOPPED = b""
_CHECKOUT = "pytest-aigen-"


@dataclass(frozen=True)
class Order:
    """What all jobs of a client's run have in common."""

    #: Tells this run of a client from all others.
    run: str
    #: Of the content of the working tree.
    key: str
    workplace: bytes
    #: What has to be installed.
    inventory: Inventory
    #: Folders outside the working tree that have to be there.
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What became of a job, and what the session says of itself."""

    run: bytes
    layers: tuple[str, ...]
    notes: tuple[str, ...]


class Lacking(Exception):
    """There is no checkout yet, and no archive came with the job."""


class Unfit(Exception):
    """A worker that cannot run jobs: its address, and why."""

    @property
    def address(self) -> str:
        return str(self.args[0])

    @property
    def reason(self) -> str:
        return str(self.args[1])


@dataclass(eq=False)
class _Session:
    """One run of one client, on one worker."""

    starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    executor: Auto | None = None
    folder: Path = Path()
    #: Jobs that are on their way through it, and those that run, by their numbers.
    users: int = 0
    jobs: dict[int, asyncio.Task[Run]] = field(default_factory=dict)
    ending: asyncio.TimerHandle | None = None


#: By the run and the worker's address: a process may hold several workers.
_sessions: dict[tuple[str, str], _Session] = {}
_inventory: list[Inventory] = []


async def perform(order: Order, number: int, job: bytes, archive: bytes | None) -> Told | Lacking | Unfit:
    """Run a job of this number, or say why not. What is raised, dask would write into its log as a fault."""
    from distributed import get_worker

    worker = get_worker()
    key = order.run, str(worker.address)
    session = _sessions.setdefault(key, _Session())
    session.users += 1
    try:
        async with session.starting:
            if session.executor is None:
                await _prepare(session, order, archive, worker)
        assert session.executor is not None
        return await _performed(number, job, session, session.executor)
    except (Lacking, Unfit) as refusal:
        return refusal
    except (ExecutorError, OSError) as error:
        return Unfit(str(worker.address), str(error))
    finally:
        session.users -= 1
        if session.ending is not None:
            session.ending.cancel()
        session.ending = asyncio.get_running_loop().call_later(IDLE, _forget, key)


async def _performed(number: int, job: bytes, session: _Session, executor: Auto) -> Told:
    found = unpacked(job, session.folder)
    assert isinstance(found, Job)
    task = session.jobs[number] = asyncio.ensure_future(executor.run(found))
    try:
        run = await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise
        return Told(STOPPED, (), ())
    finally:
        del session.jobs[number]
    told = packed(run, session.folder, anywhere=True)
    return Told(told, tuple(executor.layers), tuple(executor.notes))


async def _prepare(session: _Session, order: Order, archive: bytes | None, worker: Any) -> None:
    place = Path(os.path.realpath(worker.local_directory))
    session.folder = place / f"{_CHECKOUT}{order.key}"
    unlike = await differences(order.inventory, order.folders)
    if unlike:
        raise Unfit(str(worker.address), f"it differs from this machine: {'; '.join(unlike[:3])}")
    if not session.folder.is_dir():
        if archive is None:
            raise Lacking
        await asyncio.to_thread(unpack, archive, session.folder)
        used = {session.folder for session in _sessions.values()}
        await asyncio.to_thread(_prune, place, used)
    workplace = unpacked(order.workplace, session.folder)
    assert isinstance(workplace, Workplace)
    session.executor = Auto(replace(workplace, workers=worker.state.nthreads))


def _prune(place: Path, used: Collection[Path]) -> None:
    """Remove checkouts that no session uses."""
    for folder in place.glob(f"{_CHECKOUT}*"):
        if folder not in used:
            shutil.rmtree(folder, ignore_errors=True)


async def differences(mine: Inventory, folders: Sequence[str] = ()) -> list[str]:
    """In what this machine differs from one where that is installed, and those folders are."""
    if not _inventory:
        _inventory.append(await asyncio.to_thread(inventory.of_candidates))
    missing = [f"the folder {folder} is not there" for folder in folders if not os.path.isdir(folder)]
    return [*inventory.differences(mine, _inventory[0]), *missing]


async def stop(run: str, number: int) -> None:
    """End a job, if it is here: nobody waits for it any more."""
    for (name, _), session in _sessions.items():
        if name == run and number in session.jobs:
            session.jobs[number].cancel()


async def close(run: str) -> None:
    """End the sessions of a client's run."""
    for key in [key for key in _sessions if key[0] == run]:
        await _end(_sessions.pop(key))


async def _end(session: _Session) -> None:
    if session.ending is not None:
        session.ending.cancel()
    for task in tuple(session.jobs.values()):
        task.cancel()
    with suppress(OSError):
        if session.executor is not None:
            await session.executor.aclose()


def _forget(key: tuple[str, str]) -> None:
    session = _sessions.get(key)
    if session is not None and not session.users:
        _sessions.pop(key)
        _forgetting.append(asyncio.ensure_future(_end(session)))
        _forgetting[-1].add_done_callback(_forgetting.remove)


#: Else nothing would hold them.
_forgetting: list[asyncio.Task[None]] = []
