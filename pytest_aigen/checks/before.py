"""What the tests do that were there before anything was generated: their failing is nobody else's fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pytest_aigen.data import NOT_RUN, Condition, Job, Run
from pytest_aigen.texts import on_disk

if TYPE_CHECKING:
    from pytest_aigen.protocols import Executor

_Key: TypeAlias = tuple[tuple[Path, ...], tuple[tuple[Path, str], ...], frozenset[Condition]]


class AsOnDisk:
    """Runs test modules as they are on disk, each text once under the same conditions."""

    def __init__(self) -> None:
        self._runs: dict[_Key, Run] = {}

    async def run(self, job: Job, executor: Executor) -> Run:
        """The run of the job's modules, whole; `NOT_RUN` where the first of them is not there or cannot be run."""
        texts = {path: text for path in (job.path, *job.overlay) if (text := on_disk(path)) is not None}
        modules = (job.path, *job.others)
        there = tuple(path for path in modules if path in texts or path not in job.overlay)
        key = there, tuple(sorted(texts.items())), job.conditions
        if key not in self._runs:
            found = NOT_RUN
            if there:
                found = await executor.run(
                    replace(job, path=there[0], others=there if job.others else (), tests=(), overlay=texts)
                )
            self._runs[key] = found
        return self._runs[key]
