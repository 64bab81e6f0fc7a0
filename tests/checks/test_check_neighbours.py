"""The module as it will be must have no failure that it did not have before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.checks.neighbours import Beyond, Neighbours, pytest_aigen_checks
from pytest_aigen.data import (
    Candidate,
    Condition,
    Edit,
    Gap,
    Job,
    Outcome,
    Proof,
    Refusal,
    Run,
    Suite,
    Target,
    Trial,
)
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

DISK = "def test_old(): ...\n"
AFTER = DISK + "def test_new(): ...\n"


class Texts:
    """Runs that follow from the text of the module; the last of several for ever."""

    def __init__(self, runs: dict[str, Run | list[Run]], reverse: dict[str, Run] | None = None) -> None:
        self.runs, self.reverse = runs, reverse or {}
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        assert job.tests == ()
        self.jobs.append(job)
        text = job.overlay[job.path]
        if Condition.REVERSED in job.conditions:
            return self.reverse.get(text, Run(Outcome.PASSED))
        found = self.runs[text]
        if isinstance(found, Run):
            return found
        return found.pop(0) if len(found) > 1 else found[0]

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


def ask(path: Path, texts: Texts, suite: Suite | None = None) -> tuple[str, int]:
    """The reason of the refusal, empty where there is none, and how many runs it took."""
    said = asyncio.run(Neighbours(suite or Suite())(trial(path), texts))
    assert isinstance(said, (Refusal, Proof))
    return said.reason if isinstance(said, Refusal) else "", len(texts.jobs)


def known(with_it: Run, before: Run | None = None) -> Texts:
    return Texts({AFTER: with_it, DISK: before or Run(Outcome.PASSED)})


def test_both_orders_where_all_pass(module: Path) -> None:
    texts = known(Run(Outcome.PASSED))
    said = asyncio.run(Neighbours(Suite())(trial(module), texts))
    assert said == Proof("neighbours", "passes among the tests of its module, in file order and reversed")
    assert [job.conditions for job in texts.jobs] == [set(), {Condition.REVERSED}]


def test_one_test_alone_in_a_new_module_has_one_order(module: Path) -> None:
    texts = known(Run(Outcome.PASSED))
    new = trial(module)
    asyncio.run(Neighbours(Suite())(replace(new, edit=replace(new.edit, before=None)), texts))
    assert len(texts.jobs) == 1


#: With the runs that it takes, in both orders first: where another test breaks, once more to see whether it is flaky.
REFUSED = [
    pytest.param(
        failed("test_old", detail="assert 1"), "breaks its neighbour test_old: assert 1", 4, id="old-one"
    ),
    pytest.param(
        failed("test_new", "test_old", "test_z[1]"), "breaks its neighbour test_old and 1 more", 3, id="both"
    ),
    pytest.param(
        failed("test_new", detail="assert 2"),
        "passes alone and not among its neighbours: assert 2",
        3,
        id="new-one",
    ),
    pytest.param(failed("test_new[1]"), "passes alone and not among its neighbours", 3, id="parametrized"),
    pytest.param(
        Run(Outcome.CRASHED, detail="signal 11"),
        "the module with it does not run to its end (crashed): signal 11",
        3,
        id="crash",
    ),
]


@pytest.mark.parametrize(("with_it", "reason", "number"), REFUSED)
def test_a_new_failure(module: Path, with_it: Run, reason: str, number: int) -> None:
    assert ask(module, known(with_it)) == (reason, number)


def test_in_reversed_order_only(module: Path) -> None:
    texts = Texts({AFTER: Run(Outcome.PASSED), DISK: Run(Outcome.PASSED)}, {AFTER: failed("test_old")})
    assert ask(module, texts) == ("breaks its neighbour test_old in reversed order", 4)


def test_old_tests_that_need_their_order(module: Path) -> None:
    """They fail reversed without any new test: nobody's fault."""
    texts = Texts(
        {AFTER: Run(Outcome.PASSED), DISK: Run(Outcome.PASSED)},
        {AFTER: failed("test_old"), DISK: failed("test_old")},
    )
    assert ask(module, texts) == ("", 3)


def test_of_several_those_to_blame_are_told(module: Path) -> None:
    said = asyncio.run(Neighbours(Suite())(trial(module), known(failed("test_new"))))
    assert isinstance(said, Refusal)
    assert said.tests == ("test_new",)
    said = asyncio.run(Neighbours(Suite())(trial(module), known(failed("test_old"))))
    assert isinstance(said, Refusal)
    assert said.tests == (), "who broke it is not known"


# ------------------------------------------------------------------------------------- failing before


def test_failures_that_were_there_before(module: Path) -> None:
    assert ask(module, known(failed("test_old"), failed("test_old"))) == ("", 3)
    texts = known(failed("test_old", "test_new"), failed("test_old"))
    assert ask(module, texts)[0].startswith("passes alone")


def test_a_module_that_never_ran_to_its_end(module: Path) -> None:
    assert ask(module, known(Run(Outcome.CRASHED), Run(Outcome.CRASHED))) == ("", 3)
    assert "does not run" in ask(module, known(Run(Outcome.TIMEOUT), Run(Outcome.CRASHED)))[0]


@pytest.mark.parametrize("is_skipped", [False, True])
def test_what_does_not_pass_in_the_suite_costs_no_run(module: Path, is_skipped: bool) -> None:
    names = ("test_shop.py::test_old",)
    suite = (
        Suite(root=module.parent, skipped=names) if is_skipped else Suite(root=module.parent, failed=names)
    )
    assert ask(module, known(failed("test_old")), suite) == ("", 2)


def test_what_passes_again_is_flaky_and_named(module: Path) -> None:
    texts = Texts({AFTER: [failed("test_old"), Run(Outcome.PASSED)], DISK: Run(Outcome.PASSED)})
    check = Neighbours(Suite())
    assert isinstance(asyncio.run(check(trial(module), texts)), Proof)
    assert check.notes == [
        "test_shop.py::test_old is flaky: it failed once beside new tests, and passed again"
    ]


def test_the_module_on_disk_runs_once(module: Path) -> None:
    texts = Texts({AFTER: failed("test_old"), AFTER + "#": failed("test_old"), DISK: failed("test_old")})
    check = Neighbours(Suite())
    for after in (AFTER, AFTER + "#"):
        assert isinstance(asyncio.run(check(trial(module, after), texts)), Proof)
    in_order = [job.overlay[module] for job in texts.jobs if not job.conditions]
    assert in_order == [AFTER, DISK, AFTER + "#"]


def test_a_module_that_is_not_on_disk_yet(tmp_path: Path) -> None:
    texts = known(failed("test_old"))
    assert ask(tmp_path / "test_none.py", texts) == ("breaks its neighbour test_old", 3)


def test_slow_tests_of_the_user_have_the_time_that_they_need(module: Path) -> None:
    texts = known(Run(Outcome.PASSED))
    suite = Suite(root=module.parent, seconds={"test_shop.py::test_old": 7.0})
    ask(module, texts, suite)
    assert {job.timeout for job in texts.jobs} == {21.0}
    texts = known(Run(Outcome.PASSED))
    ask(module, texts)
    assert {job.timeout for job in texts.jobs} == {3.0}


# ------------------------------------------------------------------------------------- other modules


def beyond(path: Path, texts: Texts, suite: Suite | None = None) -> Refusal | Proof | None:
    other = path.with_name("test_other.py")
    one = trial(path)
    edit = replace(one.edit, tests=("test_shop.py::test_new",))
    job = replace(one.job, tests=(), others=(other,))
    return asyncio.run(Beyond(suite or Suite())(replace(one, edit=edit, job=job), texts))


def test_other_modules(module: Path) -> None:
    said = beyond(module, known(Run(Outcome.PASSED)))
    assert said == Proof("neighbours", "passes among the tests of the modules that share its conftest file")
    said = beyond(module, known(failed("test_other.py::test_x")))
    assert said == Refusal("neighbours", "breaks its neighbour test_other.py::test_x")
    said = beyond(module, known(failed("test_shop.py::test_new")))
    assert isinstance(said, Refusal)
    assert said.tests == ("test_shop.py::test_new",)


def test_other_modules_that_fail_anyway(module: Path) -> None:
    texts = known(failed("test_other.py::test_x"))
    assert isinstance(beyond(module, texts, Suite(failed=("test_other.py::test_x",))), Proof)
    assert len(texts.jobs) == 1
    texts = known(failed("test_other.py::test_x"), failed("test_other.py::test_x"))
    assert isinstance(beyond(module, texts), Proof)
    assert [len(job.others) for job in texts.jobs] == [1, 2], "named by whole node ids in both"


def test_the_hook() -> None:
    checks = pytest_aigen_checks(Settings(), Suite())
    said = [(check.name, check.stage, check.cost) for check in checks]
    assert said == [("neighbours", Stage.MODULE, 2), ("neighbours", Stage.SESSION, 1)]
