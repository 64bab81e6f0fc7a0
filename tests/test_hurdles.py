"""Why each gap is left."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_aigen.data import (
    NOT_RUN,
    Candidate,
    Ended,
    Gap,
    Hurdle,
    Obstacle,
    Outcome,
    Reached,
    Refusal,
    Rejected,
    Run,
    Target,
)
from pytest_aigen.hurdles import explained

PATH = Path("/p/shop.py")
GAP = Gap(PATH, "price", 1, 9, frozenset({3, 4}))
TARGET = Target(GAP, "shop", Path("/p/test_shop.py"))
BELT = Obstacle(Hurdle.FORBIDDEN, "removes files")


def refused(*lines: int) -> Rejected:
    ran = Run(Outcome.PASSED, {PATH: Reached(frozenset(lines))}) if lines else NOT_RUN
    return Rejected(Candidate(TARGET, "test_x", "", "explore"), Refusal("mutation", "kills nothing"), ran)


def run(verdicts: list[Rejected], ended: Ended, *generators: Any) -> Any:
    plan = SimpleNamespace(targets=[TARGET], generators=generators)
    return SimpleNamespace(plan=plan, verdicts=verdicts, ended=ended, detail="60 s")


@pytest.mark.parametrize(
    ("verdicts", "met", "ended", "expected"),
    [
        pytest.param([], {}, Ended.COMPLETE, Obstacle(Hurdle.UNREACHED), id="nothing is known"),
        pytest.param([], {TARGET: BELT}, Ended.COMPLETE, BELT, id="the generator knows"),
        pytest.param([], {TARGET: BELT}, Ended.BUDGET, BELT, id="it was tried before the budget was spent"),
        pytest.param([], {}, Ended.BUDGET, Obstacle(Hurdle.UNTRIED, "60 s"), id="it was not tried"),
        pytest.param(
            [refused(3)], {TARGET: BELT}, Ended.COMPLETE, Obstacle(Hurdle.REFUSED, "mutation: kills nothing"),
            id="a test got there",
        ),
        pytest.param([refused(1)], {TARGET: BELT}, Ended.COMPLETE, BELT, id="a refused test got elsewhere"),
        pytest.param([refused()], {}, Ended.BUDGET, Obstacle(Hurdle.UNREACHED), id="a refused test did not run"),
    ],
)  # fmt: skip
def test_what_stood_in_the_way(
    verdicts: list[Rejected], met: dict[Target, Obstacle], ended: Ended, expected: Obstacle
) -> None:
    generator: Any = SimpleNamespace(obstacles=met)
    (left,) = explained([GAP], run(verdicts, ended, generator))
    assert (left.target, left.gap, left.obstacle) == (TARGET, GAP, expected)


def test_what_was_no_target_is_not_explained() -> None:
    other = Gap(PATH, "other", 20, 22, frozenset({21}))
    assert explained([other], run([], Ended.COMPLETE)) == ()
