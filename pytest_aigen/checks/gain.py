"""Refuses a test that does not pass, or that covers nothing of what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.data import Outcome, Refusal, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

SAYS = {
    Outcome.FAILED: "fails",
    Outcome.ERROR: "cannot be collected or set up",
    Outcome.TIMEOUT: "runs into the time limit",
    Outcome.CRASHED: "ends the process that runs it",
    Outcome.BLOCKED: "does what generated tests may not do",
    Outcome.NOT_RUN: "was not run",
}


def reason(trial: Trial) -> str:
    """Why the trial gains nothing; empty where it does."""
    if trial.run.outcome is not Outcome.PASSED:
        says = SAYS[trial.run.outcome]
        if trial.run.outcome is Outcome.TIMEOUT:
            says += f" of {trial.job.timeout:g} seconds"
        detail = trial.run.detail.strip()
        return f"{says}: {detail}" if detail else says
    return "" if trial.gained or trial.survivors else "covers nothing that is missing"


class Gain:
    """Refuses what does not pass or covers nothing new.

    Where mutants of the target survive what was kept for it, that is for a check to say which knows mutants.
    """

    name = "gain"
    stage: ClassVar[Stage] = Stage.RUN
    cost: ClassVar[int] = 0

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        found = reason(trial)
        return Refusal(self.name, found) if found else None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Gain()]
