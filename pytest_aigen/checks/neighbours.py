"""Refuses a test with which the module, run whole, has a failure that it did not have before."""

from __future__ import annotations

import tokenize
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.data import NOT_RUN, Job, Outcome, Refusal, Run, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings


def none_failing(path: Path) -> frozenset[str]:
    return frozenset()


class Neighbours:
    """Refuses what breaks another test of its module, or breaks among them.

    ``failing`` tells which tests of a module, by node id within it, failed before anything was generated; the session
    may set it. Where that does not explain a failure, the module as it is on disk is run whole, once for each text.
    """

    name = "neighbours"
    stage: ClassVar[Stage] = Stage.MODULE
    cost: ClassVar[int] = 1

    def __init__(self, failing: Callable[[Path], frozenset[str]] = none_failing) -> None:
        self.failing = failing
        self._before: dict[tuple[Path, str | None], Run] = {}

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        edit = trial.edit
        overlay = {**trial.job.overlay, edit.path: edit.after}
        run = await executor.run(Job(edit.path, (), overlay, trial.job.timeout))
        if run.outcome is Outcome.PASSED:
            return None
        broken = frozenset(run.failed) - self.failing(edit.path)
        if run.failed and not broken:
            return None
        before = await self._as_on_disk(edit.path, trial.job.timeout, executor)
        broken -= frozenset(before.failed)
        if run.failed and not broken:
            return None
        if not run.failed and run.outcome is before.outcome:
            return None
        return Refusal(self.name, reason(trial, run, sorted(broken)))

    async def _as_on_disk(self, path: Path, timeout: float, executor: Executor) -> Run:
        text = _text(path)
        if (path, text) not in self._before:
            run = NOT_RUN if text is None else await executor.run(Job(path, (), {path: text}, timeout))
            self._before[path, text] = run
        return self._before[path, text]


def _text(path: Path) -> str | None:
    """What is on disk, none of what was accepted since; None where that is nothing that can be run."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None


def reason(trial: Trial, run: Run, broken: Sequence[str]) -> str:
    """What breaks, the test's neighbours named first."""
    own = {name.partition("[")[0] for name in (trial.job.tests or trial.edit.tests)}
    others = [name for name in broken if name.partition("[")[0] not in own]
    detail = f": {run.detail.strip()}" if run.detail else ""
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        return f"breaks its neighbour {others[0]}{more}{detail}"
    if broken:
        return f"passes alone and not among its neighbours{detail}"
    return f"the module with it does not run to its end ({run.outcome.value}){detail}"


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Neighbours()]
