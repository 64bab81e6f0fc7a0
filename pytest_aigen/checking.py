"""Asks the checks of a stage, cheapest first; the first refusal wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from pytest_aigen.data import Proof, Refusal, Trial
from pytest_aigen.protocols import Check, Executor, Stage

#: What the checks of a stage say: a refusal, or all that they found in the trial's favour.
Opinion: TypeAlias = Refusal | tuple[Proof, ...]


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

    async def opinion(self, stage: Stage, trial: Trial) -> Opinion:
        """What they say of the trial."""
        proofs: list[Proof] = []
        for check in self._checks[stage]:
            said = await check(trial, self._executor)
            if isinstance(said, Refusal):
                return said
            if said is not None:
                proofs.append(said)
        return tuple(proofs)
