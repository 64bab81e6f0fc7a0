"""Suspects as tests that are expected to fail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import (
    Candidate,
    Contract,
    Edit,
    Gap,
    Job,
    Outcome,
    Refusal,
    Rejected,
    Run,
    Suspect,
    Target,
    Trial,
)
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import merge
from pytest_aigen.suspects.marked import Marking, expected_to_fail

TEST = Path("/p/test_a.py")
TARGET = Target(Gap(Path("/p/a.py"), "f", 1, 9, frozenset({2})), "a", TEST)
CODE = "from a import f\n\n\ndef test_f():\n    assert f(1) == 2\n"


def suspect(
    code: str = CODE, name: str = "test_f", text: str = 'Says "twice".', kind: str = "docstring"
) -> Suspect:
    rejected = Rejected(Candidate(TARGET, name, code, "llm"), Refusal("suspect", "no"))
    return Suspect(rejected, Contract(kind, text), "2", "3")


@pytest.mark.parametrize(
    ("given", "has"),
    [
        pytest.param(suspect(), 'import pytest\nfrom a import f\n\n\n@pytest.mark.xfail(strict=True, reason="suspected bug: its docstring says: Says \\"twice\\".")\ndef test_f', id="plain"),
        pytest.param(suspect(f"import pytest\n{CODE}"), "import pytest\nfrom a", id="pytest is there"),
        pytest.param(suspect(f"from __future__ import annotations\n{CODE}"), "annotations\nimport pytest\n", id="after future"),
        pytest.param(suspect("class TestA:\n    def test_f(self):\n        assert f(1) == 2\n", "TestA::test_f"), "    @pytest.mark.xfail(strict=True, ", id="method"),
        pytest.param(suspect(kind="model", text="cents\nare lost\x1b"), "suspected bug: the model says: cents are lost?", id="the model's words"),
        pytest.param(suspect(text="x" * 500), "xxx...\")", id="cut"),
    ],
)  # fmt: skip
def test_mark(given: Suspect, has: str) -> None:
    found = expected_to_fail(given)
    assert found is not None
    assert has in found.code
    compile(found.code, "x", "exec")


def test_not_in_its_own_code() -> None:
    assert expected_to_fail(suspect(name="test_other")) is None


class Runs:
    """Says how each job goes, by the number of tests that are asked for: one alone, or the whole module."""

    def __init__(
        self, alone: Run, whole: tuple[str, ...] = ("test_f",), before: tuple[str, ...] = ()
    ) -> None:
        self._alone, self._whole, self._before = alone, whole, before

    async def __call__(self, job: Job) -> Run:
        if job.tests:
            return self._alone
        failed = self._whole if "xfail" in job.overlay[TEST] else self._before
        return Run(Outcome.FAILED if failed else Outcome.PASSED, failed=failed)


XFAILED = Run(Outcome.FAILED, detail="xfailed: suspected bug")


def joined(trial: Trial, text: str | None) -> Trial:
    return replace(trial, edit=merge(text, trial.candidate, path=TEST))


def marking(runs: Runs, on_disk: str | None = None) -> Marking:
    return Marking(lambda path: on_disk, joined, runs, lambda path, before, after: after, 10.0)


OLD = "def test_old():\n    assert True\n"


@pytest.mark.parametrize(
    ("runs", "lands"),
    [
        pytest.param(Runs(XFAILED), True, id="fails as expected"),
        pytest.param(
            Runs(XFAILED, ("test_f", "test_old"), ("test_old",)), True, id="a neighbour failed before"
        ),
        pytest.param(Runs(Run(Outcome.PASSED)), False, id="passes there"),
        pytest.param(Runs(Run(Outcome.FAILED, detail="E   marked xfail")), False, id="fails otherwise"),
        pytest.param(Runs(Run(Outcome.TIMEOUT)), False, id="hangs"),
        pytest.param(Runs(XFAILED, ("test_f", "test_old")), False, id="breaks a neighbour"),
    ],
)
def test_lands(runs: Runs, lands: bool) -> None:
    given = marking(runs, OLD)
    edits = asyncio.run(given.added([], [suspect()]))
    assert bool(edits) is lands
    assert bool(given.notes) is not lands
    if lands:
        assert edits[0].before == OLD
        assert edits[0].after.endswith("def test_f():\n    assert f(1) == 2\n")
        assert edits[0].tests == ("test_f",)


def test_beside_tests_of_the_run() -> None:
    edit = Edit(TEST, None, "def test_new():\n    assert True\n", ("test_new",))
    (new,) = asyncio.run(marking(Runs(XFAILED)).added([edit], [suspect()]))
    assert new.tests == ("test_new", "test_f")
    assert new.before is None
    assert "def test_new" in new.after


def test_not_twice() -> None:
    first = asyncio.run(marking(Runs(XFAILED)).added([], [suspect()]))
    assert asyncio.run(marking(Runs(XFAILED)).added(first, [suspect()])) == first


def test_only_the_modules_that_are_asked_for() -> None:
    assert asyncio.run(marking(Runs(XFAILED)).added([], [suspect()], [Path("/p/test_b.py")])) == ()


def test_what_cannot_be_joined_is_said() -> None:
    def join(trial: Trial, text: str | None) -> Trial:
        raise MergeError("it cannot be")

    given = Marking(lambda path: None, join, Runs(XFAILED), lambda path, before, after: after, 10.0)
    assert asyncio.run(given.added([], [suspect()])) == ()
    assert given.notes == ["the suspect test_f was not written as xfail: it cannot be"]
