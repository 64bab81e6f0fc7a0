"""The loop: targets in, verdicts out. Proposes, joins, runs and judges; what was accepted stands in the books."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen import verify
from pytest_aigen.books import Books
from pytest_aigen.checking import Checking, Opinion
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Coverage,
    Edit,
    Ended,
    Gap,
    Mutant,
    Outcome,
    Phase,
    Progress,
    Proof,
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
    MergeError,
    ModelError,
    ModelRefused,
    OutOfBudget,
    WriteError,
    fault,
)  # fmt: skip
from pytest_aigen.harvest import Harvest
from pytest_aigen.patience import Patience
from pytest_aigen.plan import Plan
from pytest_aigen.protocols import Generator, Stage
from pytest_aigen.salvage import salvaged
from pytest_aigen.survey import Survey
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
    #: What was refused after it ran, by its module and its code: the same code is not run again.
    _tried: dict[tuple[Path, str], Rejected] = field(default_factory=dict)
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
        self._checks = Checking(self.plan.checks, self.plan.executor)
        self._backlog = Backlog(4 * self.plan.workers)
        self._patience = Patience(self.plan.timeout)
        self._harvest = Harvest(0.0, self.before, 0)
        self._cases = casebook.Casebook(self.plan.read, self.plan.executor)
        self._survey = Survey(self.plan, self.books)
        self._deadline = self.plan.deadline or Deadline(self.plan.max_time)
        self._ending = Ending(self.plan, self.books, self._checks, self._proven, self._deadline)

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
            if self._left(target).missing and self._rounds[generator.name, target] < self.plan.attempts
        ]

    async def _wave(self, generator: Generator, targets: Sequence[Target]) -> None:
        slots = asyncio.Semaphore(self.plan.at_once(generator))
        self._done -= set(targets)
        self._turns = Turns(targets, self.coverage) if getattr(generator, "computes", False) else None
        tasks = [asyncio.ensure_future(self._turn(generator, target, slots)) for target in targets]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self, generator: Generator, target: Target, slots: asyncio.Semaphore) -> None:
        async with slots:
            self._working[target] = ""
            try:
                await self._target(generator, target)
                if self._histories[generator.name, target]:
                    self._harvest.note(self.coverage, self.plan.tokens())
                self._done.add(target)
            finally:
                del self._working[target]
                if self._turns is not None:
                    await self._turns.end(target, self.coverage)

    async def _target(self, generator: Generator, target: Target) -> None:
        key = generator.name, target
        history = self._histories.setdefault(key, [])
        covered = await self._turns.begin(target) if self._turns is not None else None
        while self._rounds[key] < self.plan.attempts:
            if self._turns is None:
                await self._backlog.until_less()
            left, covered = target.gap.left((covered or self.coverage).missing(target.gap.path)), None
            if not left.missing or self._failed or self._is_reached() or self._harvest.poor:
                return
            self._rounds[key] += 1
            try:
                verdicts = await self._round(generator, target, left, history)
            except Exception as error:
                if isinstance(error, ModelError) and not isinstance(error, ModelRefused):
                    self.notes.append(f"{target.module}:{target.gap.qualname}: {error}")
                    return
                if not isinstance(error, AigenError) and self._faults < _FAULTS:
                    self._faults += 1
                    self.notes.append(f"{target.module}:{target.gap.qualname}: {fault(error)}")
                    return
                self._failed = True  # the others stop too, before they ask for anything
                raise
            if not verdicts:
                return
            history += verdicts

    async def _round(
        self, generator: Generator, target: Target, left: Gap, history: Sequence[Verdict]
    ) -> list[Verdict]:
        """One round of proposals, judged one after another, so that a test is not run for what a sibling covers."""
        candidates = [c async for c in generator.propose(self.plan.context(target, left), history)]
        if self._turns is not None:
            await self._turns.judge(target)
        self._backlog.grow(waiting := len(candidates))
        verdicts: list[Verdict] = []
        try:
            for candidate in candidates:
                self._working[target] = candidate.name
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
            self._working[target] = ""
            await self._backlog.shrink(waiting)
        return verdicts

    async def _judge(self, candidate: Candidate) -> list[Verdict]:
        """The verdict on a candidate; of one that fails also that on what it proved before."""
        trial = verify.draft(candidate, timeout=self._patience.seconds(candidate.target.gap.path))
        opinion = await self._checks.opinion(Stage.STATIC, trial)
        if isinstance(opinion, Refusal):
            return [Rejected(candidate, opinion)]
        trial = replace(trial, proofs=opinion)
        target = candidate.target
        if not (self._left(target).missing or await self._survey.of(target) or self._survey.is_open(target)):
            return [Rejected(candidate, Refusal("gain", "what it was written for is covered by now"))]
        if known := self._tried.get((trial.edit.path, candidate.code)):
            return [Rejected(candidate, known.refusal, known.run)]
        path = candidate.target.test_path
        try:
            # The text on disk is shorter than with all that was accepted; that is run whole at the end.
            before = self.plan.read(path)
            trial = self.books.joined(trial, before)
            if not trial.edit.tests:
                return [Rejected(candidate, Refusal("merge", "the same test is there already"))]
            trial = await verify.run(trial, self.plan.executor, self.coverage)
            if trial.run.outcome in (Outcome.FAILED, Outcome.ERROR):
                plain = self.books.joined(replace(trial, as_written=True), before)
                if plain.edit.after != trial.edit.after:
                    trial = await verify.run(plain, self.plan.executor, self.coverage)
            self._patience.note(candidate.target.gap.path, trial.run)
            trial, opinion = await self._proved(trial)
            if isinstance(opinion, Refusal):
                rejected = await self._cases.judged(trial, Rejected(candidate, opinion, trial.run))
                self._tried[path, candidate.code] = rejected
                rest = salvaged(trial)
                return [rejected, *(await self._judge(rest) if rest else ())]
            trial = replace(trial, proofs=trial.proofs + opinion)
            match self._cases.truth(trial):
                case Refusal() as refusal:
                    return [Rejected(candidate, refusal, trial.run)]
                case Candidate() as promised:
                    return await self._against(trial, promised)
                case Proof() as proof:
                    trial = replace(trial, proofs=(*trial.proofs, proof))
            return [self.books.accept(trial)]
        except (MergeError, WriteError) as error:
            return [Rejected(candidate, Refusal("merge", str(error)), trial.run)]

    async def _proved(self, trial: Trial) -> tuple[Trial, Opinion]:
        """The trial and what the checks say of it; they are asked again where others covered meanwhile what it gained."""
        while True:
            trial = await self._weighed(trial)
            opinion = await self._checks.opinion(Stage.RUN, trial)
            if isinstance(opinion, Refusal) or not trial.gained:
                return trial, opinion
            if self.books.adds(replace(trial, proofs=opinion)):
                return trial, opinion
            if not await self._left_to_kill(trial):
                return trial, opinion

    async def _weighed(self, trial: Trial) -> Trial:
        """The trial against what is missing now; where that is nothing, with the mutants that are left for it to kill."""
        trial = verify.weighed(trial, self.coverage)
        if trial.run.outcome is not Outcome.PASSED or trial.gained:
            return replace(trial, survivors=self.books.survivors(trial.candidate.target.gap))
        return replace(trial, survivors=await self._left_to_kill(trial))

    async def _left_to_kill(self, trial: Trial) -> tuple[Mutant, ...]:
        """Mutants with which all kept tests pass: of the target, and of whatever else the test executes."""
        of_target = await self._survey.of(trial.candidate.target)
        return tuple(dict.fromkeys((*of_target, *await self._survey.beside(trial))))

    async def _against(self, trial: Trial, promised: Candidate) -> list[Verdict]:
        """The verdicts on a test that contradicts the source, and on the one that says what the source says."""
        verdicts = await self._judge(promised)
        if not isinstance(verdicts[0], Rejected) or verdicts[0].refusal.check != casebook.NAME:
            return [self.books.accept(trial)]
        why = f"states as the truth what `{promised.name}` suspects to be a bug"
        return [Rejected(trial.candidate, Refusal(casebook.NAME, why), trial.run), *verdicts]

    def _left(self, target: Target) -> Gap:
        return target.gap.left(self.coverage.missing(target.gap.path))

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
