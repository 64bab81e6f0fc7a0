"""Refuses a test that passes, or covers what it gained, only here and now.

All new tests of a module run once more together, under all conditions at once. Of a test that does not hold there, the
condition that breaks it is found by halves, so that the reason can name it. Where they execute what may show the order of
a set they run with more hash seeds: of the orders of two texts in a set, every second one is the same by chance.
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
from pytest_aigen.data import MORE_HASH_SEEDS, NOTHING, Condition, Outcome, Proof, Refusal, Run, Suite, Trial
from pytest_aigen.data.coverage import spans
from pytest_aigen.protocols import Stage
from pytest_aigen.texts import on_disk

if TYPE_CHECKING:
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
        #: Why tests do not hold with every hash seed, by name and text.
        self._unordered: dict[tuple[str, str], str] = {}

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        left_out = self._left_out[trial.edit.path]
        if refusal := self._known(trial):
            return refusal
        while conditions := [condition for condition in CONDITIONS if condition not in left_out]:
            run = await _under(conditions, trial, executor)
            if holds(trial, run):
                if Condition.HASH_SEED in run.under and shows_an_order(trial, run):
                    if refusal := await self._by_chance(trial, executor):
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

    async def _by_chance(self, trial: Trial, executor: Executor) -> Refusal | None:
        """A refusal of tests that hold with one other hash seed and not with another; what did not run tells nothing."""
        refusal = None
        for run in await all_of(_under([seed], trial, executor) for seed in SEEDS):
            tells = run.under and run.outcome in (Outcome.FAILED, Outcome.PASSED)
            if tells and not holds(trial, run):
                why = f"does not hold {named(run.under)}: does it depend on the order of a set?"
                for test in _among(trial, run.failed):
                    self._unordered.setdefault((test, _text(trial, test)), why)
                refusal = refusal or Refusal(self.name, why, run.failed)
        return self._known(trial) or refusal

    def _known(self, trial: Trial) -> Refusal | None:
        """A refusal of tests that were seen to fail with some hash seed, whatever ran beside them."""
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


def shows_an_order(trial: Trial, run: Run) -> bool:
    """Whether the tests of a trial executed, in that run of them, anything by which the order of a set can show."""
    sources = {path: text for path in sorted(run.covered) if (text := on_disk(path)) is not None}
    after = trial.edit.after.removeprefix("\ufeff")
    *lines, of_tests = showing(*sources.values(), after)
    if of_tests and not of_tests <= _other_tests(trial, after):
        return True
    return any(found & run.covered[path].lines for path, found in zip(sources, lines, strict=True))


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
