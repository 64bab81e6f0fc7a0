"""What the kept tests do with mutants that none of them was tried with, before a further test is run for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from pytest_aigen.data import (
    Accepted,
    Context,
    Coverage,
    FileCoverage,
    Gap,
    Job,
    Outcome,
    Rejected,
    Run,
    Target,
)
from pytest_aigen.pipeline import Line
from pytest_aigen.plan import Plan
from pytest_aigen.survey import IDLE
from tests.fakes import FakeExecutor, FakeGenerator, Mutants, RunCheck

SHOP = """\
def grade(points):
    return points < 5


def shown(points):
    return str(grade(points))


def top(points):
    return points < 9
"""
TEST = Path("/p/tests/test_shop.py")
GRADE = {"test_grade": "2"}
gain = RunCheck("gain", lambda trial: not trial.gained and not trial.survivors)


class Noticing(FakeExecutor):
    """Fails with the changes whose new text holds one of these pieces; a test with pieces of its own with those."""

    def __init__(
        self,
        source: Path,
        *pieces: str,
        outcome: Outcome = Outcome.PASSED,
        own: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        super().__init__(source)
        self._pieces = pieces
        self._outcome = outcome
        self._own = own

    async def run(self, job: Job) -> Run:
        run = await super().run(job)
        if not job.changes:
            return run
        pieces = [piece for test in job.tests for piece in self._own.get(test, self._pieces)]
        noticed = (any(piece in change.after for piece in pieces) for change in job.changes)
        how = tuple(Outcome.FAILED if each else Outcome.PASSED for each in noticed)
        return replace(run, outcome=self._outcome, changed=how)

    @property
    def surveys(self) -> list[tuple[str, ...]]:
        return [job.tests for job in self.jobs if job.changes]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    return path


def judged(
    source: Path, executor: FakeExecutor, checks: list[Any], spares: Mapping[str, str] = GRADE
) -> Line:
    """A test of ``shown``, which covers ``grade`` and ``top`` in passing, then those of ``grade`` itself."""
    targets = [
        Target(Gap(source, "shown", 5, 6, frozenset({6})), "shop", TEST),
        Target(Gap(source, "grade", 1, 2, frozenset({2})), "shop", TEST),
    ]
    first = [("test_shown", "def test_shown():\n    # covers 2 6 10\n    assert True\n")]
    then = [
        (name, f"def {name}():\n    # covers {lines}\n    assert True\n") for name, lines in spares.items()
    ]
    plan = Plan(
        targets=targets,
        generators=[FakeGenerator({"shown": [first], "grade": [then]})],
        executor=executor,
        checks=checks,
        context=lambda target, left: Context(target, left, "shop.py", "", "", {}),
        read=lambda path: None,
        reserved=lambda path: (),
        attempts=1,
        concurrency=2,
        workers=1,
        timeout=5.0,
    )
    line = Line(plan, Coverage({source: FileCoverage(source, frozenset({2, 6, 10, 12}), frozenset())}))
    asyncio.run(line.run())
    assert not line.detail
    return line


#: What the tests that are asked notice, and whether the second test is kept.
CASES = [
    pytest.param([], Outcome.PASSED, True, id="the first test does not notice it"),
    pytest.param(["<="], Outcome.PASSED, False, id="the first test notices it"),
    pytest.param([], Outcome.ERROR, False, id="the first test cannot be asked"),
]


@pytest.mark.parametrize(("pieces", "outcome", "kept"), CASES)
def test_what_was_covered_in_passing(source: Path, pieces: list[str], outcome: Outcome, kept: bool) -> None:
    executor = Noticing(source, *pieces, outcome=outcome)
    checks = [gain, Mutants(source, {"test_shown": ([6], []), "test_grade": ([2], [])})]
    line = judged(source, executor, checks)
    names = [v.candidate.name for v in line.verdicts if isinstance(v, Accepted)]
    assert names == (["test_shown", "test_grade"] if kept else ["test_shown"])
    # What the kept tests notice of the function is no reason not to ask the further test what else it notices.
    assert executor.surveys == [("test_shown",)] if kept else [("test_shown",), ("test_grade",)]


def test_what_kills_nothing_that_is_left_is_refused(source: Path) -> None:
    checks = [gain, Mutants(source, {"test_shown": ([6], []), "test_grade": ([6], [])})]
    line = judged(source, Noticing(source), checks)
    [refused] = [v for v in line.verdicts if isinstance(v, Rejected)]
    assert (refused.candidate.name, refused.refusal.check) == ("test_grade", "gain")


def test_where_no_check_tries_mutants_none_is_tried(source: Path) -> None:
    executor = Noticing(source)
    judged(source, executor, [gain])
    assert executor.surveys == []


#: Of ``grade``, all that there is to notice; and one change to ``top``.
ALL, TOP = ("points <= 5", "points < 6", "None"), "points <= 9"
#: What a test of ``grade`` that executes ``top`` too notices, what the first one does, and whether it is kept.
ELSEWHERE = [
    pytest.param([TOP], ALL, True, id="it notices what the first test does not"),
    pytest.param([TOP], (*ALL, TOP), False, id="the first test notices it as well"),
    pytest.param([], ALL, False, id="it notices nothing"),
]


@pytest.mark.parametrize(("own", "pieces", "kept"), ELSEWHERE)
def test_what_it_notices_elsewhere(source: Path, own: list[str], pieces: tuple[str, ...], kept: bool) -> None:
    executor = Noticing(source, *pieces, own={"test_grade": own})
    checks = [gain, Mutants(source, {"test_shown": ([6], []), "test_grade": ([10], [])})]
    line = judged(source, executor, checks, {"test_grade": "2 10"})
    names = [v.candidate.name for v in line.verdicts if isinstance(v, Accepted)]
    assert names == (["test_shown", "test_grade"] if kept else ["test_shown"])
    # The kept test is asked only about what the further test fails with.
    assert executor.surveys[:2] == [("test_shown",), ("test_grade",)]
    assert [len(job.changes) for job in executor.jobs if job.changes][2:] == ([1] if own else [])


def test_after_some_that_notice_nothing_no_more_is_run(source: Path) -> None:
    names = [f"test_grade_{n}" for n in range(IDLE + 2)]
    executor = Noticing(source, *ALL, own=dict.fromkeys(names, ()))
    line = judged(
        source, executor, [gain, Mutants(source, {"test_shown": ([6], [])})], dict.fromkeys(names, "2 10")
    )
    assert len([v for v in line.verdicts if isinstance(v, Rejected)]) == len(names)
    assert {test for job in executor.jobs for test in job.tests} == {"test_shown", *names[:IDLE]}


def test_a_statement_of_several_lines_is_executed_by_its_first(source: Path) -> None:
    source.write_text(SHOP.replace("    return points < 9", "    return (\n        points < 9\n    )"))
    executor = Noticing(source, *ALL, TOP, own={"test_grade": [TOP]})
    checks = [gain, Mutants(source, {"test_shown": ([6], []), "test_grade": ([11], [])})]
    line = judged(source, executor, checks, {"test_grade": "2 10"})
    assert [v.candidate.name for v in line.verdicts if isinstance(v, Accepted)] == ["test_shown"]
