"""The loop: targets in, verdicts out. Proposes, joins, runs and judges; what was accepted stands in the books."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen import grouping
from pytest_aigen.abreast import all_of
from pytest_aigen.books import Books
from pytest_aigen.checking import Checking
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Coverage,
    Edit,
    Ended,
    Gap,
    Phase,
    Progress,
    Refusal,
    Rejected,
    Suspect,
    Target,
    Trial,
    Verdict,
    Working,
)
from pytest_aigen.deadline import Deadline
from pytest_aigen.ending import Ending
from pytest_aigen.errors import (
    AigenError,
    ExecutorError,
    ModelError,
    ModelRefused,
    OutOfBudget,
    fault,
)
from pytest_aigen.harvest import Harvest
from pytest_aigen.judging import Judge
from pytest_aigen.plan import Plan
from pytest_aigen.protocols import Generator
from pytest_aigen.suspects import casebook
from pytest_aigen.turns import Backlog, Turns

#: Targets on which something unexpected may be raised; one more, and it is not about the target.
_FAULTS = 3


@dataclass
class Line:
    """The run of a plan. Its fields hold the result at any moment, whatever ends it."""

    plan: Plan
    before: Coverage
    notes: list[str] = field(default_factory=list)
    ended: Ended = Ended.COMPLETE
    detail: str = ""
    #: What was proposed for a target and what came of it, and the rounds begun, by generator and target.
    _histories: dict[tuple[str, Target], list[Verdict]] = field(default_factory=dict)
    _rounds: Counter[tuple[str, Target]] = field(default_factory=Counter)
    _failed: bool = False
    _faults: int = 0
    _phase: Phase = Phase.PROPOSING
    _turns: Turns | None = None
    #: The name of the generator that proposes, and the targets that it is done with.
    _proposer: str = ""
    _done: set[Target] = field(default_factory=set)
    #: Targets that are being tried, each with the name of the test that is judged.
    _working: dict[Target, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = Books(self.plan, self.before)
        checks = Checking(self.plan.checks, self.plan.executor)
        self._backlog = Backlog(4 * self.plan.workers)
        self._harvest = Harvest(0.0, self.before, 0)
        self._cases = casebook.Casebook(self.plan.read, self.plan.executor)
        self._judge = Judge(self.plan, self.books, checks, self._cases)
        self._deadline = self.plan.deadline or Deadline(self.plan.max_time)
        self._ending = Ending(self.plan, self.books, checks, self._proven, self._deadline)

    @property
    def coverage(self) -> Coverage:
        return self.books.coverage

    @property
    def verdicts(self) -> Sequence[Verdict]:
        return self.books.verdicts

    @property
    def redundant(self) -> tuple[Candidate, ...]:
        return self.books.redundant

    @property
    def suspects(self) -> Sequence[Suspect]:
        return self._cases.suspects

    @property
    def progress(self) -> Progress:
        """How it stands now."""
        accepted = sum(isinstance(verdict, Accepted) for verdict in self.verdicts)
        return Progress(
            self._phase,
            self._proposer,
            len(self._done),
            len(self.plan.targets),
            self.coverage.percent,
            self.plan.goal,
            accepted - len(self.redundant),
            len(self.verdicts) - accepted - len(self.suspects),
            len(self.suspects),
            tuple(Working(target.gap, test) for target, test in self._working.items()),
        )

    async def run(self) -> None:
        """Try every target. Returns also when a budget is spent, a fault ends it, or the task is cancelled."""
        try:
            await self._deadline.until(self._run(), lambda: self._ending.seconds)
            if self._is_reached():
                self.ended = Ended.REACHED
            elif self._harvest.poor:
                self.ended, self.detail = Ended.POOR, self._harvest.poor
        except asyncio.CancelledError:
            self.ended = Ended.INTERRUPTED
        except TimeoutError:
            self.ended, self.detail = Ended.BUDGET, f"--ai-gen-max-time={self.plan.max_time:g} is over"
        except OutOfBudget as error:
            self.ended, self.detail = Ended.BUDGET, str(error)
        except (ModelError, ExecutorError) as error:
            self.ended, self.detail = Ended.FAULT, str(error)
        except Exception as error:  # a fault of an extension must not lose what was accepted
            self.ended, self.detail = Ended.FAULT, fault(error)

    async def _run(self) -> None:
        # A module body is executed by whatever imports it: it is asked for when the functions are done.
        waves = [[t for t in self.plan.targets if t.gap.is_module_body is body] for body in (False, True)]
        for generator in self.plan.generators:
            self._proposer, self._done = generator.name, set()
            self._harvest = Harvest(self.plan.min_yield, self.coverage, self.plan.tokens())
            for wave in waves:
                await self._wave(generator, wave)
            while again := await self._taken_back(generator):
                await self._wave(generator, again)

    async def _taken_back(self, generator: Generator) -> list[Target]:
        """Take out what the checks of modules refuse; the targets that lost by it and have rounds left."""
        late = {id(verdict.candidate): verdict for verdict in await self._ending.take_back()}
        for history in self._histories.values():
            history[:] = [late.get(id(verdict.candidate), verdict) for verdict in history]
        return [
            target
            for target in dict.fromkeys(verdict.candidate.target for verdict in late.values())
            if self._is_open(generator, target)
        ]

    async def _wave(self, generator: Generator, targets: Sequence[Target]) -> None:
        slots = asyncio.Semaphore(self.plan.at_once(generator))
        left = [target for target in targets if self._is_open(generator, target)]
        self._done = (self._done | set(targets)) - set(left)
        self._turns = Turns(left, self.coverage) if getattr(generator, "computes", False) else None
        groups = grouping.groups_for(generator, left)
        await all_of(self._turn(generator, group, slots) for group in groups)

    def _is_open(self, generator: Generator, target: Target) -> bool:
        """Whether something is left of a target, and a round for it."""
        rounds = self._rounds[generator.name, target]
        return rounds < self.plan.attempts and bool(self._judge.left(target).missing)

    async def _turn(self, generator: Generator, group: Sequence[Target], slots: asyncio.Semaphore) -> None:
        async with slots:
            self._working.update(dict.fromkeys(group, ""))
            try:
                await self._rounds_for(generator, group)
                if any(self._histories.get((generator.name, target)) for target in group):
                    for _ in group:
                        self._harvest.note(self.coverage, self.plan.tokens())
                self._done.update(group)
            finally:
                for target in group:
                    del self._working[target]
                    if self._turns is not None:
                        await self._turns.end(target, self.coverage)

    async def _rounds_for(self, generator: Generator, group: Sequence[Target]) -> None:
        """One round after the other, each for those targets of the group of which something is left; when nothing more
        comes of that, each begins anew, alone.
        """
        covered = await self._turns.begin(group[0]) if self._turns is not None else None
        while wanted := [t for t in group if self._rounds[generator.name, t] < self.plan.attempts]:
            if self._turns is None:
                await self._backlog.until_less()
            now, covered = covered or self.coverage, None
            gaps = {target: target.gap.left(now.missing(target.gap.path)) for target in wanted}
            gaps = {target: gap for target, gap in gaps.items() if gap.missing}
            if not gaps or self._failed or self._is_reached() or self._harvest.poor:
                return
            self._rounds.update((generator.name, target) for target in gaps)
            try:
                verdicts = await self._round(generator, gaps)
            except Exception as error:
                first, names = next(iter(gaps)), ", ".join(target.gap.qualname for target in gaps)
                if isinstance(error, ModelError) and not isinstance(error, ModelRefused):
                    self.notes.append(f"{first.module}:{names}: {error}")
                    return
                if not isinstance(error, AigenError) and self._faults < _FAULTS:
                    self._faults += 1
                    self.notes.append(f"{first.module}:{names}: {fault(error)}")
                    return
                self._failed = True  # the others stop too, before they ask for anything
                raise
            if not verdicts:
                if len(group) > 1:
                    for target in gaps:
                        self._histories.pop((generator.name, target), None)
                        await self._rounds_for(generator, [target])
                return
            for target in gaps:
                self._histories.setdefault((generator.name, target), []).extend(verdicts)

    async def _round(self, generator: Generator, gaps: Mapping[Target, Gap]) -> list[Verdict]:
        """One round of proposals, judged one after another, so that a test is not run for what a sibling covers."""
        context = self.plan.context_of(tuple(gaps), gaps.__getitem__)
        history = grouping.history(self._histories.get((generator.name, target), ()) for target in gaps)
        candidates = [c async for c in generator.propose(context, history)]
        self._backlog.grow(waiting := len(candidates))
        verdicts: list[Verdict] = []
        try:
            if self._turns is not None:
                self._judge.foresee(candidates[: self.plan.workers])
                await self._turns.judge(next(iter(gaps)))
            for number, candidate in enumerate(candidates, 1):
                if self._turns is not None:
                    self._judge.foresee(candidates[number : number + self.plan.workers])
                self._working.update(dict.fromkeys(gaps, ""))
                self._working[candidate.target if candidate.target in gaps else next(iter(gaps))] = (
                    candidate.name
                )
                if candidate.accuses:
                    await self._cases.accuse(candidate)
                    found = []
                else:
                    found = await self._judge(candidate)
                verdicts += found
                self.books.verdicts += found
                self._backlog.grow(-1)
                waiting -= 1
        finally:
            self._working.update(dict.fromkeys(gaps, ""))
            await self._backlog.shrink(waiting)
            await self._judge.forget(candidates)
        return verdicts

    def _is_reached(self) -> bool:
        return self.coverage.percent >= self.plan.goal

    async def finish(self, paths: Collection[Path] | None = None) -> tuple[Edit, ...]:
        """One edit for each touched test module, without redundant tests and without those that it fails with.

        Called again with ``paths``, it joins what was kept for these modules with what is on disk by now.
        """
        self._phase = Phase.ENDING
        edits = await self._ending.finish(paths)
        if self.plan.write_suspects and self.suspects:
            edits = await self._ending.with_suspects(edits, self.suspects, paths)
        self.notes += self._ending.notes
        if self._ending.fault:
            self.ended, self.detail = Ended.FAULT, self._ending.fault
        if self._ending.interrupted:
            self.ended = Ended.INTERRUPTED
        return edits

    async def _proven(self, candidate: Candidate, others: Sequence[Trial]) -> Trial | Rejected:
        """A candidate through all checks, against what is missing beside the others."""
        self.books.only(others)
        try:
            verdict = (await self._judge(candidate))[0]
        except ExecutorError as error:
            return Rejected(candidate, Refusal("executor", str(error)))
        return verdict.trial if isinstance(verdict, Accepted) else verdict
