"""The records: coverage as `coverage report` counts it, and sums that add up."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pytest_aigen.data import (
    Accepted,
    Candidate,
    Coverage,
    Edit,
    FileCoverage,
    Gap,
    Job,
    Reached,
    Report,
    Target,
    Trial,
    Usage,
)

A, B = Path("/p/a.py"), Path("/p/b.py")


def file(path: Path = A, executed: set[int] = frozenset()) -> FileCoverage:  # type: ignore[assignment]
    return FileCoverage(
        path, frozenset({1, 2, 3}), frozenset(executed), frozenset({(2, 3), (2, -1)}), frozenset()
    )


@pytest.mark.parametrize(
    ("coverage", "percent"),
    [
        pytest.param(Coverage({}), 100.0, id="of nothing all is covered"),
        pytest.param(Coverage({A: file()}), 0.0, id="nothing executed"),
        pytest.param(Coverage({A: file(executed={1, 2, 3})}), 60.0, id="branches count as lines do"),
        pytest.param(Coverage({A: file(executed={1})}).plus({A: Reached(frozenset({2}), frozenset({(2, 3)}))}), 60.0, id="plus"),
        pytest.param(Coverage({A: file()}).plus({B: Reached(frozenset({1}))}), 0.0, id="a file that is not measured"),
        pytest.param(Coverage({A: file()}).plus({A: Reached(frozenset({99}), frozenset({(9, 9)}))}), 0.0, id="no statement of the file"),
    ],
)  # fmt: skip
def test_percent(coverage: Coverage, percent: float) -> None:
    assert coverage.percent == pytest.approx(percent)


@pytest.mark.parametrize(
    ("covered", "gained"),
    [
        pytest.param({A: Reached(frozenset({1, 2}))}, {A: Reached(frozenset({2}))}, id="only what is missing"),
        pytest.param({A: Reached(frozenset({1}))}, {}, id="nothing new leaves no entry"),
        pytest.param({B: Reached(frozenset({1}))}, {}, id="a file that is not measured"),
        pytest.param({A: Reached(branches=frozenset({(2, 3)}))}, {A: Reached(branches=frozenset({(2, 3)}))}, id="a branch alone"),
    ],
)  # fmt: skip
def test_gain(covered: dict[Path, Reached], gained: dict[Path, Reached]) -> None:
    assert Coverage({A: file(executed={1})}).gain(covered) == gained


def test_a_gap_shrinks_to_what_is_still_missing() -> None:
    gap = Gap(A, "f", 1, 9, frozenset({2, 3}), frozenset({(2, 3)}))
    assert gap.left(Reached(frozenset({3, 7}))).missing == Reached(frozenset({3}))
    assert not gap.left(Reached()).missing


@pytest.mark.parametrize(
    ("costs", "total"),
    [([1.0, 0.5], 1.5), ([], 0.0), ([1.0, None], None), ([None, 1.0], None)],
    ids=["known", "none", "unknown last", "unknown first"],
)
def test_a_sum_with_an_unknown_price_is_unknown(costs: list[float | None], total: float | None) -> None:
    assert sum((Usage(1, 2, 0, 3, cost) for cost in costs), Usage()).cost == total


def test_usage_adds_up() -> None:
    assert Usage(1, 10, 5, 3) + Usage(2, 1, 1, 1) == Usage(3, 11, 6, 4)
    assert Usage(1, 10, 5, 3).tokens == 13


def test_a_report_leaves_redundant_tests_out_and_survives_pickling() -> None:
    target = Target(Gap(A, "f", 1, 2, frozenset({2})), "a", B)
    trials = [
        Trial(Candidate(target, name, "", "llm"), Edit(B, None, "", (name,)), Job(B, (name,)))
        for name in ("x", "y")
    ]
    coverage = Coverage({A: file()})
    verdicts = tuple(map(Accepted, trials))
    report = Report(Path("/p"), "write", coverage, coverage, verdicts, redundant=(trials[0].candidate,))
    assert [trial.candidate.name for trial in report.accepted] == ["y"]
    assert pickle.loads(pickle.dumps(report)).before.percent == 0
