"""Functions that are called in the child instead of tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Job, Outcome, Probe

HERE = Path(__file__).parent


def probe(bench: Any, function: str, argument: Any = None, timeout: float = 20.0, first: str = "") -> Any:
    path = bench.root / "tests/unit/test_candidate.py"
    # The functions stand beside this file, which is no package.
    overlay = {bench.root / "src/probing.py": (HERE / "probing.py").read_text("utf-8")}
    job = Job(path, (), overlay, timeout=timeout, probe=Probe(f"probing:{function}", argument, first))
    return bench.run_job(job)


def test_value(bench: Any) -> None:
    run = probe(bench, "double", [1])
    assert (run.outcome, run.value) == (Outcome.PASSED, (0.2, [1, 1])), run


def test_each_value_restarts_the_limit(bench: Any) -> None:
    run = probe(bench, "count", 4, timeout=2.4)
    assert (run.outcome, run.value) == (Outcome.PASSED, (0, 1, 2, 3)), run
    assert run.seconds > 3.1
    assert probe(bench, "count", 0).value == ()


def test_what_was_found_before_a_hang_or_a_crash_is_kept(bench: Any) -> None:
    run = probe(bench, "count_and_hang", 3, timeout=2.0)
    assert (run.outcome, run.value) == (Outcome.TIMEOUT, (0, 1, 2)), run
    assert "probing:count_and_hang" in run.detail
    run = probe(bench, "count_and_crash", 2)
    assert (run.outcome, run.value) == (Outcome.CRASHED, (0, 1)), run
    assert "exit status 5" in run.detail


@pytest.mark.parametrize(
    ("function", "said"),
    [("fail", "LookupError: x"), ("nothing", "nothing"), ("lock", "pickle")],
    ids=["raises", "is not there", "cannot be sent"],
)
def test_faults(bench: Any, function: str, said: str) -> None:
    run = probe(bench, function, "x")
    assert run.outcome is Outcome.ERROR, run
    assert said in run.detail
    assert run.value is None


def test_module_that_is_not_there(bench: Any) -> None:
    job = replace(bench.job(""), probe=Probe("nowhere.at_all:function", None))
    assert "No module named 'nowhere'" in bench.run_job(job).detail


def test_sandbox(bench: Any) -> None:
    run = probe(bench, "write", "made")
    assert run.outcome is Outcome.BLOCKED
    assert "sandbox" in run.value
    assert not (bench.root / "made").exists()


@pytest.mark.parametrize(
    ("first", "function", "outcome", "value"),
    [
        pytest.param("", "collecting", Outcome.PASSED, True, id="nothing-comes-first"),
        pytest.param("gc:disable", "collecting", Outcome.PASSED, False, id="what-comes-first-is-done"),
        pytest.param("gc:get_objects", "collecting", Outcome.PASSED, True, id="without-the-sandbox"),
        pytest.param("", "looks_around", Outcome.BLOCKED, None, id="which-is-on-then"),
        pytest.param("gc:nothing", "collecting", Outcome.PASSED, True, id="what-is-not-there"),
        pytest.param("gc:freeze_it", "looks_around", Outcome.BLOCKED, None, id="on-after-a-failure-too"),
    ],
)
def test_what_comes_before_the_sandbox(
    bench: Any, first: str, function: str, outcome: Outcome, value: object
) -> None:
    run = probe(bench, function, first=first)
    assert (run.outcome, run.value) == (outcome, value), run


FIXTURES = """
import itertools
import pytest

numbers = itertools.count(1)

@pytest.fixture(scope="module")
def shared():
    return next(numbers) * 100

@pytest.fixture
def fresh(shared):
    return shared + next(numbers)

@pytest.fixture
def twice(fresh, tmp_path):
    (tmp_path / "made").write_text("a")
    return [fresh, fresh]

@pytest.fixture
def skips():
    pytest.skip("not here")
"""


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        pytest.param(FIXTURES, ("fresh",), ("102", "103"), id="anew in each round"),
        pytest.param(FIXTURES, ("fresh", "twice"), ("102", "[102, 102]", "103", "[103, 103]"), id="once a round"),
        pytest.param(FIXTURES, ("shared",), ("100", "100"), id="a wider scope stays"),
        pytest.param(FIXTURES, ("prices",), ("[1, 2, 3, 4]",) * 2, id="of the conftest files"),
        pytest.param(None, ("prices",), ("[1, 2, 3, 4]",) * 2, id="of a module that is not there"),
        pytest.param(FIXTURES, ("explodes",), ("RuntimeError: in the fixture",) * 2, id="raises"),
        pytest.param(
            FIXTURES, ("explodes_after",), ("None", "torn down: after the test") * 2, id="raises at its end"
        ),
        pytest.param("import nowhere", ("prices",), ("LookupError: E   ModuleNotFoundError: No module named 'nowhere'",) * 2, id="no module"),
    ],
)  # fmt: skip
def test_fixtures(bench: Any, text: str | None, names: tuple[str, ...], values: tuple[str, ...]) -> None:
    path = bench.root / "tests/unit/test_candidate.py"
    overlay = {bench.root / "src/probing.py": (HERE / "probing.py").read_text("utf-8")}
    overlay |= {path: text} if text is not None else {}
    asked = Probe("probing:fixtures", names, wants_fixtures=True)
    run = bench.run_job(Job(path, (), overlay, timeout=20.0, probe=asked))
    assert (run.outcome, run.value) == (Outcome.PASSED, values), run
