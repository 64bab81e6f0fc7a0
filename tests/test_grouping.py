"""Which targets are asked for together, and what becomes of a test that was asked for with others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Edit, Gap, Job, Outcome, Reached, Run, Target, Trial
from pytest_aigen.grouping import LINES, MOST, SMALL, attributed, combined, groups, history
from tests.contexts import candidate, context, rejected

A = Path("/p/shop.py")


def target(
    qualname: str, first: int = 1, lines: int = 5, path: Path = A, tests: str = "test_shop.py"
) -> Target:
    return Target(
        Gap(path, qualname, first, first + lines - 1, frozenset({first})), "shop", Path("/p", tests)
    )


def methods(number: int, lines: int) -> list[Target]:
    return [target(f"C.m{n}", 1 + n * lines, lines) for n in range(number)]


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        pytest.param([target("C.b", 9), target("f"), target("C.a", 2)], [["C.a", "C.b"], ["f"]], id="methods of a class"),
        pytest.param([target("f"), target("g", 9)], [["f"], ["g"]], id="functions"),
        pytest.param([target("C.a"), target("D.a", 9)], [["C.a"], ["D.a"]], id="two classes"),
        pytest.param([target("C.D.a"), target("C.a", 9)], [["C.D.a"], ["C.a"]], id="a class in a class"),
        pytest.param([target("f.<locals>.g"), target("f.<locals>.h", 9)], [["f.<locals>.g"], ["f.<locals>.h"]], id="in a function"),
        pytest.param([target("C.a"), target("C.a", path=Path("/p/b.py"))], [["C.a"], ["C.a"]], id="two files"),
        pytest.param([target("C.a"), target("C.b", tests="test_b.py")], [["C.a"], ["C.b"]], id="two test modules"),
        pytest.param(
            [target("C.a"), target("C.b", 9, SMALL + 1), target("C.c", 50, SMALL)], [["C.a", "C.c"], ["C.b"]], id="a long one"
        ),
        pytest.param(methods(MOST + 1, 2), [[f"C.m{n}" for n in range(MOST)], [f"C.m{MOST}"]], id="many"),
        pytest.param(
            methods(LINES // SMALL + 1, SMALL),
            [[f"C.m{n}" for n in range(LINES // SMALL)], [f"C.m{LINES // SMALL}"]], id="long together",
        ),
    ],
)  # fmt: skip
def test_groups(targets: list[Target], found: list[list[str]]) -> None:
    assert [[one.gap.qualname for one in group] for group in groups(targets)] == found


def test_what_several_refer_to_is_told_once() -> None:
    one = replace(context(), definitions=("limit", "rate"), evidence=("a",))
    other = replace(context(qualname="add"), definitions=("rate", "tax"), evidence=("b",))
    both = combined([one, other])
    assert (both.target, both.definitions, both.evidence) == (
        one.target,
        ("limit", "rate", "tax"),
        ("a", "b"),
    )
    assert both.parts[1:] == (other,)
    assert combined([one]) is one


def test_what_targets_went_through_together_is_one_history() -> None:
    given = context()
    first, second, alone = (
        rejected(candidate(given, name, name, attempt), "gain", "no")
        for name, attempt in (("test_a", 0), ("test_b", 1), ("test_c", 1))
    )
    assert history([[first, second], [first, second, alone]]) == [first, second, alone]


@pytest.mark.parametrize(
    ("covered", "about"),
    [
        pytest.param({1}, "C.a", id="its own"),
        pytest.param({1, 9}, "C.a", id="its own and another"),
        pytest.param({9, 20, 21}, "C.c", id="most of another"),
        pytest.param({99}, "C.a", id="nothing"),
    ],
)
def test_a_test_counts_for_what_it_reaches(covered: set[int], about: str) -> None:
    own, other, most = target("C.a", 1), target("C.b", 9), target("C.c", 20)
    most = replace(most, gap=replace(most.gap, lines=frozenset({20, 21})))
    tried = replace(candidate(context(), "test_x", ""), target=own, others=(other, most))
    run = Run(Outcome.PASSED, {A: Reached(frozenset(covered))})
    trial = Trial(tried, Edit(A, None, "", ()), Job(A, ()), run)
    found = attributed(trial, lambda target: target.gap).candidate
    assert found.target.gap.qualname == about
    assert set(found.targets) == {own, other, most}
