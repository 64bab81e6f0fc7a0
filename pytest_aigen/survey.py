"""What the kept tests do with mutants that none of them was tried with: what they pass with is left for others to kill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen.books import Books
from pytest_aigen.data import KILLED, NOTHING, Gap, Job, Mutant, Outcome, Target, Trial
from pytest_aigen.mutants.choice import Made, Source, chosen, source, spread
from pytest_aigen.plan import Plan
from pytest_aigen.texts import on_disk

#: Mutants of what a target missed that one survey tries.
BUDGET = 24
#: Mutants that a test is tried with which covers nothing new, of all that it executes.
BESIDE = 64
#: Tests of one target that are run for what they may notice elsewhere, and notice nothing.
IDLE = 2


class Survey:
    """A line is often covered in passing, by a test of another function, which is tried with mutants of few of its lines.

    A further test of the function itself is worth a run only if something is left for it to notice. That is asked of the
    kept tests first, all together, in one job for each of their modules. A test that has run may be worth keeping for what
    it notices elsewhere: it is tried first, being quick, and the kept tests only with what it fails with.
    """

    def __init__(self, plan: Plan, books: Books) -> None:
        self._plan, self._books = plan, books
        self._idle: Counter[Target] = Counter()

    def is_open(self, target: Target) -> bool:
        """Whether a test for which nothing is left of its target is run for what it may notice elsewhere."""
        return bool(self._books.tried) and self._idle[target] < IDLE

    async def of(self, target: Target) -> tuple[Mutant, ...]:
        """Mutants of what the target missed with which all kept tests pass; some more are tried each time."""
        gap, tried = target.gap, self._books.tried
        # Where no check tries mutants, none is tried here either.
        if tried and (text := on_disk(gap.path)) is not None:
            found = source(gap.path, text)
            if made := self._some(gap, found, tried):
                await self._try(target.test_path, {gap.path: found}, made)
        return self._books.survivors(gap)

    async def beside(self, trial: Trial) -> tuple[Mutant, ...]:
        """Mutants of what a passing test executes with which all kept tests pass; with some more it is tried each time."""
        if not self._books.tried:
            return ()
        executed = [
            (found, each)
            for path, reached in sorted(trial.run.covered.items())
            if (text := on_disk(path)) is not None
            for found in [source(path, text)]
            for line in sorted(reached.lines & found.by_line.keys())
            for each in found.by_line[line]
            if not each.at_import
        ]
        if not await self._try_first(trial, executed):
            self._idle[trial.candidate.target] += 1
        unnoticed = self._books.unnoticed
        return tuple(each.mutant for _, each in executed if each.mutant in unnoticed)

    async def _try_first(self, trial: Trial, executed: Sequence[tuple[Source, Made]]) -> bool:
        """Whether of some mutants of which nothing is known the test notices one that the kept tests do not."""
        known, sources = self._books.known, {found.path: found for found, _ in executed}
        pools: dict[tuple[Path, int], list[Made]] = {}
        for found, each in executed:
            if each.mutant not in known:
                pools.setdefault((found.path, each.line), []).append(each)
        made = spread(pools, seed=trial.candidate.code, limit=BESIDE)
        if made:
            changes = tuple(sources[each.mutant.path].change(each) for each in made)
            run = await self._plan.executor.run(replace(trial.job, changes=changes, only_failing=True))
            how = run.changed if run.outcome is Outcome.PASSED else ()
            if noticed := [each for each, outcome in zip(made, how) if outcome in KILLED]:
                return await self._try(trial.edit.path, sources, noticed)
        return False

    def _some(self, gap: Gap, found: Source, tried: frozenset[Mutant]) -> list[Made]:
        pools = {
            line: [each for each in several if not each.at_import and each.mutant not in tried]
            for line, several in found.by_line.items()
        }
        left = self._books.coverage.missing(gap.path)
        return chosen(pools, gap.missing - left, seed=f"{gap.qualname}\0{found.text}", limit=BUDGET)

    async def _try(self, first: Path, sources: Mapping[Path, Source], made: Sequence[Made]) -> bool:
        """Whether the kept tests pass with one of these, each of which those are asked about that execute its line."""
        left = list(made)
        for path, kept in self._by_module(first).items():
            who = {each: tests for each in left if (tests := _executing(kept, each))}
            text = self._books.text(path)
            if not who or text is None:
                continue
            asked = {test for tests in who.values() for test in tests}
            tests = tuple(test for trial in kept for test in trial.edit.tests if test in asked)
            changes = (replace(sources[m.mutant.path].change(m), tests=them) for m, them in who.items())
            job = Job(path, tests, {path: text}, self._plan.timeout, changes=tuple(changes))
            run = await self._plan.executor.run(job)
            # Where they cannot be run together nothing is known, and nothing is claimed to be left.
            how = dict(zip(who, run.changed)) if run.outcome is Outcome.PASSED else {}
            left = [m for m in left if how.get(m) is Outcome.PASSED or (how and m not in who)]
            if not left:
                break
        self._books.note([each.mutant for each in made], survived=[each.mutant for each in left])
        return bool(left)

    def _by_module(self, first: Path) -> Mapping[Path, Sequence[Trial]]:
        """What was accepted, by its module, one of them before all others."""
        found: dict[Path, list[Trial]] = {first: []}
        for trial in self._books.accepted:
            found.setdefault(trial.edit.path, []).append(trial)
        return found


def _executing(kept: Sequence[Trial], made: Made) -> tuple[str, ...]:
    """The tests that execute the statement of a mutant."""
    lines = ((trial, trial.run.covered.get(made.mutant.path, NOTHING).lines) for trial in kept)
    return tuple(test for trial, those in lines if made.line in those for test in trial.edit.tests)
