"""Fakes at the protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from pytest_aigen.data import (
    Candidate,
    Context,
    Job,
    Mutant,
    Outcome,
    Proof,
    Reached,
    Refusal,
    Run,
    Trial,
    Verdict,
)
from pytest_aigen.protocols import Executor, Stage


class FakeGenerator:
    """Proposes for each target, by qualname, one round after the other from a script of ``(name, code)``."""

    name = "fake"

    def __init__(self, rounds: Mapping[str, Sequence[Sequence[tuple[str, str]] | Exception]]) -> None:
        self._rounds = rounds
        self.asked: list[tuple[str, int]] = []
        self.histories: list[list[Verdict]] = []

    async def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        await asyncio.sleep(0)
        target = context.target
        attempt = sum(name == target.gap.qualname for name, _ in self.asked)
        self.asked.append((target.gap.qualname, attempt))
        self.histories.append(list(history))
        script = self._rounds.get(target.gap.qualname, ())
        proposals = script[attempt] if attempt < len(script) else ()
        if isinstance(proposals, Exception):
            raise proposals
        for name, code in proposals:
            yield Candidate(target, name, code, self.name, attempt)


class FakeExecutor:
    """Passes, and covers what the test's code says it covers: the numbers in a line ``# covers 1 2 (3, 4)``."""

    def __init__(self, source: Path, outcomes: Mapping[str, Run | Exception] | None = None) -> None:
        self._source = source
        self._outcomes = outcomes or {}
        self.jobs: list[Job] = []
        self.closed = False

    async def run(self, job: Job) -> Run:
        await asyncio.sleep(0)
        self.jobs.append(job)
        for test in job.tests:
            result = self._outcomes.get(test.rpartition("::")[2])
            if isinstance(result, Exception):
                raise result
            if result is not None:
                return result
        return Run(Outcome.PASSED, {self._source: _covers(job)}, 0.1)

    async def aclose(self) -> None:
        self.closed = True


def _covers(job: Job) -> Reached:
    lines: set[int] = set()
    text = job.overlay[job.path]
    for test in job.tests:
        body = text.partition(f"def {test.rpartition('::')[2]}(")[2].partition("\ndef ")[0]
        for row in body.splitlines():
            if "# covers" in row:
                lines |= {int(word) for word in row.partition("# covers")[2].split()}
    return Reached(frozenset(lines))


class FakeCheck:
    """Refuses what its predicate says, at the stage it is given."""

    stage: ClassVar[Stage]
    cost: ClassVar[int] = 0

    def __init__(self, name: str, refuses: Callable[[Trial], bool]) -> None:
        self.name = name
        self._refuses = refuses
        self.asked: list[str] = []

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | None:
        self.asked.append(trial.candidate.name)
        return Refusal(self.name, f"{self.name} says no") if self._refuses(trial) else None


class Mutants:
    """Kills and leaves, by test, the mutants of these lines: ``{"test_x": ([1], [2])}``; refuses who kills none."""

    name = "mutation"
    stage: ClassVar[Stage] = Stage.RUN
    cost: ClassVar[int] = 1

    def __init__(self, source: Path, verdicts: Mapping[str, tuple[Sequence[int], Sequence[int]]]) -> None:
        self._source = source
        self._verdicts = verdicts

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof:
        killed, survived = (
            tuple(Mutant(self._source, line, "ROR", "<", "<=") for line in lines)
            for lines in self._verdicts.get(trial.candidate.name, ((), ()))
        )
        if not killed:
            return Refusal(self.name, "kills nothing")
        return Proof(self.name, f"kills {len(killed)}", killed, survived)


class StaticCheck(FakeCheck):
    stage = Stage.STATIC


class RunCheck(FakeCheck):
    stage = Stage.RUN


class ModuleCheck(FakeCheck):
    stage = Stage.MODULE
    cost = 1


class SessionCheck(FakeCheck):
    stage = Stage.SESSION
    cost = 1
