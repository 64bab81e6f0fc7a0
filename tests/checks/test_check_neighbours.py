"""The module as it will be must have no failure that it did not have before."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pytest_aigen.checks.neighbours import Neighbours, pytest_aigen_checks
from pytest_aigen.data import Candidate, Edit, Gap, Job, Outcome, Run, Target, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

DISK = "def test_old(): ...\n"
AFTER = DISK + "def test_new(): ...\n"


class Texts:
    """Runs that follow from the text of the module."""

    def __init__(self, runs: dict[str, Run]) -> None:
        self.runs = runs
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        assert job.tests == ()
        assert job.timeout == 3.0
        self.jobs.append(job)
        return self.runs[job.overlay[job.path]]

    async def aclose(self) -> None: ...


def trial(path: Path, after: str = AFTER) -> Trial:
    target = Target(Gap(path.parent / "shop.py", "price", 1, 9, frozenset({2})), "shop", path)
    edit = Edit(path, DISK, after, ("test_new",))
    return Trial(Candidate(target, "test_new", "", "llm"), edit, Job(path, edit.tests, {path: after}, 3.0))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "test_shop.py"
    path.write_text(DISK, "utf-8")
    return path


def failed(*tests: str, detail: str = "") -> Run:
    return Run(Outcome.FAILED, failed=tests, detail=detail)


def ask(
    path: Path, with_it: Run, before: Run = Run(Outcome.PASSED), check: Neighbours | None = None
) -> tuple[str, int]:
    texts = Texts({AFTER: with_it, DISK: before})
    refusal = asyncio.run((check or Neighbours())(trial(path), texts))
    return refusal.reason if refusal else "", len(texts.jobs)


def test_one_run_where_all_pass(module: Path) -> None:
    assert ask(module, Run(Outcome.PASSED)) == ("", 1)


REFUSED = [
    (failed("test_old", detail="assert 1"), "breaks its neighbour test_old: assert 1"),
    (failed("test_new", "test_old", "test_z[1]"), "breaks its neighbour test_old and 1 more"),
    (failed("test_new", detail="assert 2"), "passes alone and not among its neighbours: assert 2"),
    (failed("test_new[1]"), "passes alone and not among its neighbours"),
    (
        Run(Outcome.CRASHED, detail="signal 11"),
        "the module with it does not run to its end (crashed): signal 11",
    ),
]


@pytest.mark.parametrize(("with_it", "reason"), REFUSED)
def test_a_new_failure(module: Path, with_it: Run, reason: str) -> None:
    assert ask(module, with_it) == (reason, 2)


def test_failures_that_were_there_before(module: Path) -> None:
    assert ask(module, failed("test_old"), failed("test_old")) == ("", 2)
    assert ask(module, failed("test_old", "test_new"), failed("test_old"))[0].startswith("passes alone")


def test_a_module_that_never_ran_to_its_end(module: Path) -> None:
    assert ask(module, Run(Outcome.CRASHED), Run(Outcome.CRASHED)) == ("", 2)
    assert "does not run" in ask(module, Run(Outcome.TIMEOUT), Run(Outcome.CRASHED))[0]


def test_what_the_session_knows_to_fail_costs_no_run(module: Path) -> None:
    check = Neighbours(lambda path: frozenset({"test_old"}) if path == module else frozenset())
    assert ask(module, failed("test_old"), check=check) == ("", 1)


def test_the_module_on_disk_runs_once(module: Path) -> None:
    check = Neighbours()
    texts = Texts({AFTER: failed("test_old"), AFTER + "#": failed("test_old"), DISK: failed("test_old")})
    for after in (AFTER, AFTER + "#"):
        assert asyncio.run(check(trial(module, after), texts)) is None
    assert [job.overlay[module] for job in texts.jobs] == [AFTER, DISK, AFTER + "#"]


def test_a_module_that_is_not_on_disk_yet(tmp_path: Path) -> None:
    assert ask(tmp_path / "test_none.py", failed("test_old")) == ("breaks its neighbour test_old", 1)


def test_the_hook() -> None:
    [check] = pytest_aigen_checks(Settings())
    assert (check.name, check.stage, check.cost) == ("neighbours", Stage.MODULE, 1)
