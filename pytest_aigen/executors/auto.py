"""Chooses how to run jobs: forks where they are possible and safe, else fresh interpreters."""

from __future__ import annotations

import asyncio
import os

import pytest

from pytest_aigen.data import Job, Run, Workplace
from pytest_aigen.executors.forkserver import ForkServer
from pytest_aigen.executors.spawn import Spawn
from pytest_aigen.protocols import Executor


class Auto:
    """An `Executor` that decides at the first job: a session that holds threads is not forked."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._chosen: ForkServer | Spawn | None = None
        self._choosing = asyncio.Lock()
        #: Sentences that the user should read.
        self.notes: list[str] = []

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers of the sandbox, known when the first job ran."""
        return self._chosen.layers if self._chosen is not None else ()

    async def run(self, job: Job) -> Run:
        return await (await self._choice()).run(job)

    async def aclose(self) -> None:
        if self._chosen is not None:
            await self._chosen.aclose()

    async def _choice(self) -> ForkServer | Spawn:
        async with self._choosing:
            if self._chosen is None:
                fork = ForkServer(self._workplace)
                threads = await fork.threads()
                if threads:
                    await fork.aclose()
                    self._chosen = Spawn(self._workplace)
                    self.notes.append(
                        f"The test session holds threads ({', '.join(threads)}), which forks do not have: each "
                        "candidate runs in a fresh interpreter, which is slower. --ai-gen-executor=fork forks anyway."
                    )
                else:
                    self._chosen = fork
            return self._chosen


@pytest.hookimpl
def pytest_aigen_executor(name: str, workplace: Workplace) -> Executor | None:
    """``auto``: fork or spawn."""
    if name != "auto":
        return None
    return Auto(workplace) if hasattr(os, "fork") else Spawn(workplace)
