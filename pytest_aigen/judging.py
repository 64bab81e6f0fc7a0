"""From a candidate to the verdicts on it: joined, run, weighed, and put to the checks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen import verify
from pytest_aigen.abreast import ended
from pytest_aigen.ahead import Ahead, First
from pytest_aigen.books import Books
from pytest_aigen.checking import Checking, Opinion
from pytest_aigen.data import (
    NOT_RUN,
    Candidate,
    Coverage,
    Gap,
    Mutant,
    Outcome,
    Proof,
    Refusal,
    Rejected,
    Target,
    Trial,
    Verdict,
)
from pytest_aigen.errors import MergeError, WriteError
from pytest_aigen.grouping import attributed
from pytest_aigen.patience import Patience
from pytest_aigen.plan import Plan
from pytest_aigen.protocols import Stage
from pytest_aigen.salvage import salvaged
from pytest_aigen.survey import Survey
from pytest_aigen.suspects import casebook


@dataclass
class Judge:
    """Says what becomes of a candidate; what is accepted stands in the books."""

    plan: Plan
    books: Books
    checks: Checking
    cases: casebook.Casebook
    #: What was refused after it ran, by its module and its code: the same code is not run again.
    _tried: dict[tuple[Path, str], Rejected] = field(default_factory=dict)
    #: What was begun before its turn, by the id of the candidate, until that is judged.
    _begun: dict[int, First] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ahead = Ahead(self.checks, self.books)
        self._patience = Patience(self.plan.timeout)
        self._survey = Survey(self.plan, self.books)

    @property
    def coverage(self) -> Coverage:
        return self.books.coverage

    def left(self, target: Target) -> Gap:
        """What of a target is missing now."""
        return target.gap.left(self.coverage.missing(target.gap.path))

    async def __call__(self, candidate: Candidate) -> list[Verdict]:
        """The verdict on a candidate; of one that fails also that on what it proved before."""
        try:
            return await self._verdicts(candidate)
        finally:
            self._begun.pop(id(candidate), None)
            await self._ahead.forget([id(candidate)])

    async def _verdicts(self, candidate: Candidate) -> list[Verdict]:
        begun = id(candidate)
        trial = await (self._begun.get(begun) or self._drafted(candidate))
        if isinstance(trial, Rejected):
            return [trial]
        if not await self._is_wanted(candidate):
            return [Rejected(candidate, Refusal("gain", "what it was written for is covered by now"))]
        if known := self._tried.get((trial.edit.path, candidate.code)):
            return [Rejected(candidate, known.refusal, known.run)]
        path = candidate.target.test_path
        try:
            if trial.run is NOT_RUN:
                trial = await self._ran(trial)
            if not trial.edit.tests:
                return [Rejected(candidate, Refusal("merge", "the same test is there already"))]
            self._patience.note(candidate.target.gap.path, trial.run)
            trial = attributed(trial, self.left)
            candidate = trial.candidate
            trial, opinion = await self._proved(trial, begun)
            if isinstance(opinion, Refusal):
                rejected = await self.cases.judged(trial, Rejected(candidate, opinion, trial.run))
                self._tried[path, candidate.code] = rejected
                rest = salvaged(trial)
                return [rejected, *(await self(rest) if rest else ())]
            trial = replace(trial, proofs=trial.proofs + opinion)
            match self.cases.truth(trial):
                case Refusal() as refusal:
                    return [Rejected(candidate, refusal, trial.run)]
                case Candidate() as promised:
                    return await self._against(trial, promised)
                case Proof() as proof:
                    trial = replace(trial, proofs=(*trial.proofs, proof))
            return [self.books.accept(trial)]
        except (MergeError, WriteError) as error:
            return [Rejected(candidate, Refusal("merge", str(error)), trial.run)]

    def foresee(self, candidates: Sequence[Candidate]) -> None:
        """Begin with what does not depend on other candidates, the checks that run nothing and the first run; and with the
        checks as they will be asked if all candidates before it are kept, as most are.
        """
        for candidate in candidates:
            key = id(candidate)
            if key not in self._begun and not candidate.accuses:
                before = list(self._begun.values())
                self._begun[key] = asyncio.ensure_future(self._first(candidate))
                self._ahead.begin(key, self._begun[key], before)

    async def forget(self, candidates: Sequence[Candidate]) -> None:
        """End what was begun for these and never asked for."""
        keys = [id(one) for one in candidates]
        begun = [self._begun.pop(key, None) for key in keys]
        await ended([task for task in begun if task is not None])
        await self._ahead.forget(keys)

    async def _first(self, candidate: Candidate) -> Trial | Rejected:
        trial = await self._drafted(candidate)
        try:
            return trial if isinstance(trial, Rejected) else await self._ran(trial)
        except (MergeError, WriteError) as error:
            return Rejected(candidate, Refusal("merge", str(error)))

    async def _drafted(self, candidate: Candidate) -> Trial | Rejected:
        """The trial with what the checks say that run nothing."""
        trial = verify.draft(candidate, timeout=self._patience.seconds(candidate.target.gap.path))
        opinion = await self.checks.opinion(Stage.STATIC, trial)
        return (
            Rejected(candidate, opinion) if isinstance(opinion, Refusal) else replace(trial, proofs=opinion)
        )

    async def _ran(self, trial: Trial) -> Trial:
        """The trial joined with its module and run; not run where the module has the very test already.

        Raises MergeError, WriteError.
        """
        # The text on disk is shorter than with all that was accepted; that is run whole at the end.
        before = self.plan.read(trial.edit.path)
        trial = self.books.joined(trial, before)
        if not trial.edit.tests:
            return trial
        trial = await verify.run(trial, self.plan.executor, self.coverage)
        if trial.run.outcome in (Outcome.FAILED, Outcome.ERROR):
            plain = self.books.joined(replace(trial, as_written=True), before)
            if plain.edit.after != trial.edit.after:
                trial = await verify.run(plain, self.plan.executor, self.coverage)
        return trial

    async def _is_wanted(self, candidate: Candidate) -> bool:
        """Whether anything is left of what it may be about, or for it to notice."""
        if any(self.left(target).missing for target in candidate.targets):
            return True
        target = candidate.target
        return bool(await self._survey.of(target)) or self._survey.is_open(target)

    async def _proved(self, trial: Trial, begun: int) -> tuple[Trial, Opinion]:
        """The trial and what the checks say of it; they are asked again where others covered meanwhile what it gained."""
        while True:
            trial = await self._weighed(trial)
            opinion: Opinion | None = await self._ahead.opinion(begun, trial)
            if opinion is None:
                opinion = await self.checks.opinion(Stage.RUN, trial)
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
        verdicts = await self(promised)
        if not isinstance(verdicts[0], Rejected) or verdicts[0].refusal.check != casebook.NAME:
            return [self.books.accept(trial)]
        why = f"states as the truth what `{promised.name}` suspects to be a bug"
        return [Rejected(trial.candidate, Refusal(casebook.NAME, why), trial.run), *verdicts]
