"""Asks the checks of a stage, cheapest first; the first refusal wins.

At the end of a run few jobs are left, and processors would wait: there all are asked at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from pytest_aigen.abreast import all_of
from pytest_aigen.data import Proof, Refusal, Trial
from pytest_aigen.deadline import Deadline
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
        asks = [partial(check, trial, self._executor) for check in self._checks[stage]]
        together = await all_of(ask() for ask in asks) if stage is Stage.MODULE else None
        proofs: list[Proof] = []
        for number, ask in enumerate(asks):
            said = await ask() if together is None else together[number]
            if isinstance(said, Refusal):
                return said
            if said is not None:
                proofs.append(said)
        return tuple(proofs)


class InTime:
    """The checks of a stage at the end of a run, which may have no time for them.

    When the time is over, modules that no check has refused pass, and are named in `unasked`. Where one was refused
    before, it is not known which of its tests is to blame, and what is asked for is refused.
    """

    def __init__(self, checks: Checking, stage: Stage, deadline: Deadline) -> None:
        self._checks, self._stage, self._deadline = checks, stage, deadline
        self._refused: set[Path] = set()
        #: Modules with tests that the checks were not asked about.
        self.unasked: dict[Path, None] = {}

    async def opinion(self, trial: Trial) -> Opinion:
        """What the checks say of the trial, or would have to say."""
        modules = (trial.edit.path, *trial.job.overlay)
        try:
            said = await self._deadline.until(self._checks.opinion(self._stage, trial))
        except TimeoutError:
            if self._refused.intersection(modules):
                return Refusal("time", "was over before it was known what breaks among its neighbours")
            self.unasked.update(dict.fromkeys(modules))
            return ()
        if isinstance(said, Refusal):
            self._refused.update(modules)
        return said
