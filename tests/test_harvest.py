"""When a model is asked no further because too little comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_aigen.data import Coverage, FileCoverage
from pytest_aigen.harvest import LAST, TOKENS, Harvest

SOURCE = Path("/p/shop.py")
#: With so many tokens each, `LAST` targets take as many as a floor is for.
EACH = TOKENS // LAST


def covered(lines: int) -> Coverage:
    return Coverage({SOURCE: FileCoverage(SOURCE, frozenset(range(100)), frozenset(range(lines)))})


def after(lines: Sequence[int], *, floor: float = 1.0, each: int = EACH) -> str:
    """Why no further target is worth while, after targets that brought so many lines."""
    harvest = Harvest(floor, covered(0), 5)
    for number, brought in enumerate(lines, 1):
        harvest.note(covered(sum(lines[: number - 1]) + brought), 5 + number * each)
    return harvest.poor


@pytest.mark.parametrize(
    ("lines", "floor", "each"),
    [
        pytest.param([0] * (LAST - 1), 1.0, EACH, id="too few targets to tell"),
        pytest.param([0] * LAST, 0.0, EACH, id="no floor"),
        pytest.param([0] * LAST, 1.0, 0, id="no tokens"),
        pytest.param([1] + [0] * (LAST - 1), 1.0, EACH, id="as much as the floor"),
        pytest.param([0] * (LAST - 1) + [3], 3.0, EACH, id="the last brings enough"),
        pytest.param([0] * (LAST - 1) + [1, 0, 0], 1.0, EACH, id="not long ago"),
    ],
)
def test_worth_while(lines: list[int], floor: float, each: int) -> None:
    assert after(lines, floor=floor, each=each) == ""


@pytest.mark.parametrize(
    ("lines", "floor", "each", "says"),
    [
        pytest.param([0] * LAST, 1.0, EACH, f"took {TOKENS:,} tokens for 0 lines", id="nothing"),
        pytest.param([0] * LAST, 1.0, 1, f"took {LAST} tokens for 0 lines", id="nothing for few tokens"),
        pytest.param([9] + [0] * LAST, 1.0, EACH, "for 0 lines", id="long ago"),
        pytest.param([1] * LAST, 21.0, EACH, f"for {LAST} lines and branches (--ai-gen-min-yield=21)", id="a high floor"),
        pytest.param([1] + [0] * (LAST - 1), 1.0, 2 * EACH, "for 1 lines", id="twice the tokens"),
    ],
)  # fmt: skip
def test_poor(lines: list[int], floor: float, each: int, says: str) -> None:
    assert says in after(lines, floor=floor, each=each)


def test_tests_that_are_taken_back_are_no_fault_of_the_target() -> None:
    harvest = Harvest(1.0, covered(0), 0)
    for number in range(1, LAST + 1):
        harvest.note(covered(10 if number == LAST - 1 else 5), number * EACH)
    assert harvest.poor == ""
