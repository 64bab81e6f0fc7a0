"""Refuses a test that passes, or covers what it gained, only here and now.

All new tests of a module run once more together, under all conditions at once. Of a test that does not hold there, the
condition that breaks it is found by halves, so that the reason can name it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.checks.before import AsOnDisk
from pytest_aigen.data import NOTHING, Condition, Outcome, Proof, Refusal, Run, Suite, Trial
from pytest_aigen.data.coverage import spans
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Under which a test has to hold, those that break most first. Orders are the business of ``neighbours``.
CONDITIONS = (
    Condition.DATE,
    Condition.ZONE,
    Condition.RANDOM_SEED,
    Condition.TWICE,
    Condition.HASH_SEED,
    Condition.FOLDER,
    Condition.TMPDIR,
    Condition.LOCALE,
)


def runs(numbers: Iterable[int]) -> str:
    """Numbers as ranges.

    >>> runs([3, 4, 5, 9])
    '3-5, 9'
    """
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans(numbers))


def lost(trial: Trial, run: Run) -> str:
    """What the trial gained and a further run does not cover; empty where it covers all of it."""
    parts = []
    for path, gained in trial.gained.items():
        missed = gained - run.covered.get(path, NOTHING)
        if missed.lines:
            parts.append(f"line {runs(missed.lines)} of {path.name}")
        elif missed.branches:
            branches = ", ".join(f"{a}->{b if b > 0 else 'exit'}" for a, b in sorted(missed.branches))
            parts.append(f"branch {branches} of {path.name}")
    return "; ".join(parts)


def holds(trial: Trial, run: Run) -> bool:
    return run.outcome is Outcome.PASSED and not lost(trial, run)


def named(under: Mapping[Condition, str]) -> str:
    """Conditions with what brought them about.

    >>> named({Condition.ZONE: "TZ=Asia/Kolkata", Condition.TWICE: ""})
    'in another time zone (TZ=Asia/Kolkata), twice in one process'
    """
    return ", ".join(f"{c.value} ({under[c]})" if under[c] else c.value for c in CONDITIONS if c in under)


class Stable:
    """Refuses what does not hold under other conditions.

    A condition is left out for a module whose tests of before do not survive it either, for code that cannot be imported
    under it, and where not the date but its being moved is what a test fails with.
    """

    name = "stable"
    stage: ClassVar[Stage] = Stage.MODULE
    cost: ClassVar[int] = 1

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._before = AsOnDisk()
        self._left_out: dict[Path, set[Condition]] = defaultdict(set)

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        left_out = self._left_out[trial.edit.path]
        while conditions := [condition for condition in CONDITIONS if condition not in left_out]:
            run = await _under(conditions, trial, executor)
            if holds(trial, run):
                return Proof(self.name, f"passes {named(run.under)}") if run.under else None
            cannot_be_imported = run.outcome is Outcome.ERROR and not run.failed
            if len(trial.edit.tests) > 1 and not cannot_be_imported:
                return self._of_several(trial, run)
            culprit, run = await _culprit(conditions, run, trial, executor)
            if culprit is None:
                return Refusal(
                    self.name, _reason("each time, though no single condition breaks it", trial, run)
                )
            if not await self._excused(culprit, run, trial, executor):
                return Refusal(self.name, _reason(named({culprit: run.under.get(culprit, "")}), trial, run))
            left_out.add(culprit)
        return None

    def _of_several(self, trial: Trial, run: Run) -> Refusal:
        """Which of them it is, is found out by whoever asks again with fewer."""
        return Refusal(self.name, _reason("under other conditions", trial, run), run.failed)

    async def _excused(self, condition: Condition, run: Run, trial: Trial, executor: Executor) -> bool:
        """Whether that a test does not hold under the condition is not its own fault."""
        if condition is Condition.DATE:
            same = await _under([Condition.SAME_DATE], trial, executor)
            if not holds(trial, same):
                return True
        of_its_own = condition is Condition.TWICE or "fixture" in trial.candidate.code
        if run.outcome is Outcome.ERROR and not (run.failed and of_its_own):
            return True
        job = replace(trial.job, overlay={trial.edit.path: ""}, conditions=frozenset({condition}))
        old = await self._before.run(job, executor)
        return bool(frozenset(old.failed) - self._suite.not_passing(trial.edit.path))


async def _under(conditions: Iterable[Condition], trial: Trial, executor: Executor) -> Run:
    return await executor.run(replace(trial.job, conditions=frozenset(conditions)))


async def _culprit(
    conditions: Sequence[Condition], run: Run, trial: Trial, executor: Executor
) -> tuple[Condition | None, Run]:
    """The condition alone under which a trial does not hold that does not hold under all, with that run.

    By halves, so it costs at most four runs; None where it is none alone.
    """
    seen = False
    while len(conditions) > 1:
        half = conditions[: len(conditions) // 2]
        tried = await _under(half, trial, executor)
        seen = not holds(trial, tried)
        if seen:
            conditions, run = half, tried
        else:
            conditions = conditions[len(half) :]
    if not seen:
        tried = await _under(conditions, trial, executor)
        if holds(trial, tried):
            return None, run
        run = tried
    return conditions[0], run


def _reason(how: str, trial: Trial, run: Run) -> str:
    if run.outcome is Outcome.PASSED:
        return f"covers {lost(trial, run)} only sometimes: not {how}"
    detail = f": {run.detail.strip()}" if run.detail else ""
    return f"does not pass {how} ({run.outcome.value}){detail}"


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings, suite: Suite) -> Sequence[Check]:
    return [Stable(suite)]
