"""Asks the checks of a stage, cheapest first; the first refusal wins."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_aigen.data import Refusal, Trial
from pytest_aigen.protocols import Check, Executor, Stage


class Checking:
    """The checks that are on, by stage."""

    def __init__(self, checks: Sequence[Check], executor: Executor) -> None:
        self._executor = executor
        self._checks = {
            stage: sorted((c for c in checks if c.stage is stage), key=lambda check: check.cost)
            for stage in Stage
        }

    def has(self, stage: Stage) -> bool:
        return bool(self._checks[stage])

    async def refusal(self, stage: Stage, trial: Trial) -> Refusal | None:
        """What one of them says against the trial."""
        for check in self._checks[stage]:
            if refusal := await check(trial, self._executor):
                return refusal
        return None
