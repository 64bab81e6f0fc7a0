"""The loop: targets in, verdicts out. Proposes, joins, runs and judges; the state it keeps is what was accepted so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen import select, settle, verify
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
from pytest_aigen.errors import (
    ExecutorError,
    MergeError,
    ModelError,
    ModelRefused,
    OutOfBudget,
    WriteError,
)
from pytest_aigen.merge import merge
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
    #: Text of a test module on disk, None where there is none.
    read: Callable[[Path], str | None]
    #: Fixture names visible at a test module, which a helper must not shadow.
    reserved: Callable[[Path], Collection[str]]
    attempts: int
    concurrency: int
    workers: int
    timeout: float
    #: Percent of total coverage at which to stop.
    goal: float = 100.0
    #: Seconds; None for no end.
    max_time: float | None = None


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
    #: The text that each of them had on disk when the first test for it was accepted.
    _found: dict[Path, str | None] = field(default_factory=dict)
    #: What was refused after it ran, by its module and its code: the same code is not run again.
    _tried: dict[tuple[Path, str], Rejected] = field(default_factory=dict)
    _backlog: int = 0
    _failed: bool = False

    def __post_init__(self) -> None:
        self._before = self.coverage

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
        history: list[Verdict] = []
        async with slots:
            for _ in range(self.plan.attempts):
                await self._until_quieter()
                left = self._left(target)
                if not left.missing or self._failed or self._is_reached():
                    return
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
        trial = verify.draft(candidate, timeout=self.plan.timeout)
        if refusal := await self._refusal(Stage.STATIC, trial):
            return [Rejected(candidate, refusal)]
        if not self._left(candidate.target).missing:
            return [Rejected(candidate, Refusal("gain", "what it was written for is covered by now"))]
        if before := self._tried.get((trial.edit.path, candidate.code)):
            return [Rejected(candidate, before.refusal, before.run)]
        path = candidate.target.test_path
        reserved = self.plan.reserved(path)
        try:
            # The text on disk is shorter than with all that was accepted; that is run whole at the end.
            trial = _joined(trial, self.plan.read(path), reserved=reserved)
            if not trial.edit.tests:
                return [Rejected(candidate, Refusal("merge", "the same test is there already"))]
            trial = await verify.run(trial, self.plan.executor, self.coverage)
            if refusal := await self._refusal(Stage.RUN, trial):
                rejected = Rejected(candidate, refusal, trial.run)
                self._tried[path, candidate.code] = rejected
                rest = _salvaged(trial)
                return [rejected, *(await self._judge(rest) if rest else ())]
            return [self._accept(trial, reserved)]
        except (MergeError, WriteError) as error:
            return [Rejected(candidate, Refusal("merge", str(error)), trial.run)]

    def _accept(self, trial: Trial, reserved: Collection[str]) -> Verdict:
        """The verdict on a trial that passed its checks. Nothing is awaited here: no two trials claim the same line."""
        path = trial.edit.path
        trial = _joined(trial, self._text(path), reserved=reserved)
        if not trial.edit.tests:
            return Rejected(
                trial.candidate, Refusal("merge", "the same test was accepted already"), trial.run
            )
        trial = verify.weighed(trial, self.coverage)
        if not trial.gained:
            return Rejected(trial.candidate, Refusal("gain", "what it covers is covered by now"), trial.run)
        self._texts[path] = trial.edit.after
        self.coverage = self.coverage.plus(trial.run.covered)
        return Accepted(trial)

    async def _refusal(self, stage: Stage, trial: Trial) -> Refusal | None:
        """The first refusal of a stage's checks, cheapest first."""
        for check in self._checks[stage]:
            if refusal := await check(trial, self.plan.executor):
                return refusal
        return None

    def _left(self, target: Target) -> Gap:
        return target.gap.left(self.coverage.missing(target.gap.path))

    def _is_reached(self) -> bool:
        return self.coverage.percent >= self.plan.goal

    def _text(self, path: Path) -> str | None:
        if path not in self._texts:
            self._texts[path] = self._found[path] = self.plan.read(path)
        return self._texts[path]

    # ------------------------------------------------------------------------------------------- the end

    async def finish(self, paths: Collection[Path] | None = None) -> tuple[Edit, ...]:
        """One edit for each touched test module, without redundant tests and without those that it fails with.

        Called again with ``paths``, it joins what was kept for these modules with what is on disk by now.
        """
        dropped = {id(candidate) for candidate in self.redundant}
        accepted = [
            v.trial for v in self.verdicts if isinstance(v, Accepted) and id(v.candidate) not in dropped
        ]
        accepted = [trial for trial in accepted if paths is None or trial.edit.path in paths]
        redundant = select.redundant if paths is None else _none  # of a part, it cannot be told
        try:
            done = await self._settled(accepted, lambda trial: self._refusal(Stage.MODULE, trial), redundant)
        except ExecutorError as error:
            self.ended, self.detail = Ended.FAULT, str(error)
            self.notes.append(
                "the tests were not run together with their modules: run the suite before you keep them"
            )
            done = await self._settled(accepted, _no_objection, redundant)
        self.redundant += done.redundant
        kept = {id(trial.candidate): trial for trial in done.kept}
        rejected = {id(verdict.candidate): verdict for verdict in done.rejected}
        self.verdicts = [self._final(verdict, kept, rejected) for verdict in self.verdicts]
        self.coverage = self._before
        for verdict in self.verdicts:
            if isinstance(verdict, Accepted):
                self.coverage = self.coverage.plus(verdict.trial.run.covered)
        return done.edits

    async def _settled(
        self,
        accepted: Sequence[Trial],
        judge: settle.Judge,
        redundant: Callable[[Sequence[Trial]], tuple[Candidate, ...]],
    ) -> settle.Settled:
        found = self._on_disk(accepted)
        return await settle.settled(
            accepted, read=found.__getitem__, join=self._join, judge=judge, redundant=redundant
        )

    def _on_disk(self, accepted: Sequence[Trial]) -> dict[Path, str | None]:
        """The present text of each module, read once: an edit made from two texts would undo what changed between.

        Where the tests can no longer be joined with it, the text is the one that they were accepted with. That is not
        what is on disk, so it is not written either.
        """
        found: dict[Path, str | None] = {}
        for path in dict.fromkeys(trial.edit.path for trial in accepted):
            before = self._found[path]
            try:
                found[path] = text = self.plan.read(path)
                if text is None and before is not None:
                    found[path] = before  # who removed a module does not want it back
                elif text != before:
                    for trial in accepted:
                        if trial.edit.path == path:
                            text = self._join(trial, text).edit.after
            except (MergeError, WriteError):
                found[path] = before
        return found

    def _join(self, trial: Trial, text: str | None) -> Trial:
        return _joined(trial, text, reserved=self.plan.reserved(trial.edit.path))

    @staticmethod
    def _final(verdict: Verdict, kept: dict[int, Trial], rejected: dict[int, Rejected]) -> Verdict:
        key = id(verdict.candidate)
        if key in rejected:
            return rejected[key]
        return Accepted(kept[key]) if key in kept else verdict


def _none(trials: Sequence[Trial]) -> tuple[Candidate, ...]:
    return ()


async def _no_objection(trial: Trial) -> Refusal | None:
    return None


def _salvaged(trial: Trial) -> Candidate | None:
    """What a failing test that reached something new proved before it failed."""
    if trial.run.outcome is not Outcome.FAILED or trial.run.line is None or not trial.gained:
        return None
    return before_failure(trial.candidate, trial.edit.after, trial.edit.tests[0], trial.run.line)


def _joined(trial: Trial, before: str | None, *, reserved: Collection[str]) -> Trial:
    """The trial with its candidate joined with the text of its module; ``edit.tests`` is empty where it is there already.

    Raises MergeError.
    """
    edit = merge(before, trial.candidate, path=trial.edit.path, reserved=reserved)
    return replace(
        trial, edit=edit, job=replace(trial.job, tests=edit.tests, overlay={edit.path: edit.after})
    )
