"""Refuses a test that passes, or covers what it gained, only here and now.

All new tests of a module run once more together, under all conditions at once. Of a test that does not hold there, the
condition that breaks it is found by halves, so that the reason can name it.

With another hash seed two texts in a set are in the same order every second time. Where the tests execute what goes
through a set, they run with sources that do so in other orders; where the order may show in another way, with more seeds.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.abreast import all_of
from pytest_aigen.assertions import function_of
from pytest_aigen.checks.before import AsOnDisk
from pytest_aigen.checks.orders import showing
from pytest_aigen.checks.turned import TURNS, Shown, turned
from pytest_aigen.data import MORE_HASH_SEEDS, NOTHING, Condition, Outcome, Proof, Refusal, Run, Suite, Trial
from pytest_aigen.data.coverage import spans
from pytest_aigen.protocols import Stage
from pytest_aigen.texts import on_disk

if TYPE_CHECKING:
    from pytest_aigen.data import Job
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Under which a test has to hold, those that break most first. Orders are the business of ``neighbours``.
CONDITIONS = (
    Condition.DATE,
    Condition.ZONE,
    Condition.RANDOM_SEED,
    Condition.TWICE,
    Condition.HASH_SEED,
    Condition.FOLDER,
    Condition.TMPDIR,
    Condition.LOCALE,
)
#: Under each of which, alone, tests that may show the order of a set hold too: a set of two slips through one time in 64.
SEEDS = MORE_HASH_SEEDS


def runs(numbers: Iterable[int]) -> str:
    """Numbers as ranges.

    >>> runs([3, 4, 5, 9])
    '3-5, 9'
    """
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans(numbers))


def lost(trial: Trial, run: Run) -> str:
    """What the trial gained and a further run does not cover; empty where it covers all of it."""
    parts = []
    for path, gained in trial.gained.items():
        missed = gained - run.covered.get(path, NOTHING)
        if missed.lines:
            parts.append(f"line {runs(missed.lines)} of {path.name}")
        elif missed.branches:
            branches = ", ".join(f"{a}->{b if b > 0 else 'exit'}" for a, b in sorted(missed.branches))
            parts.append(f"branch {branches} of {path.name}")
    return "; ".join(parts)


def holds(trial: Trial, run: Run) -> bool:
    return run.outcome is Outcome.PASSED and not lost(trial, run)


def named(under: Mapping[Condition, str]) -> str:
    """Conditions with what brought them about.

    >>> named({Condition.ZONE: "TZ=Asia/Kolkata", Condition.TWICE: ""})
    'in another time zone (TZ=Asia/Kolkata), twice in one process'
    """
    return ", ".join(
        f"{c.value} ({under[c]})" if under[c] else c.value for c in (*CONDITIONS, *SEEDS) if c in under
    )


class Stable:
    """Refuses what does not hold under other conditions.

    A condition is left out for a module whose tests of before do not survive it either, for code that cannot be imported
    under it, and where not the date but its being moved is what a test fails with.
    """

    name = "stable"
    stage: ClassVar[Stage] = Stage.MODULE
    cost: ClassVar[int] = 1

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._before = AsOnDisk()
        self._left_out: dict[Path, set[Condition]] = defaultdict(set)
        #: Why tests do not hold with every order of a set, by name and text.
        self._unordered: dict[tuple[str, str], str] = {}

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        left_out = self._left_out[trial.edit.path]
        if refusal := self._known(trial):
            return refusal
        while conditions := [condition for condition in CONDITIONS if condition not in left_out]:
            run = await _under(conditions, trial, executor)
            if holds(trial, run):
                if Condition.HASH_SEED in run.under and (
                    refusal := await self._by_chance(trial, run, executor)
                ):
                    return refusal
                return Proof(self.name, f"passes {named(run.under)}") if run.under else None
            cannot_be_imported = run.outcome is Outcome.ERROR and not run.failed
            if len(trial.edit.tests) > 1 and not cannot_be_imported:
                return self._of_several(trial, run)
            culprit, run = await _culprit(conditions, run, trial, executor)
            if culprit is None:
                return Refusal(
                    self.name, _reason("each time, though no single condition breaks it", trial, run)
                )
            if not await self._excused(culprit, run, trial, executor):
                return Refusal(self.name, _reason(named({culprit: run.under.get(culprit, "")}), trial, run))
            left_out.add(culprit)
        return None

    async def _by_chance(self, trial: Trial, run: Run, executor: Executor) -> Refusal | None:
        """A refusal of tests that hold with the orders of sets that there were in that run, and not with others."""
        shown = executed(trial, run)
        overlays = [_turned(shown, turn) for turn in TURNS.values()]
        jobs = {
            f"where sets are gone through {how}": replace(trial.job, overlay={**trial.job.overlay, **overlay})
            for how, overlay in zip(TURNS, overlays, strict=True)
            if overlay
        }
        refusal, all_told = await self._asked(jobs, trial, executor)
        with_rows = {path for path, (_, each) in shown.items() if each.rows}
        elsewhere = any(each.elsewhere for _, each in shown.values())
        if refusal is None and (elsewhere or not all_told or any(with_rows - set(each) for each in overlays)):
            jobs = {seed.value: replace(trial.job, conditions=frozenset({seed})) for seed in SEEDS}
            refusal, _ = await self._asked(jobs, trial, executor)
        return refusal

    async def _asked(
        self, jobs: Mapping[str, Job], trial: Trial, executor: Executor
    ) -> tuple[Refusal | None, bool]:
        """A refusal where a trial does not hold in one of these jobs, and whether all of them tell whether it does."""
        refusal, all_told = None, True
        runs = await all_of(executor.run(job) for job in jobs.values())
        for (how, job), run in zip(jobs.items(), runs, strict=True):
            if run.outcome not in (Outcome.FAILED, Outcome.PASSED) or (job.conditions and not run.under):
                all_told = False
            elif not holds(trial, run):
                why = f"does not hold {named(run.under) or how}: does it depend on the order of a set?"
                for test in _among(trial, run.failed):
                    self._unordered.setdefault((test, _text(trial, test)), why)
                refusal = refusal or Refusal(self.name, why, run.failed)
        return self._known(trial) or refusal, all_told

    def _known(self, trial: Trial) -> Refusal | None:
        """A refusal of tests that were seen to fail with some order of a set, whatever ran beside them."""
        names = {name for name, _ in self._unordered}
        tests = [test for test in trial.edit.tests if test in names]
        found = {test: why for test in tests if (why := self._unordered.get((test, _text(trial, test))))}
        return Refusal(self.name, next(iter(found.values())), tuple(found)) if found else None

    def _of_several(self, trial: Trial, run: Run) -> Refusal:
        """Which of them it is, is found out by whoever asks again with fewer."""
        return Refusal(self.name, _reason("under other conditions", trial, run), run.failed)

    async def _excused(self, condition: Condition, run: Run, trial: Trial, executor: Executor) -> bool:
        """Whether that a test does not hold under the condition is not its own fault."""
        if condition is Condition.DATE:
            same = await _under([Condition.SAME_DATE], trial, executor)
            if not holds(trial, same):
                return True
        of_its_own = condition is Condition.TWICE or "fixture" in trial.candidate.code
        if run.outcome is Outcome.ERROR and not (run.failed and of_its_own):
            return True
        job = replace(trial.job, overlay={trial.edit.path: ""}, conditions=frozenset({condition}))
        old = await self._before.run(job, executor)
        return bool(frozenset(old.failed) - self._suite.not_passing(trial.edit.path))


def executed(trial: Trial, run: Run) -> Mapping[Path, tuple[str, Shown]]:
    """Where the order of a set can show in what the tests of a trial executed in that run, with the text that it is in."""
    sources = {path: text for path in sorted(run.covered) if (text := on_disk(path)) is not None}
    texts = {**sources, trial.edit.path: trial.edit.after.removeprefix("\ufeff")}
    found: dict[Path, tuple[str, Shown]] = {}
    for (path, text), shown in zip(texts.items(), showing(*texts.values()), strict=True):
        if path == trial.edit.path:
            lines = shown.lines - _other_tests(trial, text)
        else:
            lines = run.covered[path].lines
        rows = [row for row in shown.rows if row.lines & lines]
        if rows or shown.elsewhere & lines:
            found[path] = text, Shown(rows, shown.elsewhere & lines)
    return found


def _turned(shown: Mapping[Path, tuple[str, Shown]], turn: str) -> Mapping[Path, str]:
    """What the texts are where all their rows are turned; nothing of one that has none, or where it cannot be written."""
    texts = {path: turned(text, each.rows, turn) for path, (text, each) in shown.items() if each.rows}
    return {path: text for path, text in texts.items() if text is not None}


def _other_tests(trial: Trial, after: str) -> frozenset[int]:
    """The lines of a test module's tests that the trial does not add."""
    own = {test.partition("[")[0].rpartition("::")[2] for test in trial.edit.tests}
    lines: set[int] = set()
    for node in ast.walk(ast.parse(after)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name.startswith("test") and node.name not in own:
                lines |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    return frozenset(lines)


def _among(trial: Trial, failed: Collection[str]) -> list[str]:
    """The trial's tests that failed, with some of their parameters at least."""
    names = {name.partition("[")[0] for name in failed}
    return [test for test in trial.edit.tests if test.partition("[")[0] in names]


def _text(trial: Trial, test: str) -> str:
    """A test as it stands in its module."""
    function = function_of(trial.edit.after.removeprefix("\ufeff"), test)
    return ast.dump(function) if function is not None else ""


async def _under(conditions: Iterable[Condition], trial: Trial, executor: Executor) -> Run:
    return await executor.run(replace(trial.job, conditions=frozenset(conditions)))


async def _culprit(
    conditions: Sequence[Condition], run: Run, trial: Trial, executor: Executor
) -> tuple[Condition | None, Run]:
    """The condition alone under which a trial does not hold that does not hold under all, with that run.

    By halves, so it costs at most four runs; None where it is none alone.
    """
    seen = False
    while len(conditions) > 1:
        half = conditions[: len(conditions) // 2]
        tried = await _under(half, trial, executor)
        seen = not holds(trial, tried)
        if seen:
            conditions, run = half, tried
        else:
            conditions = conditions[len(half) :]
    if not seen:
        tried = await _under(conditions, trial, executor)
        if holds(trial, tried):
            return None, run
        run = tried
    return conditions[0], run


def _reason(how: str, trial: Trial, run: Run) -> str:
    if run.outcome is Outcome.PASSED:
        return f"covers {lost(trial, run)} only sometimes: not {how}"
    detail = f": {run.detail.strip()}" if run.detail else ""
    return f"does not pass {how} ({run.outcome.value}){detail}"


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings, suite: Suite) -> Sequence[Check]:
    return [Stable(suite)]
