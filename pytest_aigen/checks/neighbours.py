"""Refuses a test with which others have a failure that they did not have before: those of its module, in file order and
reversed, and at the end those of the modules that share its conftest file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.abreast import all_of
from pytest_aigen.checks.before import AsOnDisk
from pytest_aigen.data import Condition, Job, Outcome, Proof, Refusal, Run, Suite, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: How much longer than in the suite a test of the user may take.
_PATIENCE = 3


class Neighbours:
    """Refuses what breaks another test of its module, or breaks among them.

    Tests that do not pass in the suite are not looked at. Where that does not explain a failure, the modules as they are
    on disk are run, once for each text, and then the same again: a test that passes now is flaky, and nobody's fault.
    """

    name = "neighbours"
    stage: ClassVar[Stage] = Stage.MODULE
    cost: ClassVar[int] = 2
    says: ClassVar[str] = "passes among the tests of its module, in file order and reversed"

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._before = AsOnDisk()
        #: Sentences that the user should read.
        self.notes: list[str] = []

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        jobs = self._jobs(trial)
        for job, run in zip(jobs, await all_of(map(executor.run, jobs)), strict=True):
            broken = await self._broken(run, job, trial, executor)
            if broken is not None:
                blamed = tuple(sorted(_own(broken, trial)))
                return Refusal(self.name, _reason(trial, job, run, sorted(broken)), blamed)
        return Proof(self.name, self.says)

    def _jobs(self, trial: Trial) -> list[Job]:
        edit = trial.edit
        overlay = {**trial.job.overlay, edit.path: edit.after}
        job = Job(edit.path, (), overlay, self._timeout(trial))
        if edit.before is None and len(edit.tests) == 1:
            return [job]
        return [job, replace(job, conditions=frozenset({Condition.REVERSED}))]

    def _timeout(self, trial: Trial) -> float:
        """The user's own tests have the time that they need."""
        modules = (trial.edit.path, *trial.job.others)
        slowest = max((max(self._suite.took(path), default=0.0) for path in modules), default=0.0)
        return max(trial.job.timeout, _PATIENCE * slowest)

    async def _broken(self, run: Run, job: Job, trial: Trial, executor: Executor) -> frozenset[str] | None:
        """Tests that fail and did not before; None where nothing is to be said against the trial."""
        if run.outcome is Outcome.PASSED:
            return None
        broken = frozenset(run.failed) - self._known(job)
        if run.failed and not broken:
            return None
        before = await self._before.run(job, executor)
        if not run.failed:
            return None if run.outcome is before.outcome else broken
        broken -= frozenset(before.failed)
        if broken and not _own(broken, trial):
            again = frozenset((await executor.run(job)).failed)
            for name in sorted(broken - again):
                where = name if job.others else f"{job.path.name}::{name}"
                note = f"{where} is flaky: it failed once beside new tests, and passed again"
                self.notes += [note] if note not in self.notes else []
            broken &= again
        return broken or None

    def _known(self, job: Job) -> frozenset[str]:
        """What does not pass in the suite, by the names that a run of the job has for it."""
        return self._suite.all_not_passing if job.others else self._suite.not_passing(job.path)


class Beyond(Neighbours):
    """Refuses what breaks tests of other modules, or breaks among them."""

    stage: ClassVar[Stage] = Stage.SESSION
    cost: ClassVar[int] = 1
    says: ClassVar[str] = "passes among the tests of the modules that share its conftest file"

    def _jobs(self, trial: Trial) -> list[Job]:
        return [replace(trial.job, timeout=self._timeout(trial))]


def _own(broken: Collection[str], trial: Trial) -> frozenset[str]:
    own = {name.partition("[")[0] for name in trial.edit.tests}
    return frozenset(name for name in broken if name.partition("[")[0] in own)


def _reason(trial: Trial, job: Job, run: Run, broken: Sequence[str]) -> str:
    """What breaks, the test's neighbours named first."""
    own = _own(broken, trial)
    others = [name for name in broken if name not in own]
    order = f" {Condition.REVERSED.value}" if Condition.REVERSED in job.conditions else ""
    detail = f": {run.detail.strip()}" if run.detail else ""
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        return f"breaks its neighbour {others[0]}{more}{order}{detail}"
    if broken:
        return f"passes alone and not among its neighbours{order}{detail}"
    what = "the modules" if job.others else "the module"
    return f"{what} with it{order} does not run to its end ({run.outcome.value}){detail}"


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings, suite: Suite) -> Sequence[Check]:
    return [Neighbours(suite), Beyond(suite)]
