"""Refuses a test that passes, or covers what it gained, only sometimes.

All new tests of a module run once more together, in a session with another hash seed. (``neighbours`` is a third run.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.data import NOTHING, Outcome, Refusal, Run, Trial
from pytest_aigen.protocols import Stage

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Conditions of the further runs, and how a person names them.
VARIANTS = (("hashseed", "under another hash seed"),)


def runs(numbers: Iterable[int]) -> str:
    """Numbers as ranges.

    >>> runs([3, 4, 5, 9])
    '3-5, 9'
    """
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)


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


class Stable:
    """Refuses what does not hold when it runs again."""

    name = "stable"
    stage: ClassVar[Stage] = Stage.MODULE
    cost: ClassVar[int] = len(VARIANTS)

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        for variant, words in VARIANTS:
            run = await executor.run(replace(trial.job, variant=variant))
            if run.outcome is not Outcome.PASSED:
                detail = f": {run.detail.strip()}" if run.detail else ""
                return Refusal(self.name, f"does not pass {words} ({run.outcome.value}){detail}")
            if missed := lost(trial, run):
                return Refusal(self.name, f"covers {missed} only sometimes: not {words}")
        return None


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Stable()]
