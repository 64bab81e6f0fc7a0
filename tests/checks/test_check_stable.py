"""What passes once has to pass, and to cover the same, under other conditions; what breaks it is found by halves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.checks import stable
from pytest_aigen.data import (
    Candidate,
    Condition,
    Edit,
    Gap,
    Job,
    Outcome,
    Proof,
    Reached,
    Refusal,
    Run,
    Suite,
    Target,
    Trial,
)
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

SOURCE = Path("/p/shop.py")
TARGET = Target(Gap(SOURCE, "price", 1, 9, frozenset({2})), "shop", Path("/p/tests/test_shop.py"))
GAINED = Reached(frozenset({2, 3, 5}), frozenset({(2, 3), (5, -1)}))
EDIT = Edit(TARGET.test_path, None, "", ("test_price",))
FAILED = Run(Outcome.FAILED, detail="assert 1", failed=("test_price",))
ALL = frozenset(stable.CONDITIONS)


def covering(reached: Reached) -> Run:
    return Run(Outcome.PASSED, {SOURCE: reached})


PASSED = covering(GAINED)
TRIAL = Trial(
    Candidate(TARGET, "test_price", "", "llm"), EDIT, Job(EDIT.path, EDIT.tests), PASSED, {SOURCE: GAINED}
)


class World:
    """Runs under some conditions differ; all others pass."""

    def __init__(self, differs: Callable[[Job], Run | None]) -> None:
        self._differs = differs
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        self.jobs.append(job)
        run = self._differs(job) or PASSED
        return replace(run, under=dict.fromkeys(job.conditions, ""))

    async def aclose(self) -> None: ...


def under(runs: Mapping[Condition, Run]) -> World:
    """Where one of these conditions holds, so does its run."""
    return World(lambda job: next((run for one, run in runs.items() if one in job.conditions), None))


def ask(trial: Trial, world: World, suite: Suite | None = None) -> str:
    """The reason of the refusal, or what the proof says."""
    [check] = stable.pytest_aigen_checks(Settings(), suite or Suite())
    said = asyncio.run(check(trial, world))
    assert isinstance(said, (Refusal, Proof))
    return said.reason if isinstance(said, Refusal) else said.says


def test_the_hook() -> None:
    [check] = stable.pytest_aigen_checks(Settings(), Suite())
    assert (check.name, check.stage, check.cost) == ("stable", Stage.MODULE, 1)


def test_one_run_where_all_is_well() -> None:
    world = under({})
    assert ask(TRIAL, world) == (
        "passes with the date 400 days later, in another time zone, with another random seed, twice in one process, "
        "with another hash seed, in another working directory, with another TMPDIR, with another locale"
    )
    assert world.jobs == [replace(TRIAL.job, conditions=ALL)]


def test_more_than_what_it_gained_may_be_covered() -> None:
    more = covering(Reached(GAINED.lines | {9}, GAINED.branches))
    assert ask(TRIAL, World(lambda job: more)).startswith("passes")


def test_a_system_that_has_no_other_conditions_proves_nothing() -> None:
    class Nowhere(World):
        async def run(self, job: Job) -> Run:
            return PASSED

    [check] = stable.pytest_aigen_checks(Settings(), Suite())
    assert asyncio.run(check(TRIAL, Nowhere(lambda job: None))) is None


@pytest.mark.parametrize("condition", stable.CONDITIONS, ids=lambda condition: condition.name)
def test_the_culprit_is_named_after_few_runs(condition: Condition) -> None:
    world = under({condition: FAILED})
    assert ask(TRIAL, world) == f"does not pass {condition.value} (failed): assert 1"
    searched = [job for job in world.jobs if job.conditions not in (ALL, {Condition.SAME_DATE}) and job.tests]
    assert len(searched) <= 4


REFUSED = [
    (Run(Outcome.TIMEOUT), "does not pass in another time zone (timeout)"),
    (Run(Outcome.PASSED), "covers line 2-3, 5 of shop.py only sometimes: not in another time zone"),
    (
        covering(Reached(frozenset({2, 3, 5}), frozenset({(2, 3)}))),
        "covers branch 5->exit of shop.py only sometimes: not in another time zone",
    ),
]


@pytest.mark.parametrize(("run", "reason"), REFUSED)
def test_what_changes_is_refused(run: Run, reason: str) -> None:
    assert ask(TRIAL, under({Condition.ZONE: run})) == reason


def test_two_conditions_that_break_it_together_only() -> None:
    world = World(lambda job: FAILED if {Condition.ZONE, Condition.LOCALE} <= job.conditions else None)
    assert ask(TRIAL, world) == (
        "does not pass each time, though no single condition breaks it (failed): assert 1"
    )


def test_of_several_tests_those_to_blame_are_told_without_a_search() -> None:
    trial = replace(TRIAL, edit=replace(EDIT, tests=("test_price", "test_b")))
    world = under({Condition.ZONE: FAILED})
    [check] = stable.pytest_aigen_checks(Settings(), Suite())
    said = asyncio.run(check(trial, world))
    assert isinstance(said, Refusal)
    assert said.tests == ("test_price",)
    assert len(world.jobs) == 1


# ------------------------------------------------------------------------------- what is not a test's fault


def test_what_a_replaced_clock_breaks_is_not_the_date() -> None:
    world = under({Condition.DATE: FAILED, Condition.SAME_DATE: FAILED})
    said = ask(TRIAL, world)
    assert said.startswith("passes in another time zone")
    assert "date" not in said


def on_disk(path: Path, failing: tuple[str, ...]) -> tuple[Trial, World]:
    """A new test, and old ones that fail in another folder, as it does."""
    path.write_text("def test_old(): ...\n", "utf-8")
    edit = replace(EDIT, path=path)
    trial = replace(TRIAL, edit=edit, job=replace(TRIAL.job, path=path, overlay={path: "new"}))

    def differs(job: Job) -> Run | None:
        if Condition.FOLDER not in job.conditions:
            return None
        return FAILED if job.tests else Run(Outcome.FAILED, failed=failing)

    return trial, World(differs)


def test_a_condition_that_old_tests_do_not_survive_either(tmp_path: Path) -> None:
    trial, world = on_disk(tmp_path / "test_shop.py", ("test_old",))
    [check] = stable.pytest_aigen_checks(Settings(), Suite())
    for _ in range(2):
        said = asyncio.run(check(trial, world))
        assert isinstance(said, Proof)
        assert "working directory" not in said.says
    assert world.jobs[-1].conditions == ALL - {Condition.FOLDER}, "known the second time"


def test_an_old_test_that_always_fails_excuses_nothing(tmp_path: Path) -> None:
    trial, world = on_disk(tmp_path / "test_shop.py", ("test_old",))
    suite = Suite(failed=("test_shop.py::test_old",), root=tmp_path)
    assert ask(trial, world, suite) == "does not pass in another working directory (failed): assert 1"


ERROR = Run(Outcome.ERROR, failed=("test_price",), detail="in setup")


@pytest.mark.parametrize(
    ("condition", "run", "code", "excused"),
    [
        pytest.param(Condition.FOLDER, Run(Outcome.ERROR), "", True, id="a-module-that-cannot-be-imported"),
        pytest.param(Condition.FOLDER, ERROR, "def test_price(config): ...", True, id="a-fixture-of-others"),
        pytest.param(Condition.FOLDER, ERROR, "@pytest.fixture", False, id="a-fixture-of-its-own"),
        pytest.param(Condition.TWICE, ERROR, "", False, id="what-it-leaves-behind"),
    ],
)
def test_errors_outside_of_a_test(condition: Condition, run: Run, code: str, excused: bool) -> None:
    trial = replace(TRIAL, candidate=replace(TRIAL.candidate, code=code))
    assert ask(trial, under({condition: run})).startswith("passes" if excused else "does not pass")


# ------------------------------------------------------------------------------------------ the order of sets

SETS = "def price(x):\n    return repr({x, 'b'})\n"
ROW = "def price(x):\n    return list({x, 'b'})\n"
BOTH = "def test_price(): assert shop.price('a') == ['a', 'b']\ndef test_other(): assert shop.price\n"
OF_THE_TEST = "def test_price():\n    assert repr({'a', 'b'})\n"


def of_sets(tmp_path: Path, source: str = SETS, after: str = BOTH, *tests: str) -> Trial:
    """A trial of a source with this text."""
    path = tmp_path / "shop.py"
    path.write_text(source, "utf-8")
    target = replace(TARGET, gap=replace(TARGET.gap, path=path))
    edit = replace(EDIT, after=after, tests=tests or EDIT.tests)
    job = replace(TRIAL.job, overlay={edit.path: after})
    return replace(TRIAL, candidate=replace(TRIAL.candidate, target=target), edit=edit, job=job, gained={})


def executing(tmp_path: Path, *lines: int, then: Mapping[Condition, Run] | None = None) -> World:
    """All runs execute these lines of that source; under some conditions something else comes of it."""
    usual = Run(Outcome.PASSED, {tmp_path / "shop.py": Reached(frozenset(lines))})
    return World(lambda job: next((run for one, run in (then or {}).items() if one in job.conditions), usual))


@pytest.mark.parametrize(
    ("source", "after", "lines", "is_asked"),
    [
        pytest.param(SETS, BOTH, (1, 2), True, id="executed"),
        pytest.param(SETS, BOTH, (1,), False, id="not executed"),
        pytest.param("X = 1\n", OF_THE_TEST, (1,), True, id="the test makes one"),
        pytest.param("X = 1\n", f"{BOTH}\nX = str({{1, 2}})\n", (1,), True, id="its module makes one"),
        pytest.param(
            "X = 1\n", OF_THE_TEST.replace("price", "old") + BOTH, (1,), False, id="another test makes one"
        ),
        pytest.param("X = str({'a', 'b'})\n", BOTH, (1,), True, id="importing makes one"),
        pytest.param("X = {'a', 'b'}\n", BOTH, (1,), False, id="a set that nothing puts in a row"),
        pytest.param("X = (\n", BOTH, (1,), False, id="it does not parse"),
    ],
)
def test_more_hash_seeds_where_an_order_may_show(
    tmp_path: Path, source: str, after: str, lines: tuple[int, ...], is_asked: bool
) -> None:
    world = executing(tmp_path, *lines)
    assert ask(of_sets(tmp_path, source, after), world).startswith("passes with the date")
    alone = [frozenset({seed}) for seed in stable.SEEDS] if is_asked else []
    assert [job.conditions for job in world.jobs[1:]] == alone


def test_what_holds_with_one_hash_seed_by_chance(tmp_path: Path) -> None:
    trial = of_sets(tmp_path)
    world = executing(tmp_path, 2, then={Condition.HASH_SEED_5: FAILED})
    said = "does not hold with a fifth hash seed: does it depend on the order of a set?"
    assert ask(trial, world) == said


def test_of_several_each_is_refused_once_without_another_run(tmp_path: Path) -> None:
    both = of_sets(tmp_path, SETS, BOTH, "test_price", "test_other")
    world = executing(tmp_path, 2, then={Condition.HASH_SEED_3: FAILED, Condition.HASH_SEED_7: FAILED})
    [check] = stable.pytest_aigen_checks(Settings(), Suite())
    said = asyncio.run(check(both, world))
    assert isinstance(said, Refusal)
    assert said.tests == ("test_price",)
    number = len(world.jobs)
    assert asyncio.run(check(of_sets(tmp_path), world)) == said
    assert len(world.jobs) == number
    mended = of_sets(tmp_path, SETS, BOTH.replace("== ['a', 'b']", "is not None"))
    asyncio.run(check(mended, world))
    assert len(world.jobs) > number, "a test of that name with another text is asked again"


def in_rows(tmp_path: Path, *runs: Run) -> World:
    """What comes of the tests where sets are gone through in other orders, one after another."""
    usual = Run(Outcome.PASSED, {tmp_path / "shop.py": Reached(frozenset({1, 2, 3}))})
    left = list(runs)
    return World(lambda job: usual if job.conditions or not left else left.pop(0))


def test_sets_that_are_gone_through_are_turned(tmp_path: Path) -> None:
    trial, world = of_sets(tmp_path, ROW), in_rows(tmp_path)
    assert ask(trial, world).startswith("passes with the date")
    _, *jobs = world.jobs
    assert [job.conditions for job in jobs] == [frozenset()] * 2
    for job, turn in zip(jobs, ("[*s][::-1]", "[*s][1:] + [*s][:1]"), strict=True):
        assert turn in job.overlay[tmp_path / "shop.py"]
        assert job.overlay[trial.edit.path] == trial.job.overlay[trial.edit.path]


def test_what_another_order_breaks(tmp_path: Path) -> None:
    said = "does not hold where sets are gone through backwards: does it depend on the order of a set?"
    world = in_rows(tmp_path, FAILED)
    assert ask(of_sets(tmp_path, ROW), world) == said
    assert len(world.jobs) == 3, "no hash seeds"


def test_a_row_of_the_test_itself(tmp_path: Path) -> None:
    trial = of_sets(tmp_path, "X = 1\n", "def test_price():\n    assert list({'a', 'b'})\n")
    world = executing(tmp_path, 1)
    assert ask(trial, world).startswith("passes with the date")
    assert ["[*s]" in job.overlay[trial.edit.path] for job in world.jobs] == [False, True, True]


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        pytest.param(f"{ROW}    {{x}}.pop()\n".replace("return", "y ="), (), id="and in another way"),
        pytest.param(ROW, (Run(Outcome.ERROR),), id="what does not run there"),
    ],
)
def test_hash_seeds_where_turning_does_not_tell_all(
    tmp_path: Path, source: str, runs: tuple[Run, ...]
) -> None:
    world = in_rows(tmp_path, *runs)
    assert ask(of_sets(tmp_path, source), world).startswith("passes with the date")
    assert [job.conditions for job in world.jobs[3:]] == [frozenset({seed}) for seed in stable.SEEDS]


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.TIMEOUT], ids=lambda outcome: outcome.name)
def test_what_did_not_run_with_a_hash_seed_says_nothing(tmp_path: Path, outcome: Outcome) -> None:
    world = executing(tmp_path, 2, then={Condition.HASH_SEED_4: Run(outcome, detail="ImportError")})
    assert ask(of_sets(tmp_path), world).startswith("passes")
