"""The loop: targets in, verdicts out. Proposes, joins, runs and judges; the state it keeps is what was accepted so far."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen import settle, verify
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Context,
    Coverage,
    Edit,
    Ended,
    Gap,
    Outcome,
    Refusal,
    Rejected,
    Target,
    Trial,
    Verdict,
)
from pytest_aigen.errors import AigenError, ExecutorError, MergeError, ModelError, ModelRefused, OutOfBudget
from pytest_aigen.merge import Table, fold, merge
from pytest_aigen.patience import Patience
from pytest_aigen.protocols import Check, Executor, Generator, Stage
from pytest_aigen.salvage import before_failure


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the loop is told."""

    targets: Sequence[Target]
    generators: Sequence[Generator]
    executor: Executor
    checks: Sequence[Check]
    #: Builds the context of a target for what is left of its gap.
    context: Callable[[Target, Gap], Context]
    #: Text of a file on disk, None where there is none.
    read: Callable[[Path], str | None]
    #: Fixture names visible at a test module, which a helper must not shadow.
    reserved: Callable[[Path], Collection[str]]
    attempts: int
    concurrency: int
    workers: int
    timeout: float
    #: Texts of the conftest files that a test module sees, the nearest first.
    conftests: Callable[[Path], Sequence[str]] = lambda path: ()
    #: Percent of total coverage at which to stop.
    goal: float = 100.0
    #: Seconds; None for no end.
    max_time: float | None = None
    #: Whether each test gets a comment that says what it is for.
    comment: bool = True
    #: A test module as the project's own formatter leaves it, from its path, its text on disk and the new one.
    format: Callable[[Path, str | None, str], str] = lambda path, before, after: after


@dataclass
class Line:
    """The run of a plan. Its fields hold the result at any moment, whatever ends it."""

    plan: Plan
    coverage: Coverage
    verdicts: list[Verdict] = field(default_factory=list)
    redundant: tuple[Candidate, ...] = ()
    notes: list[str] = field(default_factory=list)
    ended: Ended = Ended.COMPLETE
    detail: str = ""
    #: The present text of each test module: as on disk, with what was accepted.
    _texts: dict[Path, str | None] = field(default_factory=dict)
    #: What was refused after it ran, by its module and its code: the same code is not run again.
    _tried: dict[tuple[Path, str], Rejected] = field(default_factory=dict)
    #: What was proposed for a target and what came of it, by generator and target.
    _histories: dict[tuple[str, Target], list[Verdict]] = field(default_factory=dict)
    #: Rounds begun, by generator and target.
    _rounds: Counter[tuple[str, Target]] = field(default_factory=Counter)
    #: What the checks of modules said, by the module as it would be and its new tests.
    _judged: dict[Edit, Refusal | None] = field(default_factory=dict)
    _backlog: int = 0
    _failed: bool = False

    def __post_init__(self) -> None:
        self._before = self.coverage
        self._patience = Patience(self.plan.timeout)

    async def run(self) -> None:
        """Try every target. Returns also when a budget is spent, a fault ends it, or the task is cancelled."""
        self._quieter = asyncio.Condition()
        self._checks = {
            stage: sorted((c for c in self.plan.checks if c.stage is stage), key=lambda check: check.cost)
            for stage in Stage
        }
        try:
            await asyncio.wait_for(self._run(), self.plan.max_time)
            if self._is_reached():
                self.ended = Ended.REACHED
        except asyncio.CancelledError:
            self.ended = Ended.INTERRUPTED
        except (asyncio.TimeoutError, TimeoutError):
            self.ended, self.detail = Ended.BUDGET, f"--ai-gen-max-time={self.plan.max_time:g} is over"
        except OutOfBudget as error:
            self.ended, self.detail = Ended.BUDGET, str(error)
        except (ModelError, ExecutorError) as error:
            self.ended, self.detail = Ended.FAULT, str(error)
        except Exception as error:  # a fault of an extension must not lose what was accepted
            self.ended, self.detail = Ended.FAULT, f"{type(error).__name__}: {error}"

    async def _run(self) -> None:
        # A module body is executed by whatever imports it: it is asked for when the functions are done.
        waves = [[t for t in self.plan.targets if t.gap.is_module_body is body] for body in (False, True)]
        for generator in self.plan.generators:
            for wave in waves:
                await self._wave(generator, wave)
            while again := await self._taken_back(generator):
                await self._wave(generator, again)

    async def _taken_back(self, generator: Generator) -> list[Target]:
        """Take out what the checks of modules refuse; the targets that lost by it and have rounds left."""
        rejected = (await self._settled()).rejected
        self._replace(rejected)
        targets = dict.fromkeys(verdict.candidate.target for verdict in rejected)
        return [
            target
            for target in targets
            if self._left(target).missing and self._rounds[generator.name, target] < self.plan.attempts
        ]

    def _replace(self, rejected: Sequence[Rejected]) -> None:
        """Make verdicts of refusals that came late: what they covered is missing again."""
        if not rejected:
            return
        late = {id(verdict.candidate): verdict for verdict in rejected}
        self.verdicts = [late.get(id(verdict.candidate), verdict) for verdict in self.verdicts]
        for history in self._histories.values():
            history[:] = [late.get(id(verdict.candidate), verdict) for verdict in history]
        self._texts.clear()
        self.coverage = self._before
        for verdict in self.verdicts:
            if isinstance(verdict, Accepted):
                path = verdict.trial.edit.path
                trial = self._joined(verdict.trial, self._text(path), self.plan.reserved(path))
                self._texts[path] = trial.edit.after
                self.coverage = self.coverage.plus(trial.run.covered)

    async def _wave(self, generator: Generator, targets: Sequence[Target]) -> None:
        slots = asyncio.Semaphore(self.plan.concurrency)
        tasks = [asyncio.ensure_future(self._target(generator, target, slots)) for target in targets]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _target(self, generator: Generator, target: Target, slots: asyncio.Semaphore) -> None:
        key = generator.name, target
        history = self._histories.setdefault(key, [])
        async with slots:
            while self._rounds[key] < self.plan.attempts:
                await self._until_quieter()
                left = self._left(target)
                if not left.missing or self._failed or self._is_reached():
                    return
                self._rounds[key] += 1
                try:
                    verdicts = await self._round(generator, target, left, history)
                except Exception as error:
                    if isinstance(error, ModelError) and not isinstance(error, ModelRefused):
                        self.notes.append(f"{target.module}:{target.gap.qualname}: {error}")
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
        waiting = len(candidates)
        self._backlog += waiting
        verdicts: list[Verdict] = []
        try:
            for candidate in candidates:
                found = await self._judge(candidate)
                verdicts += found
                self.verdicts += found
                self._backlog -= 1
                waiting -= 1
        finally:
            self._backlog -= waiting
            async with self._quieter:
                self._quieter.notify_all()
        return verdicts

    async def _until_quieter(self) -> None:
        """Wait while many candidates wait for a worker: what they cover need not be asked for."""
        async with self._quieter:
            await self._quieter.wait_for(lambda: self._backlog <= 4 * self.plan.workers)

    async def _judge(self, candidate: Candidate) -> list[Verdict]:
        """The verdict on a candidate; of one that fails also that on what it proved before."""
        trial = verify.draft(candidate, timeout=self._patience.seconds(candidate.target.gap.path))
        if refusal := await self._refusal(Stage.STATIC, trial):
            return [Rejected(candidate, refusal)]
        if not self._left(candidate.target).missing:
            return [Rejected(candidate, Refusal("gain", "what it was written for is covered by now"))]
        if known := self._tried.get((trial.edit.path, candidate.code)):
            return [Rejected(candidate, known.refusal, known.run)]
        path = candidate.target.test_path
        reserved = self.plan.reserved(path)
        try:
            # The text on disk is shorter than with all that was accepted; that is run whole at the end.
            before = self.plan.read(path)
            trial = self._joined(trial, before, reserved)
            if not trial.edit.tests:
                return [Rejected(candidate, Refusal("merge", "the same test is there already"))]
            trial = await verify.run(trial, self.plan.executor, self.coverage)
            if trial.run.outcome in (Outcome.FAILED, Outcome.ERROR):
                plain = self._joined(replace(trial, as_written=True), before, reserved)
                if plain.edit.after != trial.edit.after:
                    trial = await verify.run(plain, self.plan.executor, self.coverage)
            self._patience.note(candidate.target.gap.path, trial.run)
            if refusal := await self._refusal(Stage.RUN, trial):
                rejected = Rejected(candidate, refusal, trial.run)
                self._tried[path, candidate.code] = rejected
                rest = _salvaged(trial)
                return [rejected, *(await self._judge(rest) if rest else ())]
            return [self._accept(trial, reserved)]
        except MergeError as error:
            return [Rejected(candidate, Refusal("merge", str(error)), trial.run)]

    def _accept(self, trial: Trial, reserved: Collection[str]) -> Verdict:
        """The verdict on a trial that passed its checks. Nothing is awaited here: no two trials claim the same line."""
        path = trial.edit.path
        trial = self._joined(trial, self._text(path), reserved)
        if not trial.edit.tests:
            return Rejected(
                trial.candidate, Refusal("merge", "the same test was accepted already"), trial.run
            )
        trial = verify.weighed(trial, self.coverage)
        if not trial.gained:
            return Rejected(trial.candidate, Refusal("gain", "what it covers is covered by now"), trial.run)
        self._texts[path] = trial.edit.after
        self.coverage = self.coverage.plus(trial.run.covered)
        # Among its neighbours each test has the whole time.
        return Accepted(replace(trial, job=replace(trial.job, timeout=self.plan.timeout)))

    async def _refusal(self, stage: Stage, trial: Trial) -> Refusal | None:
        """The first refusal of a stage's checks, cheapest first."""
        for check in self._checks[stage]:
            if refusal := await check(trial, self.plan.executor):
                return refusal
        return None

    async def _objection(self, trial: Trial) -> Refusal | None:
        """What the checks say against a module as it would be; each is asked once."""
        if trial.edit not in self._judged:
            self._judged[trial.edit] = await self._refusal(Stage.MODULE, trial)
        return self._judged[trial.edit]

    def _left(self, target: Target) -> Gap:
        return target.gap.left(self.coverage.missing(target.gap.path))

    def _is_reached(self) -> bool:
        return self.coverage.percent >= self.plan.goal

    def _text(self, path: Path) -> str | None:
        if path not in self._texts:
            self._texts[path] = self.plan.read(path)
        return self._texts[path]

    # ------------------------------------------------------------------------------------------- the end

    async def finish(self) -> tuple[Edit, ...]:
        """One edit for each touched test module, without redundant tests and without those that it fails with."""
        try:
            done = await self._settled()
        except ExecutorError as error:
            self.ended, self.detail = Ended.FAULT, str(error)
            self.notes.append(
                "the tests were not run together with their modules: run the suite before you keep them"
            )
            done = await self._settled(_no_objection)
        self.redundant = done.redundant
        kept = {id(trial.candidate): trial for trial in done.kept}
        rejected = {id(verdict.candidate): verdict for verdict in done.rejected}
        self.verdicts = [self._final(verdict, kept, rejected) for verdict in self.verdicts]
        self.coverage = self._before
        for verdict in self.verdicts:
            if isinstance(verdict, Accepted):
                self.coverage = self.coverage.plus(verdict.trial.run.covered)
        return tuple([await self._formatted(edit, done.kept) for edit in done.edits])

    async def _formatted(self, edit: Edit, kept: Sequence[Trial]) -> Edit:
        """The edit as the project's formatter leaves it, if its tests pass in that form too."""
        after = await asyncio.to_thread(self.plan.format, edit.path, edit.before, edit.after)
        if after == edit.after:
            return edit
        new = replace(edit, after=after)
        trial = next(trial for trial in reversed(kept) if trial.edit.path == edit.path)
        job = replace(trial.job, tests=edit.tests, overlay={edit.path: after})
        try:
            refusal = await self._refusal(Stage.MODULE, replace(trial, edit=new, job=job))
        except ExecutorError:
            return edit
        return edit if refusal else new

    async def _settled(self, judge: settle.Judge | None = None) -> settle.Settled:
        # A table that nothing would run as a table is not made.
        fold = self._tables if judge is None and self._checks[Stage.MODULE] else _no_tables
        return await settle.settled(
            [verdict.trial for verdict in self.verdicts if isinstance(verdict, Accepted)],
            read=self.plan.read,
            join=lambda trial, text: self._joined(trial, text, self.plan.reserved(trial.edit.path)),
            judge=judge or self._objection,
            fold=fold,
        )

    def _tables(self, candidates: Sequence[Candidate]) -> Sequence[Table]:
        return fold(candidates, self._source)

    def _source(self, path: Path) -> str | None:
        try:
            return self.plan.read(path)
        except AigenError:
            return None

    def _joined(self, trial: Trial, before: str | None, reserved: Collection[str]) -> Trial:
        """The trial with its candidate joined with the text of its module; ``edit.tests`` is empty where it is there.

        Raises MergeError.
        """
        edit = merge(
            before,
            trial.candidate,
            path=trial.edit.path,
            reserved=reserved,
            conftests=self.plan.conftests(trial.edit.path),
            comment=self.plan.comment,
            as_written=trial.as_written,
        )
        return replace(
            trial, edit=edit, job=replace(trial.job, tests=edit.tests, overlay={edit.path: edit.after})
        )

    @staticmethod
    def _final(verdict: Verdict, kept: dict[int, Trial], rejected: dict[int, Rejected]) -> Verdict:
        key = id(verdict.candidate)
        if key in rejected:
            return rejected[key]
        return Accepted(kept[key]) if key in kept else verdict


def _no_tables(candidates: Sequence[Candidate]) -> Sequence[Table]:
    return ()


async def _no_objection(trial: Trial) -> Refusal | None:
    return None


def _salvaged(trial: Trial) -> Candidate | None:
    """What a failing test that reached something new proved before it failed."""
    if trial.run.outcome is not Outcome.FAILED or trial.run.line is None or not trial.gained:
        return None
    return before_failure(trial.candidate, trial.edit.after, trial.edit.tests[0], trial.run.line)
