"""A job with changes to the code under test: what becomes of its tests with each of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pytest_aigen.data import Change, Outcome, Run
from pytest_aigen.mutants.choice import Source

Benches = Callable[..., Any]
P, F, T, C, N, B = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.TIMEOUT,
    Outcome.CRASHED,
    Outcome.NOT_RUN,
    Outcome.BLOCKED,
)
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
pytestmark = [needs_fork, pytest.mark.slow]

KINDS = """
    import asyncio, contextlib, functools

    def plain():
        return 10

    def wrap(function):
        def inner(*args):
            return function(*args) + 20
        return inner

    @wrap
    def decorated():
        return 30

    class Thing:
        @staticmethod
        def static():
            return 40

        @classmethod
        def of_class(cls):
            return 50

        @property
        def prop(self):
            return 60

        @functools.cached_property
        def kept(self):
            return 70

        def method(self):
            return super().__eq__(1) is NotImplemented and 80

    def closure():
        x = 1
        def inside():
            return x + 90
        return inside

    MADE = closure()

    def counted():
        yield 100

    async def later():
        return 110

    @functools.lru_cache(maxsize=None)
    def cached():
        return 120

    FILLED = cached()
    small = lambda: 130

    @contextlib.contextmanager
    def managed():
        yield 140

    @functools.singledispatch
    def general(x):
        return 150

    @general.register
    def _(x: int):
        return 160

    def nested():
        class Local:
            value = 170
        return Local.value

    def comprehension():
        return [n + 180 for n in range(1)]

    async def streamed():
        yield 190

    def default(f=lambda: 200):
        return f()
    """
#: The number in the source -> an expression that should give another value when it is changed.
EACH = {
    10: "kinds.plain()",
    20: "kinds.decorated()",
    30: "kinds.decorated()",
    40: "kinds.Thing.static()",
    50: "kinds.Thing.of_class()",
    60: "kinds.Thing().prop",
    70: "kinds.Thing().kept",
    80: "kinds.Thing().method()",
    90: "kinds.MADE()",
    100: "next(kinds.counted())",
    110: "asyncio.run(kinds.later())",
    120: "kinds.cached()",
    130: "kinds.small()",
    140: "kinds.managed().__enter__()",
    150: "kinds.general('')",
    160: "kinds.general(1)",
    170: "kinds.nested()",
    180: "kinds.comprehension()",
    190: "asyncio.run(kinds.streamed().__anext__())",
    200: "kinds.default()",
}
TRUE = {20: 50, 90: 91, 30: 50, 180: [180]}


def changes(bench: Any, file: str, *numbers: int) -> tuple[Change, ...]:
    """One for each constant of a source, in order."""
    path = bench.root / file
    source = Source(path, path.read_text("utf-8"))
    made = [each for several in source.by_line.values() for each in several]
    return tuple(
        source.change(next(m for m in made if m.mutant.operator == "CRP" and m.mutant.before == str(number)))
        for number in numbers
    )


def run(
    bench: Any,
    text: str,
    *tests: str,
    changes: tuple[Change, ...],
    timeout: float = 20.0,
    only_failing: bool = False,
    again: bool = False,
) -> Run:
    """``again``: in the process that ran the tests before, if that can tell."""
    job = replace(bench.job(text, *tests, timeout=timeout), waits=again)
    if again:
        assert bench.run_job(job).outcome is P
    done = bench.run_job(replace(job, changes=changes, only_failing=only_failing))
    assert isinstance(done, Run)
    return done


@pytest.mark.parametrize("kind", ["fork", "spawn"])
@pytest.mark.parametrize(
    "first", ["import kinds", "import sys\nkinds = __import__('kinds')"], ids=["preloaded", "not"]
)
def test_every_kind_of_function_is_swapped(benches: Benches, kind: str, first: str) -> None:
    bench = benches({"src/kinds.py": KINDS}, kind)
    tests = [
        f"def test_{number}(): assert {expression} == {TRUE.get(number, number)}"
        for number, expression in EACH.items()
    ]
    text = f"{first}\nimport asyncio\n" + "\n".join(tests)
    made = changes(bench, "src/kinds.py", *EACH)
    together = run(bench, text, changes=made)
    assert (together.outcome, together.changed) == (P, (F,) * len(EACH))
    other = run(bench, text, "test_10", changes=made)
    assert other.changed == (F, *(P,) * (len(EACH) - 1))


SHOP = """
    import os, sys, time

    LIMIT = 11
    seen = []

    def quick(n=12):
        return 13

    def loops():
        while len(seen) == 14: pass
        return 15

    def waits():
        time.sleep(0 if 16 == 16 else 99)
        return 1

    def leaves():
        if 17 != 17: os._exit(0)

    def writes():
        if 18 != 18: open('/nowhere/left', 'w')

    def remembers():
        seen.append(19)
        return len(seen)

    class Base:
        limit = 20

    def same():
        return 10 + 11
    """


def table(bench: Any) -> tuple[Change, ...]:
    path = bench.root / "src/shop.py"
    text = path.read_text("utf-8")
    lines = text.split("\n")

    def change(before: str, after: str) -> Change:
        source = Source(path, text)
        number = next(n for n, line in enumerate(lines, 1) if before in line)
        made = source.by_line[number][0]
        whole = source.change(made)
        assert before in whole.before
        return replace(whole, after=whole.before.replace(before, after))

    return (
        change("return 13", "return 14"),
        change("len(seen) == 14", "len(seen) != 14"),
        change("0 if 16 == 16", "0 if 16 != 16"),
        change("17 != 17", "17 == 17"),
        change("18 != 18", "18 == 18"),
        change("seen.append(19)", "pass"),
        change("return 13", "return ("),
        change("return 10 + 11", "return 21"),
        change("n=12", "n=13"),
    )


CANDIDATE = """
    import shop
    def test_all(tmp_path):
        assert not list(tmp_path.parent.glob("*/x"))
        (tmp_path / "x").touch()
        assert shop.quick() == 13
        assert shop.loops() == 15
        assert shop.waits() == 1
        shop.leaves()
        shop.writes()
        assert shop.remembers() == 1
    def test_other():
        assert shop.quick() == 13
    """


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_what_becomes_of_it(benches: Benches, kind: str) -> None:
    bench = benches({"src/shop.py": SHOP}, kind)
    made = table(bench)
    done = run(bench, CANDIDATE, "test_all", changes=made)
    #                                same: the compiler adds; n=13: only an import shows it
    assert (done.outcome, done.changed) == (P, (F, T, T, C, B, F, N, N, N))
    assert run(bench, CANDIDATE, "test_other", changes=made).changed == (F, P, P, P, P, P, N, N, N)


def test_a_call_of_super_that_is_gone_and_caches_of_classes(benches: Benches) -> None:
    source = """
        import functools
        class Base:
            def __init__(self): self.made = True
        class Thing(Base):
            def __init__(self):
                self.made = False
                super().__init__()
            @staticmethod
            @functools.cache
            def kept():
                return 1
        Thing.kept()
        """
    bench = benches({"src/shop.py": source})
    path = bench.root / "src/shop.py"
    found = Source(path, path.read_text("utf-8"))
    made = [
        e
        for several in found.by_line.values()
        for e in several
        if e.mutant.before in ("super().__init__()", "1")
    ]
    text = "import shop\ndef test_a():\n    assert shop.Thing().made\ndef test_b():\n    assert shop.Thing.kept() == 1\n"
    changes = tuple(found.change(each) for each in made if each.mutant.operator != "RVR")
    assert run(bench, text, "test_a", changes=changes).changed == (F, P)
    assert run(bench, text, "test_b", changes=changes).changed == (P, F)


LEAVING = """
    kept, calls = {}, []

    def doubled(n):
        if n not in kept:
            kept[n] = n * 2
        return kept[n]

    def one():
        return 1

    def once():
        calls.append(3)
        return len(calls)

    def stubborn():
        while 4 == 5:
            try:
                sum(range(9))
            except:
                pass
        return 6
    """


@pytest.mark.parametrize(
    ("asserted", "expected"),
    [
        pytest.param(
            "doubled(7) == 14", (F, P, P), id="what a run stored hides a change, so it is tried alone"
        ),
        pytest.param(
            "doubled(7) == 14 and shop.one() == 1", (P, F, P), id="another one is noticed, so it need not be"
        ),
        pytest.param("once() == 1 and shop.one() == 1", (P, F, P), id="passes once in a process"),
        pytest.param("stubborn() == 6 and shop.one() == 1", (P, F, T), id="swallows what should end it"),
        pytest.param("one() == 1 or __import__('os')._exit(0)", (P, C, P), id="ends the process"),
        pytest.param("one() == 1 or __import__('sys').exit(0)", (P, F, P), id="wants to end the process"),
    ],
)
@pytest.mark.parametrize("again", [False, True], ids=["alone", "again"])
def test_what_a_run_leaves_behind_changes_no_other(
    benches: Benches, asserted: str, expected: tuple[Outcome, ...], again: bool
) -> None:
    bench = benches({"src/shop.py": LEAVING})
    path = bench.root / "src/shop.py"
    source = Source(path, path.read_text("utf-8"))

    def change(before: str, after: str) -> Change:
        number = next(n for n, line in enumerate(source.text.split("\n"), 1) if before in line)
        whole = source.change(source.by_line[number][0])
        return replace(whole, after=whole.before.replace(before, after))

    made = change("n * 2", "n * 3"), change("return 1", "return 2"), change("4 == 5", "4 != 5")
    done = run(
        bench,
        f"import shop\ndef test_a():\n    assert shop.{asserted}\n",
        "test_a",
        changes=made,
        again=again,
    )
    assert (done.outcome, done.changed) == (P, expected)


COUNTS = """
    import shop
    runs = []
    def test_a():
        runs.append(1)
        assert shop.quick() == 13 or len(runs) < {least}
    """


@pytest.mark.parametrize(
    ("least", "again", "expected"),
    [
        pytest.param(3, True, (F,), id="the third run, in the process of the first"),
        pytest.param(3, False, (P,), id="the second, in another"),
        pytest.param(2, False, (F,), id="fails in the second"),
        pytest.param(9, True, (P,), id="passes with what it executes"),
    ],
)
def test_the_process_that_ran_the_tests_waits(
    benches: Benches, least: int, again: bool, expected: tuple[Outcome, ...]
) -> None:
    bench = benches({"src/shop.py": SHOP})
    made = table(bench)[:1]
    for _ in range(2):  # of which each has a process of its own
        assert run(bench, COUNTS.format(least=least), changes=made, again=again).changed == expected


RENAMED = """
    class Till:
        def quick(self):
            return 13

    Till.__module__ = "elsewhere"
    quick = Till().quick
    """


def test_a_class_under_the_name_of_another_module(benches: Benches) -> None:
    bench = benches({"src/shop.py": RENAMED})
    text = COUNTS.format(least=3)
    assert run(bench, text, changes=changes(bench, "src/shop.py", 13), again=True).changed == (F,)


IN_A_FIXTURE = """
    import pytest, shop
    runs = []
    @pytest.fixture
    def quick():
        return shop.quick()
    def test_a(quick):
        runs.append(1)
        assert quick == 13 or len(runs) == 3
    """


def test_what_a_fixture_executes_is_executed(benches: Benches) -> None:
    """In the third run, in the process of the first; who had not seen it would try again in another."""
    bench = benches({"src/shop.py": SHOP})
    assert run(bench, IN_A_FIXTURE, changes=table(bench)[:1], again=True).changed == (P,)


@pytest.mark.parametrize("again", [False, True], ids=["alone", "again"])
def test_a_change_is_tried_with_those_that_are_asked(benches: Benches, again: bool) -> None:
    bench = benches({"src/shop.py": SHOP})
    [quick] = table(bench)[:1]
    text = "import shop\ndef test_a(): assert shop.quick() == 13\ndef test_b(): assert shop.quick()\n"
    made = tuple(replace(quick, tests=tests) for tests in ((), ("test_b",), ("test_a",)))
    assert run(bench, text, changes=made, again=again).changed == (F, P, F)


def test_a_process_waits_for_more_than_one_job(benches: Benches) -> None:
    bench = benches({"src/shop.py": SHOP})
    [quick] = table(bench)[:1]
    job = replace(bench.job(COUNTS.format(least=4)), waits=True)
    assert bench.run_job(job).outcome is P
    found = [bench.run_job(replace(job, changes=(quick,))).changed for _ in range(2)]
    assert found == [(P,), (F,)]


def test_only_what_they_fail_with_is_asked(benches: Benches) -> None:
    bench = benches({"src/shop.py": LEAVING})
    path = bench.root / "src/shop.py"
    lines = path.read_text("utf-8").split("\n")
    source = Source(path, "\n".join(lines))
    made = tuple(
        source.change(source.by_line[number][0])
        for number, line in enumerate(lines, 1)
        if "n * 2" in line or "4 == 5" in line
    )
    text = "import shop\ndef test_a():\n    assert shop.doubled(7) == 14\n"
    assert run(bench, text, "test_a", changes=made).changed == (F, P)
    assert run(bench, text, "test_a", changes=made, only_failing=True).changed == (P, P)


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_what_fails_without_a_change_proves_nothing(benches: Benches, kind: str) -> None:
    bench = benches({"src/shop.py": SHOP, "src/threads.py": "import threading\nthreading.Thread(target=__import__('time').sleep, args=(9,), daemon=True).start()\n"}, kind)  # fmt: skip
    made = table(bench)[:1]
    for text in (
        "import shop\ndef test_a(): assert shop.quick() == 0",
        "import shop\ndef test_b(): pass",
        "import shop, threads\ndef test_a(): assert shop.quick() == 13",
        "import shop\nopen('/left', 'w')\ndef test_a(): assert shop.quick() == 13",
        "import shop\nraise ValueError\ndef test_a(): pass",
    ):
        done = run(bench, text, "test_a", changes=made)
        assert done.outcome is not P
        assert done.changed == ()


UNITTEST = """
    import unittest, shop
    class TestShop(unittest.TestCase):
        def test_a(self):
            self.assertEqual(shop.quick(), 13)
    """


def test_a_unittest_class_and_a_fixture_that_fails_afterwards(benches: Benches) -> None:
    bench = benches({"src/shop.py": SHOP})
    made = table(bench)[:1]
    assert run(bench, UNITTEST, "TestShop::test_a", changes=made).changed == (F,)
    late = """
        import pytest, shop
        @pytest.fixture
        def after():
            yield
            assert shop.quick() == 13
        def test_a(after): shop.quick()
        """
    assert run(bench, late, changes=made).changed == (F,)
    skips = "import pytest, shop\ndef test_a():\n    if shop.quick() != 13: pytest.skip('no')\n"
    assert run(bench, skips, changes=made).changed == (P,)


def test_many_runs_outlive_the_time_limit_of_one(benches: Benches) -> None:
    bench = benches({"src/shop.py": SHOP})
    [quick] = table(bench)[:1]
    text = "import shop, time\ndef test_a():\n    time.sleep(1)\n    assert shop.quick()\n"
    done = run(bench, text, "test_a", changes=(quick,) * 5, timeout=4.0)
    assert (done.outcome, done.changed) == (P, (P,) * 5)
