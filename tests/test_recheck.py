"""Old tests proven again, and those that prove nothing taken out; the executor and the checks are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from pytest_aigen.checking import Checking
from pytest_aigen.claims import Claim, Gone, Subjects, Unmeasured, claims, nearest
from pytest_aigen.data import (
    Coverage,
    Ended,
    FileCoverage,
    Gap,
    Job,
    Mutant,
    Outcome,
    Proof,
    Refusal,
    Run,
    Stale,
    Trial,
    Why,
)
from pytest_aigen.errors import ExecutorError
from pytest_aigen.protocols import Check, Executor, Stage
from pytest_aigen.prune import Prune
from pytest_aigen.recheck import Recheck
from tests.fakes import FakeExecutor, ModuleCheck

SHOP = Path("/p/shop.py")
TESTS = Path("/p/tests/test_shop.py")
SOURCE = """\
LIMIT = 3

def price(item):
    if item:
        return 1
    return 0

class Cart:
    def add(self, item):
        self.item = item

    def total(self): return 1

def short(x): return x

def skipped():
    return 2
"""
COVERAGE = Coverage({SHOP: FileCoverage(SHOP, frozenset({1, 3, 4, 5, 6, 8, 9, 10, 12, 14}), frozenset({1}))})
MODULE = """\
# aigen: shop:price
def test_price():
    assert price(1) == 1  # covers 4 5


# aigen: shop:Cart.add
def test_add():
    pass  # covers 10


# aigen: shop
def test_body():
    pass  # covers 1


# aigen: shop:cost
def test_cost():
    pass


# aigen: shop:Cart.add
def test_elsewhere():
    pass  # covers 4


# aigen: shops:price
def test_no_module():
    pass


# aigen: zoo:bear
def test_zoo():
    pass


# aigen: shop:price
def test_weak():
    price(1)  # covers 4


# aigen: shop:price
def test_wrong():
    assert price(1) == 2  # covers 4
"""
NAMES = [line[4:].partition("(")[0] for line in MODULE.splitlines() if line.startswith("def ")]


class Mutation:
    """Says that a test without ``assert`` kills nothing."""

    name = "mutation"
    stage: ClassVar[Stage] = Stage.RUN
    cost: ClassVar[int] = 3

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof:
        assert trial.gained, "it is asked of what the test covers of its target"
        if trial.candidate.name == "test_weak":
            return Refusal(self.name, "still passes when line 4 changes")
        line = min(trial.gained[SHOP].lines)
        return Proof(self.name, "kills 1 of 1", (Mutant(SHOP, line, "ROR", "<", "<="),))


def subjects() -> Subjects:
    return Subjects({"shop": SHOP}, {SHOP: SOURCE}, COVERAGE, lambda module: module == "zoo")


def recheck(executor: Executor, checks: Sequence[Check] = (Mutation(),), text: str = MODULE) -> Recheck:
    found = list(claims(TESTS, text, NAMES))
    failed = [claim for claim in found if claim.test == "test_body"]
    return Recheck(found, subjects().find, executor, checks, failed=failed, timeout=5, workers=2)


WRONG = {"test_wrong": Run(Outcome.FAILED, detail="assert 1 == 2")}


def test_each_is_proven_or_stale_with_the_reason() -> None:
    work = recheck(FakeExecutor(SHOP, WRONG))
    asyncio.run(work.run())
    assert [trial.candidate.name for trial in work.proven] == ["test_price", "test_add"]
    assert [len(trial.killed) for trial in work.proven] == [1, 1]
    assert {stale.test: (stale.why, stale.reason) for stale in work.stale} == {
        "test_body": (Why.FAILS, "failed in the suite, and passes alone"),
        "test_cost": (Why.GONE, "there is no cost in shop"),
        "test_elsewhere": (Why.UNREACHED, "covers no line of shop:Cart.add"),
        "test_no_module": (Why.GONE, "there is no module shops; the nearest is shop"),
        "test_weak": (Why.KILLS_NOTHING, "still passes when line 4 changes"),
        "test_wrong": (Why.FAILS, "assert 1 == 2"),
    }
    assert work.notes == [
        "not proven again (1): zoo is not measured (--ai-gen-source, or coverage's configuration)"
    ]
    assert work.ended is Ended.COMPLETE


def test_without_the_mutation_check_it_is_said() -> None:
    work = recheck(FakeExecutor(SHOP, WRONG), [])
    asyncio.run(work.run())
    assert "test_weak" in [trial.candidate.name for trial in work.proven]
    assert "the check mutation is off: whether tests notice broken code was not asked" in work.notes


def test_another_check_may_refuse_but_that_proves_not_that_it_is_useless() -> None:
    class Mine(Mutation):
        name = "mine"

    work = recheck(FakeExecutor(SHOP, WRONG), [Mine()])
    asyncio.run(work.run())
    (weak,) = [stale for stale in work.stale if stale.test == "test_weak"]
    assert (weak.why, weak.why.proves_nothing) == (Why.REFUSED, False)


@pytest.mark.parametrize("error", [ExecutorError("it died"), RuntimeError("oh")])
def test_a_fault_keeps_what_was_found(error: Exception) -> None:
    work = recheck(FakeExecutor(SHOP, {"test_wrong": error}))
    asyncio.run(work.run())
    assert work.ended is Ended.FAULT
    assert work.proven
    assert any("it ended before" in note for note in work.notes)


def test_time_that_is_over() -> None:
    class Slow(FakeExecutor):
        async def run(self, job: Job) -> Run:
            await asyncio.sleep(60)
            raise AssertionError

    work = recheck(Slow(SHOP))
    work.max_time = 0.01
    asyncio.run(work.run())
    assert (work.ended, work.detail) == (Ended.BUDGET, "--ai-gen-max-time=0.01 is over")


# --------------------------------------------------------------------------------------------- what they say


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        pytest.param("shop:price", {4, 5, 6}, id="function"),
        pytest.param("shop:Cart.add", {10}, id="method"),
        pytest.param("shop:Cart", {10, 12}, id="class"),
        pytest.param("shop", {1, 3, 8, 9, 12, 14}, id="module"),
        pytest.param("shop:short", {14}, id="one-line"),
        pytest.param("shop:prize", "there is no prize in shop; the nearest is price", id="renamed"),
        pytest.param("shop:Basket.add", "there is no Basket.add in shop; the nearest is Cart.add", id="class-renamed"),
        pytest.param("shop:xyz", "there is no xyz in shop", id="removed"),
        pytest.param("store.zoo:price", "there is no module store.zoo", id="module-removed"),
        pytest.param("zoo:bear", None, id="not-measured"),
        pytest.param("shop:skipped", None, id="left-out"),
    ],
)  # fmt: skip
def test_subject(subject: str, found: set[int] | str | None) -> None:
    match subjects().find(subject):
        case Gap(lines=lines):
            assert set(lines) == found
        case Gone(reason):
            assert reason == found
        case Unmeasured():
            assert found is None


def test_nearest() -> None:
    assert nearest("a.b", ["c.b", "a.bb"]) == "; the nearest is c.b"
    assert nearest("x", []) == ""


TABLE = """\
# aigen: shop:price
@pytest.mark.parametrize("x", [1, 2])
def test_t(x):
    pass


# aigen: shop:price
@pytest.mark.parametrize("x", VALUES)
def test_v(x):
    pass


@pytest.mark.parametrize("x", [
    1,
    2,  # aigen: shop:price
])
def test_mine(x):
    pass
"""


@pytest.mark.parametrize(
    ("ran", "found"),
    [
        pytest.param(["test_t[1]", "test_t[2]"], ["test_t[1]", "test_t[2]"], id="each-row"),
        pytest.param(["test_t[2]"], ["test_t[2]"], id="chosen-row"),
        pytest.param(["test_t[a]", "test_t[2]"], ["test_t"], id="rows-that-cannot-be-told"),
        pytest.param(["test_v[7]", "test_v[8]"], ["test_v"], id="rows-not-written-out"),
        pytest.param(["test_mine[1]", "test_mine[2]"], ["test_mine[2]"], id="our-row-alone"),
        pytest.param(["test_mine[1]"], [], id="our-row-not-chosen"),
        pytest.param([], [], id="nothing-ran"),
    ],
)
def test_rows(ran: list[str], found: list[str]) -> None:
    assert [claim.test for claim in claims(TESTS, TABLE, ran)] == found


# ---------------------------------------------------------------------------------------------------- prune


def stale(why: Mapping[str, Why], text: str = MODULE) -> list[Stale]:
    by_name: dict[str, Claim] = {claim.test: claim for claim in claims(TESTS, text, NAMES)}
    return [Stale(TESTS, name, "shop:x", reason, "", by_name[name].code) for name, reason in why.items()]


ALL = {
    "test_cost": Why.GONE,
    "test_elsewhere": Why.UNREACHED,
    "test_weak": Why.KILLS_NOTHING,
    "test_wrong": Why.FAILS,
}


def prune(
    why: Mapping[str, Why], check: ModuleCheck, text: str | None = MODULE, tests: Sequence[str] = NAMES
) -> Prune:
    return Prune(
        stale(why),
        read=lambda path: text,
        checks=Checking([check], FakeExecutor(SHOP)),
        tests=lambda path: tests,
        keep=lambda path: (),
        timeout=5,
    )


def test_what_proves_nothing_goes_and_what_fails_stays() -> None:
    work = prune(ALL, ModuleCheck("neighbours", lambda trial: False))
    (edit,) = asyncio.run(work.edits())
    left = [line for line in edit.after.splitlines() if line.startswith("def ")]
    assert [name for name in NAMES if f"def {name}():" not in left] == [
        "test_cost",
        "test_elsewhere",
        "test_weak",
    ]
    assert {one.test: one.removed for one in work.stale} == {
        "test_cost": True, "test_elsewhere": True, "test_weak": True, "test_wrong": False,
    }  # fmt: skip
    rest = iter(MODULE.splitlines())
    assert all(line in rest for line in edit.after.splitlines())


def test_a_module_that_needs_it_keeps_it() -> None:
    check = ModuleCheck("neighbours", lambda trial: True)
    work = prune(ALL, check)
    assert asyncio.run(work.edits()) == ()
    assert [one.removed for one in work.stale] == [False] * 4
    assert work.stale[0].hindered == "without it, the module neighbours says no"


def test_helpers_stay_where_the_module_does_not_run_without_them() -> None:
    text = "LOW = 1\n\n\n# aigen: shop:price\ndef test_weak():\n    LOW\n\n\ndef test_mine():\n    pass\n"
    code = next(claims(TESTS, text, ["test_weak"])).code
    work = Prune(
        [Stale(TESTS, "test_weak", "shop:price", Why.KILLS_NOTHING, "", code)],
        read=lambda path: text,
        checks=Checking([ModuleCheck("neighbours", lambda t: "LOW" not in t.edit.after)], FakeExecutor(SHOP)),
        tests=lambda path: ["test_weak", "test_mine"],
        keep=lambda path: (),
        timeout=5,
    )
    (edit,) = asyncio.run(work.edits())
    assert edit.after == "LOW = 1\n\n\ndef test_mine():\n    pass\n"


def test_a_module_without_tests_is_not_run() -> None:
    check = ModuleCheck("neighbours", lambda trial: True)
    work = prune({"test_weak": Why.KILLS_NOTHING}, check, tests=["test_weak"])
    assert asyncio.run(work.edits())
    assert check.asked == []


@pytest.mark.parametrize("text", [MODULE.replace("price(1)  #", "price(2)  #"), "", None, "def ("])
def test_a_file_that_changed_since_keeps_its_tests(text: str | None) -> None:
    work = prune({"test_weak": Why.KILLS_NOTHING}, ModuleCheck("neighbours", lambda trial: False), text)
    assert asyncio.run(work.edits([TESTS])) == ()
    assert work.stale[0].hindered
    assert not work.stale[0].removed


def test_what_could_not_be_written_was_not_removed() -> None:
    work = prune(ALL, ModuleCheck("neighbours", lambda trial: False))
    asyncio.run(work.edits())
    work.unwritten({TESTS: "it is read-only"})
    assert not any(one.removed for one in work.stale)
    assert work.stale[0].hindered == "it is read-only"
