"""Proves generated tests again: each passes, reaches what it is for, and is refused by no check."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen.abreast import all_of
from pytest_aigen.checking import Checking
from pytest_aigen.claims import Claim, Gone, Unmeasured
from pytest_aigen.data import (
    NOTHING,
    Candidate,
    Edit,
    Ended,
    Gap,
    Job,
    Outcome,
    Phase,
    Progress,
    Reached,
    Refusal,
    Run,
    Stale,
    Target,
    Trial,
    Why,
    Working,
)
from pytest_aigen.errors import ExecutorError
from pytest_aigen.protocols import Check, Executor, Stage

#: The check that asks whether a test would notice broken code.
MUTATION = "mutation"


@dataclass
class Recheck:
    """The run of it. Its fields hold the result at any moment, whatever ends it."""

    claims: Sequence[Claim]
    find: Callable[[str], Gap | Gone | Unmeasured]
    executor: Executor
    checks: Sequence[Check]
    #: Claims that the suite saw fail.
    failed: Collection[Claim]
    timeout: float
    workers: int
    #: Seconds; None for no end.
    max_time: float | None = None
    notes: list[str] = field(default_factory=list)
    ended: Ended = Ended.COMPLETE
    detail: str = ""
    _done: dict[Claim, Trial | Stale | Unmeasured] = field(default_factory=dict)
    _working: dict[Claim, Gap] = field(default_factory=dict)

    @property
    def proven(self) -> tuple[Trial, ...]:
        found = (self._done.get(claim) for claim in self.claims)
        return tuple(done for done in found if isinstance(done, Trial))

    @property
    def stale(self) -> tuple[Stale, ...]:
        found = (self._done.get(claim) for claim in self.claims)
        return tuple(done for done in found if isinstance(done, Stale))

    @property
    def progress(self) -> Progress:
        """How it stands now: proven tests are accepted, stale ones refused."""
        return Progress(
            Phase.RECHECKING,
            done=len(self._done),
            total=len(self.claims),
            accepted=len(self.proven),
            refused=len(self.stale),
            working=tuple(Working(gap, claim.test) for claim, gap in self._working.items()),
            max_time=self.max_time,
        )

    async def run(self) -> None:
        """Returns also when the time is over, a fault ends it, or the task is cancelled."""
        self._slots = asyncio.Semaphore(self.workers)
        self._checks = Checking([c for c in self.checks if c.stage is Stage.RUN], self.executor)
        try:
            await asyncio.wait_for(self._all(), self.max_time)
        except asyncio.CancelledError:
            self.ended = Ended.INTERRUPTED
        except (asyncio.TimeoutError, TimeoutError):
            self.ended, self.detail = Ended.BUDGET, f"--ai-gen-max-time={self.max_time:g} is over"
        except ExecutorError as error:
            self.ended, self.detail = Ended.FAULT, str(error)
        except Exception as error:  # a fault of an extension must not lose what was found
            self.ended, self.detail = Ended.FAULT, f"{type(error).__name__}: {error}"
        self._note()

    async def _all(self) -> None:
        await all_of(map(self._one, self.claims))

    async def _one(self, claim: Claim) -> None:
        async with self._slots:
            try:
                self._done[claim] = await self._proof(claim)
            finally:
                self._working.pop(claim, None)

    async def _proof(self, claim: Claim) -> Trial | Stale | Unmeasured:
        found = [self.find(subject) for subject in claim.subjects]
        there = [gap for gap in found if isinstance(gap, Gap)]
        if not there:
            # One that nothing can be said about may be proven for all we know.
            unknown = next((one for one in found if isinstance(one, Unmeasured)), None)
            gone = next((one for one in found if isinstance(one, Gone)), Gone("it names nothing"))
            return unknown or _stale(claim, Why.GONE, gone.reason)
        self._working[claim] = there[0]
        trial = _trial(claim, there[0], self.timeout)
        trial = replace(trial, run=await self.executor.run(trial.job))
        if trial.run.outcome is not Outcome.PASSED:
            return _stale(claim, Why.FAILS, _failure(trial.run))
        if claim in self.failed:
            return _stale(claim, Why.FAILS, "failed in the suite, and passes alone")
        gained: dict[Path, Reached] = {}
        for gap in there:
            reached = trial.run.covered.get(gap.path, NOTHING) & gap.missing
            if reached.lines:
                gained[gap.path] = gained.get(gap.path, NOTHING) | reached
        if not gained:
            return _stale(claim, Why.UNREACHED, f"covers no line of {' or '.join(claim.subjects)}")
        trial = replace(trial, gained=gained)
        opinion = await self._checks.opinion(Stage.RUN, trial)
        if isinstance(opinion, Refusal):
            why = Why.KILLS_NOTHING if opinion.check == MUTATION else Why.REFUSED
            reason = opinion.reason if opinion.check == MUTATION else f"{opinion.check}: {opinion.reason}"
            return _stale(claim, why, reason)
        return replace(trial, proofs=opinion)

    def _note(self) -> None:
        unknown: dict[str, int] = {}
        for done in self._done.values():
            if isinstance(done, Unmeasured):
                unknown[done.reason] = unknown.get(done.reason, 0) + 1
        self.notes += [f"not proven again ({number}): {reason}" for reason, number in unknown.items()]
        if left := len(self.claims) - len(self._done):
            self.notes.append(f"not proven again ({left}): it ended before")
        if self.claims and not any(check.name == MUTATION for check in self.checks):
            self.notes.append(f"the check {MUTATION} is off: whether tests notice broken code was not asked")


def _stale(claim: Claim, why: Why, reason: str) -> Stale:
    return Stale(claim.path, claim.test, claim.subjects[0], why, reason, claim.code)


def _failure(run: Run) -> str:
    detail = run.detail.strip()
    if run.outcome is Outcome.FAILED and detail:
        return detail
    return f"{run.outcome.value}: {detail}" if detail else run.outcome.value


def _trial(claim: Claim, gap: Gap, timeout: float) -> Trial:
    """The test as it is on disk, as if it were to be added."""
    target = Target(gap, claim.subjects[0].partition(":")[0], claim.path)
    tests = (claim.test,)
    return Trial(
        Candidate(target, claim.test, claim.code, "disk"),
        Edit(claim.path, claim.text, claim.text, tests),
        Job(claim.path, tests, {claim.path: claim.text}, timeout),
    )
