"""Which accepted tests go because the others cover what they gained."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aigen.data import Candidate, Edit, Gap, Job, Mutant, Outcome, Proof, Reached, Run, Target, Trial
from pytest_aigen.select import redundant

SOURCE = Path("/p/shop.py")
TARGET = Target(Gap(SOURCE, "price", 1, 9, frozenset({2})), "shop", Path("/p/tests/test_shop.py"))


def trial(
    name: str,
    covered: Sequence[int],
    gained: Sequence[int],
    *,
    code: str = "code",
    seconds: float = 0.1,
    branches: Sequence[tuple[int, int]] = (),
    kills: Sequence[int] = (),
) -> Trial:
    edit = Edit(TARGET.test_path, None, code, (name,))
    run = Run(Outcome.PASSED, {SOURCE: Reached(frozenset(covered), frozenset(branches))}, seconds)
    reached = Reached(frozenset(gained), frozenset(branches))
    return Trial(
        Candidate(TARGET, name, code, "llm"),
        edit,
        Job(edit.path, edit.tests),
        run,
        {SOURCE: reached} if reached else {},
        proofs=(Proof("mutation", "kills", tuple(map(mutant, kills))),) if kills else (),
    )


def mutant(line: int) -> Mutant:
    return Mutant(SOURCE, line, "ROR", "<", "<=")


def names(trials: Sequence[Trial]) -> list[str]:
    return [candidate.name for candidate in redundant(trials)]


def test_nothing_of_nothing() -> None:
    assert redundant([]) == ()


def test_each_needed() -> None:
    assert names([trial("a", [1], [1]), trial("b", [2], [2])]) == []


def test_an_early_test_that_a_later_one_covers() -> None:
    assert names([trial("a", [1, 2], [1, 2]), trial("b", [1, 2, 3], [3])]) == ["a"]


def test_fewer_tests() -> None:
    trials = [trial("a", [1, 2], [1, 2]), trial("b", [3, 4], [3, 4]), trial("c", [1, 2, 3, 4, 5], [5])]
    assert names(trials) == ["a", "b"]


def test_the_first_choice_of_greed_may_become_needless() -> None:
    trials = [
        trial("big", [1, 2, 3, 4], [1, 2, 3, 4], code="longer"),
        trial("left", [1, 2, 5], [5]),
        trial("right", [3, 4, 6], [6]),
    ]
    assert names(trials) == ["big"]


def test_what_was_covered_before_does_not_count() -> None:
    trials = [trial("wide", [1, 90, 91, 92], [1]), trial("narrow", [1, 2], [2])]
    assert names(trials) == ["wide"]


def test_shorter_then_faster_then_earlier() -> None:
    assert names([trial("a", [1, 2], [1]), trial("b", [1, 2], [2], code="c")]) == ["a"]
    assert names([trial("a", [1, 2], [1], seconds=3), trial("b", [1, 2], [2])]) == ["a"]
    assert names([trial("a", [1, 2], [1]), trial("b", [1, 2], [2], seconds=0.11)]) == ["b"]


@pytest.mark.parametrize(
    ("trials", "gone"),
    [
        pytest.param(
            [trial("a", [1, 2], [1, 2], kills=[1]), trial("b", [1, 2, 3], [3], kills=[3])], [], id="alone-kills-it"
        ),
        pytest.param(
            [trial("a", [1, 2], [1, 2], kills=[1]), trial("b", [1, 2, 3], [3], kills=[1, 3])], ["a"], id="killed-as-well"
        ),
        pytest.param(
            [trial("a", [1], [1], code="c"), trial("b", [1], [1], code="longer", kills=[1])], ["a"], id="stronger-before-shorter"
        ),
        pytest.param(
            [trial("a", [1], [1], code="longer", kills=[1]), trial("b", [1], [1], code="c", kills=[1])], ["a"], id="as-strong-and-shorter"
        ),
        pytest.param(
            [trial("a", [1], [1], kills=[1]), trial("b", [1], [1], kills=[1, 2]), trial("c", [1], [1], kills=[2])], ["a", "c"], id="one-for-two"
        ),
        pytest.param(
            [trial("a", [1], [], kills=[1]), trial("b", [1], [1], kills=[1])], ["b"], id="kept-for-another-reason-counts"
        ),
    ],
)  # fmt: skip
def test_what_is_killed_counts(trials: list[Trial], gone: list[str]) -> None:
    assert names(trials) == gone


def test_branches_count() -> None:
    assert names([trial("a", [1], [], branches=[(1, 2)]), trial("b", [1], [1])]) == ["b"]
    assert names([trial("a", [1], [], branches=[(1, 2)]), trial("b", [1], [], branches=[(1, 3)])]) == []


def test_a_test_that_gained_nothing_was_kept_for_another_reason() -> None:
    assert names([trial("a", [1], [1]), trial("b", [2], [])]) == []
    assert names([trial("a", [1], [1]), trial("b", [1], [])]) == ["a"], "it stays, and so counts"


def test_a_gain_that_its_run_does_not_show_is_kept() -> None:
    assert names([trial("a", [], [1]), trial("b", [2], [2])]) == []


ITEMS = st.sets(st.integers(1, 12))
KILLS = st.sets(st.integers(1, 6), max_size=3)


@given(st.lists(st.tuples(ITEMS, ITEMS, KILLS), max_size=9), st.randoms(use_true_random=False))
def test_nothing_is_lost_and_nothing_is_left_over(
    triples: list[tuple[set[int], set[int], set[int]]], rng: random.Random
) -> None:
    trials = [
        trial(
            str(i),
            sorted(covered | gained),
            sorted(gained),
            code="x" * rng.randint(1, 3),
            kills=sorted(kills),
        )
        for i, (covered, gained, kills) in enumerate(triples)
    ]
    gone = set(names(trials))
    lines = set(itertools.chain.from_iterable(gained for _, gained, _ in triples))
    wanted = lines | {-number for _, _, kills in triples for number in kills}
    kept = [t for t in trials if t.candidate.name not in gone]

    def held(some: Sequence[Trial]) -> set[int]:
        killed = {-dead.line for t in some for dead in t.killed}
        return killed | ({line for t in some for line in t.run.covered[SOURCE].lines} & lines)

    assert held(kept) == wanted
    assert all(held([other for other in kept if other is not t]) != wanted for t in kept if t.gained)
    assert redundant(trials) == redundant(list(trials))


def test_many_are_quick() -> None:
    rng = random.Random(1)
    trials = [trial(str(i), sorted(rng.sample(range(5000), 200)), [i]) for i in range(1000)]
    assert len(redundant(trials)) < 1000
