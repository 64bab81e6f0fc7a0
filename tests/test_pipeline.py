"""The loop, with fakes: what is asked, run, accepted and refused, and how it ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import (
    Accepted,
    Candidate,
    Context,
    Coverage,
    Edit,
    Ended,
    FileCoverage,
    Gap,
    Job,
    Outcome,
    Reached,
    Refusal,
    Rejected,
    Run,
    Target,
    Trial,
)
from pytest_aigen.deadline import Deadline
from pytest_aigen.errors import ExecutorError, ModelError, ModelRefused, OutOfBudget
from pytest_aigen.harvest import LAST
from pytest_aigen.pipeline import Line
from pytest_aigen.plan import Plan
from tests.fakes import FakeExecutor, FakeGenerator, ModuleCheck, Mutants, RunCheck, StaticCheck

SOURCE = Path("/p/shop.py")
TESTS = Path("/p/tests/test_shop.py")


def target(qualname: str, *lines: int, test_path: Path = TESTS, span: tuple[int, int] = (1, 99)) -> Target:
    return Target(Gap(SOURCE, qualname, *span, frozenset(lines)), "shop", test_path)


def proposal(name: str, *lines: int) -> tuple[str, str]:
    return name, f"def {name}():\n    assert {lines or (0,)}  # covers {' '.join(map(str, lines))}\n"


def context(target: Target, left: Gap) -> Context:
    return Context(target, left, "shop.py", "", "", {})


gain = RunCheck("gain", lambda trial: trial.run.outcome is not Outcome.PASSED or not trial.gained)
gain_or_survivors = RunCheck("gain", lambda trial: not trial.gained and not trial.survivors)


def line(
    targets: Sequence[Target],
    generator: FakeGenerator | Sequence[FakeGenerator],
    *,
    executor: FakeExecutor | None = None,
    on_disk: dict[Path, str] | None = None,
    **options: Any,
) -> Line:
    statements = frozenset(n for t in targets for n in t.gap.lines)
    generators = [generator] if isinstance(generator, FakeGenerator) else generator
    plan = Plan(
        targets=targets,
        generators=generators,
        executor=executor or FakeExecutor(SOURCE),
        context=context,
        read=({} if on_disk is None else on_disk).get,
        reserved=lambda path: (),
        **{"checks": [gain], "attempts": 3, "concurrency": 4, "workers": 1, "timeout": 5.0, **options},
    )
    return Line(plan, Coverage({SOURCE: FileCoverage(SOURCE, statements, frozenset())}))


def run(line: Line) -> Line:
    asyncio.run(line.run())
    return line


def names(line: Line, kind: type[Accepted] | type[Rejected]) -> list[str]:
    return [v.candidate.name for v in line.verdicts if isinstance(v, kind)]


def reasons(line: Line) -> dict[str, str]:
    return {v.candidate.name: v.refusal.check for v in line.verdicts if isinstance(v, Rejected)}


def test_what_covers_something_new_is_accepted() -> None:
    done = run(
        line([target("f", 1, 2)], FakeGenerator({"f": [[proposal("test_one", 1), proposal("test_two", 2)]]}))
    )
    assert names(done, Accepted) == ["test_one", "test_two"]
    assert done.coverage.percent == 100
    assert done.ended is Ended.REACHED


def test_one_bad_test_does_not_cost_its_siblings() -> None:
    executor = FakeExecutor(SOURCE, {"test_bad": Run(Outcome.FAILED, detail="no")})
    generator = FakeGenerator({"f": [[proposal("test_bad", 1), proposal("test_good", 2)]]})
    done = run(line([target("f", 1, 2)], generator, executor=executor))
    assert names(done, Accepted) == ["test_good"]
    assert names(done, Rejected) == ["test_bad"]
    assert done.ended is Ended.COMPLETE


def test_two_candidates_never_both_claim_a_line() -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1, 2)]], "g": [[proposal("test_g", 1, 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator))
    assert len(names(done, Accepted)) == 1
    assert list(reasons(done).values()) == ["gain"]


SURVIVORS: list[tuple[dict[str, tuple[list[int], list[int]]], list[str]]] = [
    ({"test_a": ([1], [2]), "test_b": ([2], [])}, ["test_a", "test_b"]),
    ({"test_a": ([1, 2], []), "test_b": ([2], [])}, ["test_a"]),
    ({"test_a": ([1], [2]), "test_b": ([1], [])}, ["test_a"]),
    ({"test_a": ([1], [50]), "test_b": ([50], [])}, ["test_a", "test_b"]),
    ({"test_a": ([1], [200]), "test_b": ([200], [])}, ["test_a"]),
    ({"test_a": ([1], [2]), "test_b": ([], [])}, ["test_a"]),
]


@pytest.mark.parametrize(
    ("mutants", "kept"),
    SURVIVORS,
    ids=["kills what survived", "nothing survived", "kills what was killed", "elsewhere in the function", "in another function", "kills nothing"],
)  # fmt: skip
def test_a_sibling_that_covers_nothing_new_is_kept_if_it_kills_what_survived(
    mutants: dict[str, tuple[list[int], list[int]]], kept: list[str]
) -> None:
    generator = FakeGenerator({"f": [[proposal("test_a", 1, 2), proposal("test_b", 1, 2)]]})
    checks = [gain_or_survivors, Mutants(SOURCE, mutants)]
    done = run(line([target("f", 1, 2)], generator, checks=checks))
    assert names(done, Accepted) == kept


@pytest.mark.parametrize(
    ("computes", "workers", "concurrency", "at_once"),
    [(True, 1, 5, 3), (False, 1, 5, 5), (True, 2, 5, 6), (True, 3, 1, 1)],
)
def test_what_computes_is_asked_for_as_the_workers_are_many(
    computes: bool, workers: int, concurrency: int, at_once: int
) -> None:
    asked: list[int] = []

    class Searches(FakeGenerator):
        async def propose(self, context: Context, history: Any) -> Any:
            asked.append(len(under_way.progress.working))
            async for candidate in super().propose(context, history):
                yield candidate

    generator = Searches({name: [[proposal(f"test_{name}", ord(name))]] for name in "abcdefgh"})
    generator.computes = computes  # type: ignore[attr-defined]
    targets = [target(name, ord(name)) for name in "abcdefgh"]
    under_way = line(targets, generator, workers=workers, concurrency=concurrency)
    run(under_way)
    assert max(asked) == at_once
    assert under_way.ended is Ended.REACHED


@pytest.mark.parametrize("slow", ["a", "b", "c", ""])
def test_what_computes_brings_the_same_however_long_each_search_takes(slow: str) -> None:
    class Searches(FakeGenerator):
        computes = True

        async def propose(self, context: Context, history: Any) -> Any:
            for _ in range(50 if context.target.gap.qualname == slow else 0):
                await asyncio.sleep(0)
            async for candidate in super().propose(context, history):
                yield candidate

    # What covers the first line covers the last too: its target is begun when that is known, all others are asked for.
    scripts = {name: [[proposal(f"test_{name}", number)]] for number, name in enumerate("abcdefghij")}
    generator = Searches({**scripts, "a": [[proposal("test_a", 0, 9)]]})
    targets = [target(name, number) for number, name in enumerate("abcdefghij")]
    done = run(line(targets, generator, workers=4))
    assert names(done, Accepted) == [f"test_{name}" for name in "abcdefghi"]
    assert ("j", 0) not in generator.asked


class Busy(FakeExecutor):
    """Takes its time, the longer the earlier a test is in the alphabet, and counts what runs at once."""

    running = most = 0

    async def run(self, job: Job) -> Run:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(2 * (ord("z") - ord(job.tests[0][-1]))):
                await asyncio.sleep(0)
            return await super().run(job)
        finally:
            self.running -= 1


@pytest.mark.parametrize(("computes", "workers", "most"), [(True, 2, 3), (True, 1, 2), (False, 2, 1)])
def test_first_runs_of_what_computes_begin_before_their_turn(computes: bool, workers: int, most: int) -> None:
    generator = FakeGenerator({"f": [[proposal(f"test_{name}", ord(name)) for name in "abcdef"]]})
    generator.computes = computes  # type: ignore[attr-defined]
    executor = Busy(SOURCE)
    targets = [target("f", *map(ord, "abcdef"))]
    done = run(
        line(
            targets,
            generator,
            executor=executor,
            workers=workers,
            checks=[gain, ModuleCheck("m", lambda trial: False)],
        )
    )
    assert names(done, Accepted) == [f"test_{name}" for name in "abcdef"]
    assert executor.most == most
    assert sorted(job.tests for job in executor.jobs) == [(f"test_{name}",) for name in "abcdef"]


class Slow(RunCheck):
    """Takes its time, and counts how many trials it looks at at once."""

    running = most = 0

    async def __call__(self, trial: Trial, executor: Any) -> Refusal | None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            return await super().__call__(trial, executor)
        finally:
            self.running -= 1


@pytest.mark.parametrize(
    ("computes", "refused", "asked", "most"),
    [
        pytest.param(True, "", "abcd", 3, id="all are kept"),
        pytest.param(False, "", "abcd", 1, id="one after the other"),
        # What it would have covered is gained by the next one.
        pytest.param(True, "b", "abccd", 3, id="one is refused"),
    ],
)
def test_checks_of_what_computes_are_asked_before_their_turn(
    computes: bool, refused: str, asked: str, most: int
) -> None:
    proposals = [proposal(f"test_{name}", number, number + 1) for number, name in enumerate("abcd")]
    generator = FakeGenerator({"f": [proposals]})
    generator.computes = computes  # type: ignore[attr-defined]
    slow = Slow("slow", lambda trial: trial.candidate.name == f"test_{refused}")
    done = run(line([target("f", *range(5))], generator, workers=2, checks=[gain, slow]))
    assert names(done, Accepted) == [f"test_{name}" for name in "abcd" if name != refused]
    assert "".join(sorted(name[-1] for name in slow.asked)) == asked
    assert (slow.running, slow.most) == (0, most)


@pytest.mark.parametrize(
    ("outcomes", "accepted", "ended"),
    [
        pytest.param({}, ["test_a"], Ended.REACHED, id="covered by the first"),
        pytest.param({"test_a": ExecutorError("no interpreter")}, [], Ended.FAULT, id="fault"),
    ],
)
def test_what_was_begun_and_is_not_wanted_is_ended(
    outcomes: dict[str, Any], accepted: list[str], ended: Ended
) -> None:
    proposals = [proposal("test_a", 1, 2), proposal("test_b", 2), proposal("test_c", 2)]
    generator = FakeGenerator({"f": [proposals]})
    generator.computes = True  # type: ignore[attr-defined]
    executor = Busy(SOURCE, outcomes)
    under_way = line([target("f", 1, 2)], generator, executor=executor, workers=2)

    async def left() -> int:
        await under_way.run()
        return executor.running

    assert asyncio.run(left()) == 0
    assert (names(under_way, Accepted), under_way.ended) == (accepted, ended)
    assert set(reasons(under_way).values()) <= {"gain"}


@pytest.mark.parametrize(
    ("floor", "tokens", "asked", "ended"),
    [
        pytest.param(1.0, 5000, LAST, Ended.POOR, id="nothing comes of it"),
        pytest.param(0.0, 5000, LAST + 9, Ended.COMPLETE, id="no floor"),
        pytest.param(1.0, 0, LAST + 9, Ended.COMPLETE, id="it costs no tokens"),
    ],
)
def test_a_model_is_asked_no_further_when_too_little_comes_of_it(
    floor: float, tokens: int, asked: int, ended: Ended
) -> None:
    targets = [target(f"f{n}", n) for n in range(1, LAST + 10)]
    generator = FakeGenerator({f"f{n}": [[proposal(f"test_{n}", 999)]] for n in range(1, LAST + 10)})
    done = line(
        targets, generator, attempts=1, concurrency=1, min_yield=floor, tokens=lambda: tokens * len(generator.asked)
    )  # fmt: skip
    run(done)
    assert (len(generator.asked), done.ended) == (asked, ended)
    assert ("--ai-gen-min-yield=1" in done.detail) is (ended is Ended.POOR)


def test_what_is_covered_meanwhile_is_not_asked_for() -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1, 2)]]})
    run(line([target("f", 1), target("g", 2)], generator, concurrency=1))
    assert generator.asked == [("f", 0)]


def test_a_sibling_for_what_is_covered_by_now_is_not_run() -> None:
    executor = FakeExecutor(SOURCE)
    generator = FakeGenerator({"f": [[proposal("test_a", 1), proposal("test_b", 1)]]})
    done = run(line([target("f", 1), target("h", 9)], generator, executor=executor))
    assert reasons(done) == {"test_b": "gain"}
    assert [job.tests for job in executor.jobs] == [("test_a",)]


def test_rounds_go_on_with_the_history_until_all_is_covered() -> None:
    generator = FakeGenerator(
        {"f": [[proposal("test_a", 1)], [proposal("test_b", 2)], [proposal("test_c", 3)]]}
    )
    done = run(line([target("f", 1, 2, 9)], generator))
    assert generator.asked == [("f", 0), ("f", 1), ("f", 2)]
    assert [len(history) for history in generator.histories] == [0, 1, 2]
    assert names(done, Accepted) == ["test_a", "test_b"]


@pytest.mark.parametrize("attempts", [1, 2])
def test_rounds_are_bounded(attempts: int) -> None:
    generator = FakeGenerator({"f": [[proposal("test_a", 7)]] * 9})
    run(line([target("f", 1)], generator, attempts=attempts))
    assert len(generator.asked) == attempts


def test_a_generator_with_nothing_to_offer_is_not_asked_again() -> None:
    generator = FakeGenerator({})
    run(line([target("f", 1)], generator))
    assert generator.asked == [("f", 0)]


def test_the_second_generator_gets_what_the_first_left() -> None:
    first = FakeGenerator({"f": [[proposal("test_f", 1)]]})
    second = FakeGenerator({"g": [[proposal("test_g", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], [first, second]))
    assert ("f", 0) not in second.asked
    assert second.histories[0] == [], "the history is that of the generator alone"
    assert names(done, Accepted) == ["test_f", "test_g"]


@pytest.mark.parametrize(
    ("replies", "asked", "kept"),
    [
        pytest.param(
            [[proposal("test_a", 1), proposal("test_b", 2)]], [["C.a", "C.b"]], ["test_a", "test_b"], id="all in one"
        ),
        pytest.param(
            [[proposal("test_b", 2)], [proposal("test_a", 1)]], [["C.a", "C.b"], ["C.a"]], ["test_b", "test_a"],
            id="what is left goes on",
        ),
        pytest.param(
            [[], [proposal("test_a", 1)], [], [proposal("test_b", 2)]],
            [["C.a", "C.b"], ["C.a"], ["C.b"]], ["test_a"], id="each alone where nothing comes of it",
        ),
    ],
)  # fmt: skip
def test_small_neighbours_are_asked_for_together(
    replies: list[list[tuple[str, str]]], asked: list[list[str]], kept: list[str]
) -> None:
    found: list[list[str]] = []

    class Together(FakeGenerator):
        groups = True

        async def propose(self, context: Context, history: Any) -> Any:
            found.append([part.target.gap.qualname for part in context.parts])
            targets = [part.target for part in context.parts]
            for name, code in replies[len(found) - 1]:
                yield Candidate(targets[0], name, code, self.name, len(found) - 1, others=tuple(targets[1:]))

    targets = [target(name, n, span=(n, n)) for n, name in enumerate(["C.a", "C.b"], 1)]
    done = run(line(targets, Together({})))
    assert found == asked
    assert names(done, Accepted) == kept
    by_name = {v.candidate.name: v.candidate.target.gap.qualname for v in done.verdicts}
    assert by_name == {name: f"C.{name[-1]}" for name in kept}


def test_module_bodies_come_after_all_functions() -> None:
    generator = FakeGenerator({})
    run(line([target("", 1), target("f", 2), target("g", 3)], generator))
    assert generator.asked[-1] == ("", 0)


def test_checks_are_asked_in_order_and_the_first_refusal_ends_it() -> None:
    static = StaticCheck("policy", lambda trial: trial.candidate.name == "test_a")
    late = RunCheck("stable", lambda trial: trial.candidate.name == "test_b")
    late.cost = 1  # type: ignore[misc]
    executor = FakeExecutor(SOURCE)
    generator = FakeGenerator({"f": [[proposal("test_a", 1), proposal("test_b", 1), proposal("test_c", 1)]]})
    done = run(line([target("f", 1)], generator, executor=executor, checks=[late, gain, static], attempts=1))
    assert reasons(done) == {"test_a": "policy", "test_b": "stable"}
    assert names(done, Accepted) == ["test_c"]
    assert late.asked == ["test_b", "test_c"]
    assert all(job.tests != ("test_a",) for job in executor.jobs), "what is refused by its text is not run"


@pytest.mark.parametrize(
    ("on_disk", "code", "reason"),
    [
        pytest.param("def (", "def test_a():\n    assert 1  # covers 1\n", "merge", id="a module that does not parse"),
        pytest.param(
            "def test_a():\n    assert 1  # covers 1\n", "def test_a():\n    assert 1  # covers 1\n", "merge",
            id="the same test",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(on_disk: str, code: str, reason: str) -> None:
    generator = FakeGenerator({"f": [[("test_a", code)]]})
    done = run(line([target("f", 1)], generator, on_disk={TESTS: on_disk}))
    assert reasons(done) == {"test_a": reason}


@pytest.mark.parametrize(
    ("fault", "ended", "detail"),
    [
        pytest.param(
            OutOfBudget("--ai-gen-max-requests=1 is spent"), Ended.BUDGET, "max-requests", id="budget"
        ),
        pytest.param(ModelRefused("the key is wrong"), Ended.FAULT, "key", id="a provider that refuses all"),
    ],
)
def test_a_fault_keeps_what_was_accepted(fault: Exception, ended: Ended, detail: str) -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [fault]})
    done = run(line([target("f", 1), target("g", 2), target("h", 3)], generator, concurrency=1))
    assert names(done, Accepted) == ["test_f"]
    assert done.ended is ended
    assert detail in done.detail
    assert ("h", 0) not in generator.asked


def test_a_target_on_which_something_unexpected_is_raised_is_left() -> None:
    generator = FakeGenerator({"f": [ValueError("odd")], "g": [[proposal("test_g", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator, concurrency=1))
    assert names(done, Accepted) == ["test_g"]
    assert done.ended is not Ended.FAULT
    assert re.fullmatch(r"shop:f: ValueError: odd \(\w+\.py:\d+\); please report this", done.notes[0])


def test_many_of_them_are_a_fault() -> None:
    faults = {name: [ValueError("odd")] for name in "abcd"}
    done = run(line([target(name, 1) for name in faults], FakeGenerator(faults), concurrency=1))
    assert done.ended is Ended.FAULT
    assert "ValueError: odd" in done.detail


def test_an_executor_that_cannot_run_ends_it() -> None:
    executor = FakeExecutor(SOURCE, {"test_f": ExecutorError("no interpreter")})
    done = run(line([target("f", 1)], FakeGenerator({"f": [[proposal("test_f", 1)]]}), executor=executor))
    assert (done.ended, done.detail) == (Ended.FAULT, "no interpreter")


def test_one_failing_request_does_not_end_the_run() -> None:
    generator = FakeGenerator({"f": [ModelError("timed out")], "g": [[proposal("test_g", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator))
    assert names(done, Accepted) == ["test_g"]
    assert done.notes == ["shop:f: timed out"]


def test_it_stops_when_the_goal_is_reached() -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator, concurrency=1, goal=50.0))
    assert generator.asked == [("f", 0)]
    assert done.ended is Ended.REACHED


def test_time_is_a_hard_cap() -> None:
    class Slow(FakeGenerator):
        async def propose(self, context: Context, history: Any) -> Any:
            if context.target.gap.qualname == "g":
                await asyncio.sleep(60)
            async for candidate in super().propose(context, history):
                yield candidate

    generator = Slow({"f": [[proposal("test_f", 1)]]})
    done = run(line([target("f", 1), target("g", 2)], generator, max_time=0.2))
    assert names(done, Accepted) == ["test_f"]
    assert (done.ended, done.detail) == (Ended.BUDGET, "--ai-gen-max-time=0.2 is over")


def test_what_was_done_before_counts() -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]]})
    done = run(line([target("f", 1)], generator, max_time=60.0, deadline=Deadline(0.0)))
    assert generator.asked == []
    assert (done.ended, done.detail) == (Ended.BUDGET, "--ai-gen-max-time=60 is over")


def test_a_cancelled_run_keeps_what_was_accepted() -> None:
    tasks: list[asyncio.Future[None]] = []

    class Cancels(FakeExecutor):
        async def run(self, job: Any) -> Run:
            if job.tests == ("test_g",):
                tasks[0].cancel()
                await asyncio.sleep(60)
            return await super().run(job)

    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 2)]]})
    under_way = line([target("f", 1), target("g", 2)], generator, executor=Cancels(SOURCE), concurrency=1)

    async def main() -> None:
        tasks.append(asyncio.ensure_future(under_way.run()))
        await tasks[0]

    asyncio.run(main())
    assert names(under_way, Accepted) == ["test_f"]
    assert under_way.ended is Ended.INTERRUPTED


# ------------------------------------------------------------------------------------------------- the end


class Waits(ModuleCheck):
    """Has time for so many modules, and waits for ever in the next one."""

    def __init__(self, refuses: Callable[[Trial], bool], modules: int) -> None:
        super().__init__("neighbours", refuses)
        self._left = modules

    async def __call__(self, trial: Trial, executor: Any) -> Refusal | None:
        if not self._left:
            await asyncio.sleep(60)
        self._left -= 1
        return await super().__call__(trial, executor)


def test_an_end_for_which_there_is_no_time_keeps_what_was_accepted() -> None:
    check = Waits(lambda trial: False, 0)
    done = run(line([target("f", 1)], several("test_a"), checks=[gain, check], max_time=1.0, attempts=1))
    assert "test_a" in finished(done)[TESTS]
    assert done.ended is Ended.BUDGET
    assert "the time was over before the new tests of test_shop.py ran together" in done.notes[0]


def test_where_there_is_no_time_to_find_out_what_breaks_its_neighbours_all_go() -> None:
    check = Waits(lambda trial: "def test_b(" in trial.edit.after, 1)
    generator = several("test_a", "test_b", "test_c")
    done = run(line([target("f", 1, 2, 3)], generator, checks=[gain, check], max_time=1.0, attempts=1))
    assert finished(done) == {}
    assert reasons(done) == {"test_a": "time", "test_b": "time", "test_c": "time"}
    assert done.notes == []


def test_modules_that_ran_before_the_time_was_over_are_as_sound_as_ever() -> None:
    check = Waits(lambda trial: False, 2)
    other = TESTS.with_name("test_other.py")
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 2)]]})
    targets = [target("f", 1), target("g", 2, test_path=other)]
    done = run(line(targets, generator, checks=[gain, check], max_time=60.0, attempts=1))
    assert set(finished(done)) == {TESTS, other}
    assert done.notes == []


def finished(done: Line) -> dict[Path, str]:
    return {edit.path: edit.after for edit in asyncio.run(done.finish())}


def test_the_edit_holds_all_that_was_accepted_and_what_was_there() -> None:
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator, on_disk={TESTS: "X = 1\n"}))
    (text,) = finished(done).values()
    assert text.startswith("X = 1\n")
    assert "def test_f()" in text
    assert "def test_g()" in text


def overtaken() -> dict[str, list[list[tuple[str, str]]]]:
    """A first test that a later one makes redundant."""
    return {"f": [[proposal("test_small", 1)], [proposal("test_large", 1, 2)]]}


def test_what_a_later_test_made_redundant_is_not_written() -> None:
    done = run(line([target("f", 1, 2)], FakeGenerator(overtaken())))
    (text,) = finished(done).values()
    assert [c.name for c in done.redundant] == ["test_small"]
    assert "test_small" not in text
    assert "test_large" in text


def several(*names: str) -> FakeGenerator:
    """One test for each of lines 1, 2, …, all for one target."""
    return FakeGenerator({"f": [[proposal(name, line + 1) for line, name in enumerate(names)]]})


@pytest.mark.parametrize("culprit", ["test_a", "test_c", "test_e"])
def test_what_a_module_fails_with_is_taken_out_again(culprit: str) -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: f"def {culprit}(" in trial.edit.after)
    generator = several("test_a", "test_b", "test_c", "test_d", "test_e")
    done = run(line([target("f", 1, 2, 3, 4, 5)], generator, checks=[gain, neighbours]))
    (text,) = finished(done).values()
    assert reasons(done) == {culprit: "neighbours"}
    assert culprit not in text
    assert text.count("def test_") == 4
    assert done.coverage.percent == 80, "what it covered is not covered any more"


def test_a_module_is_judged_once_where_all_is_well() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: False)
    done = run(line([target("f", 1, 2, 3)], several("test_a", "test_b", "test_c"), checks=[gain, neighbours]))
    finished(done)
    assert len(neighbours.asked) == 1


def test_a_module_in_which_nothing_gets_on_is_left_alone() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: True)
    done = run(line([target("f", 1, 2)], several("test_a", "test_b"), checks=[gain, neighbours]))
    assert finished(done) == {}
    assert done.coverage.percent == 0


def test_what_a_module_fails_with_is_asked_for_again() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: "def test_bad(" in trial.edit.after)
    generator = FakeGenerator({"f": [[proposal("test_bad", 1)], [proposal("test_good", 1)]]})
    done = run(line([target("f", 1)], generator, checks=[gain, neighbours]))
    (text,) = finished(done).values()
    assert "test_good" in text
    assert reasons(done) == {"test_bad": "neighbours"}
    assert [[type(v) for v in history] for history in generator.histories] == [[], [Rejected]]
    assert done.coverage.percent == 100


def test_what_a_module_fails_with_is_asked_for_no_more_often_than_attempts_allow() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: True)
    rounds = [[proposal(f"test_{n}", 1)] for n in range(5)]
    generator = FakeGenerator({"f": rounds})
    done = run(line([target("f", 1)], generator, checks=[gain, neighbours], attempts=2))
    assert finished(done) == {}
    assert names(done, Rejected) == ["test_0", "test_1"]


class Blames(ModuleCheck):
    """Refuses several together, and tells who is to blame."""

    async def __call__(self, trial: Trial, executor: Any) -> Refusal | None:
        said = await super().__call__(trial, executor)
        return said and replace(said, tests=tuple(n for n in trial.edit.tests if n in ("test_b", "test_d")))


def test_those_to_blame_are_parted_from_the_others_at_once() -> None:
    check = Blames("stable", lambda trial: bool({"test_b", "test_d"} & set(trial.edit.tests)))
    generator = several(*(f"test_{letter}" for letter in "abcdefgh"))
    done = run(line([target("f", *range(1, 9))], generator, checks=[gain, check], attempts=1))
    (text,) = finished(done).values()
    assert reasons(done) == {"test_b": "stable", "test_d": "stable"}
    assert text.count("def test_") == 6
    assert len(check.asked) <= 6, (
        "all, those without blame, the two together, each of them, all that are left"
    )


def test_an_executor_that_dies_at_the_end_loses_nothing() -> None:
    class Dies(ModuleCheck):
        async def __call__(self, trial: Any, executor: Any) -> Any:
            raise ExecutorError("gone")

    check = Dies("neighbours", lambda trial: False)
    done = run(line([target("f", 1)], several("test_a"), checks=[gain, check]))
    assert "test_a" in finished(done)[TESTS]
    assert (done.ended, done.detail) == (Ended.FAULT, "gone")
    assert "not run together" in done.notes[0]


def test_what_a_refused_test_made_redundant_comes_back() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: "def test_large(" in trial.edit.after)
    done = run(line([target("f", 1, 2)], FakeGenerator(overtaken()), checks=[gain, neighbours]))
    (text,) = finished(done).values()
    assert "test_small" in text
    assert done.redundant == ()


def test_a_module_whose_tests_are_all_redundant_is_left_alone() -> None:
    other = TESTS.with_name("test_other.py")
    generator = FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 1, 2)]]})
    done = run(line([target("f", 1), target("g", 2, test_path=other)], generator, concurrency=1))
    assert list(finished(done)) == [other]


def test_tests_of_the_same_name_are_both_kept() -> None:
    generator = FakeGenerator({"f": [[proposal("test_it", 1)]], "g": [[proposal("test_it", 2)]]})
    done = run(line([target("f", 1), target("g", 2)], generator))
    (text,) = finished(done).values()
    assert text.count("def test_it") == 2
    accepted = [v.trial.edit.tests for v in done.verdicts if isinstance(v, Accepted)]
    assert len(set(accepted)) == 2


def test_nothing_accepted_is_nothing_to_write() -> None:
    assert finished(run(line([target("f", 1)], FakeGenerator({})))) == {}


# --------------------------------------------------------------------------------------------- salvage

HALF_RIGHT = "def test_half():\n    assert one()  # covers 1\n    assert two()  # covers 2\n"


class FailsAtTheLast(FakeExecutor):
    """Fails at its last line as long as the test has it."""

    async def run(self, job: Any) -> Run:
        done = await super().run(job)
        rows = job.overlay[job.path].splitlines()
        for number, row in enumerate(rows, 1):
            if "two()" in row:
                return Run(Outcome.FAILED, done.covered, detail="two is wrong", line=number)
        return done


def test_what_a_failing_test_proved_before_is_kept_and_the_whole_refused() -> None:
    generator = FakeGenerator({"f": [[("test_half", HALF_RIGHT)]]})
    done = run(line([target("f", 1, 2)], generator, executor=FailsAtTheLast(SOURCE), attempts=1))
    (text,) = finished(done).values()
    assert "one()" in text
    assert "two()" not in text
    assert names(done, Rejected) == names(done, Accepted) == ["test_half"]
    assert done.coverage.percent == 50


def test_a_failing_test_that_reached_nothing_new_is_not_tried_again() -> None:
    executor = FailsAtTheLast(SOURCE)
    generator = FakeGenerator({"f": [[("test_half", HALF_RIGHT)]]})
    done = run(line([target("f", 9)], generator, executor=executor, attempts=1))
    assert len(executor.jobs) == 1
    assert names(done, Rejected) == ["test_half"]


def test_the_same_code_is_not_run_twice() -> None:
    executor = FakeExecutor(SOURCE, {"test_bad": Run(Outcome.TIMEOUT)})
    generator = FakeGenerator({"f": [[proposal("test_bad", 1)], [proposal("test_bad", 1)]]})
    done = run(line([target("f", 1)], generator, executor=executor, attempts=2))
    assert len(executor.jobs) == 1
    assert names(done, Rejected) == ["test_bad", "test_bad"]


@pytest.mark.parametrize(
    ("slowest", "timeouts"),
    [
        pytest.param(0.01, [60, 5, 2, 5], id="quick ones"),
        pytest.param(0.5, [60, 10, 10, 10], id="slow ones"),
        pytest.param(9.0, [60, 60, 60, 60], id="never more than was asked for"),
    ],
)
def test_a_test_has_much_longer_than_the_slowest_and_less_where_one_did_not_end(
    slowest: float, timeouts: list[float]
) -> None:
    other = replace(target("g", 4), gap=replace(target("g", 4).gap, path=Path("/p/other.py")))
    executor = FakeExecutor(
        SOURCE,
        {
            "test_first": Run(Outcome.PASSED, {SOURCE: Reached(frozenset({1}))}, slowest),
            "test_spins": Run(Outcome.TIMEOUT),
        },
    )
    names = ["test_first", "test_spins", "test_third"]
    generator = FakeGenerator(
        {"f": [[proposal(name, n) for n, name in enumerate(names, 1)]], "g": [[proposal("test_other", 4)]]}
    )
    made = line([target("f", 1, 2, 3), other], generator, executor=executor, timeout=60, concurrency=1)
    files = {**made.before.files, other.gap.path: FileCoverage(other.gap.path, frozenset({4}), frozenset())}
    run(Line(made.plan, Coverage(files)))
    assert [job.timeout for job in executor.jobs] == timeouts


# ----------------------------------------------------------------------------------- the style of a module

SHOP = "def f(number):\n    return number\n"


def alike(*numbers: int) -> list[tuple[str, str]]:
    """Tests that differ in literals only."""
    head = "from shop import f\n\n\n"
    return [(f"test_f_of_{n}", f"{head}def test_f_of_{n}():\n    assert f({n}) == {n}\n") for n in numbers]


class Numbers(FakeExecutor):
    """Covers the line of each number that a test gives to ``f``, and notes each text that is run whole."""

    async def run(self, job: Job) -> Run:
        self.jobs.append(job)
        text = job.overlay[job.path]
        name = job.tests[0].rpartition("::")[2] if job.tests else ""
        body = text.partition(f"def {name}(")[2].partition("def ")[0]
        if name in (self._outcomes or {}) and "self" in body:
            return Run(Outcome.FAILED, detail="not as a method")
        found = frozenset(int(number) for number in re.findall(r"\bf\((\d+)\)", body))
        return Run(Outcome.PASSED, {SOURCE: Reached(found)}, 0.1)


def folded(
    judge: Callable[[Trial], bool], *, on_disk: str | None = None, **options: Any
) -> tuple[Line, list[Edit], ModuleCheck]:
    check = ModuleCheck("neighbours", judge)
    files = {SOURCE: SHOP, **({TESTS: on_disk} if on_disk else {})}
    generator = FakeGenerator({"f": [alike(1, 2, 3)]})
    made = line(
        [target("f", 1, 2, 3)],
        generator,
        executor=Numbers(SOURCE),
        on_disk=files,
        **{"checks": [gain, check], **options},
    )
    run(made)
    return made, list(asyncio.run(made.finish())), check


def told(line: Line) -> list[tuple[str, tuple[str, ...]]]:
    return [(v.candidate.name, v.trial.edit.tests) for v in line.verdicts if isinstance(v, Accepted)]


def test_tests_that_differ_in_literals_become_one_table_and_are_judged_as_that() -> None:
    done, (edit,), check = folded(lambda trial: False)
    assert told(done) == [(f"test_f_of_{n}", (f"test_f[{n}-{n}]",)) for n in (1, 2, 3)]
    assert edit.tests == ("test_f[1-1]", "test_f[2-2]", "test_f[3-3]")
    assert edit.after.count("# aigen: shop:f") == 1
    assert '("number", "expected")' in edit.after
    assert len(check.asked) == 1


def test_a_table_that_fails_is_taken_apart_again() -> None:
    done, (edit,), _ = folded(lambda trial: "parametrize" in trial.edit.after)
    assert edit.tests == ("test_f_of_1", "test_f_of_2", "test_f_of_3")
    assert [tests for _, tests in told(done)] == [(f"test_f_of_{n}",) for n in (1, 2, 3)]
    assert "parametrize" not in edit.after


def test_a_table_is_not_made_where_nothing_would_run_it() -> None:
    _, (edit,), check = folded(lambda trial: False, checks=[gain])
    assert "parametrize" not in edit.after
    assert check.asked == []


IN_A_CASE = """\
import unittest

from shop import f


class TestF(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual(f(0), 0)
"""


def test_in_a_test_case_there_is_no_table() -> None:
    _, (edit,), check = folded(lambda trial: False, on_disk=IN_A_CASE)
    assert edit.tests == ("TestF::test_f_of_1", "TestF::test_f_of_2", "TestF::test_f_of_3")
    assert "self.assertEqual(f(3), 3)" in edit.after
    assert len(check.asked) == 1


def test_what_fails_as_a_method_is_run_as_it_was_written() -> None:
    generator = FakeGenerator({"f": [alike(1, 2)]})
    executor = Numbers(SOURCE, {"test_f_of_2": Run(Outcome.FAILED)})
    made = line([target("f", 1, 2)], generator, executor=executor, on_disk={TESTS: IN_A_CASE})
    done = run(made)
    (edit,) = asyncio.run(done.finish())
    assert edit.tests == ("TestF::test_f_of_1", "test_f_of_2")
    assert [job.tests for job in executor.jobs] == [
        ("TestF::test_f_of_1",),
        ("TestF::test_f_of_2",),
        ("test_f_of_2",),
    ]


def test_what_its_module_fails_with_as_a_method_is_judged_as_it_was_written() -> None:
    done, (edit,), _ = folded(lambda trial: "f(2), 2)" in trial.edit.after, on_disk=IN_A_CASE)
    assert set(edit.tests) == {"TestF::test_f_of_1", "test_f_of_2", "TestF::test_f_of_3"}
    assert names(done, Rejected) == []


@pytest.mark.parametrize("comment", [True, False])
def test_the_comment_is_a_setting(comment: bool) -> None:
    _, (edit,), _ = folded(lambda trial: False, comment=comment)
    assert ("# aigen: shop:f" in edit.after) is comment


@pytest.mark.parametrize(
    ("passes", "expected"),
    [pytest.param(True, "# tidy\n", id="passes"), pytest.param(False, "", id="fails-in-that-form")],
)
def test_a_module_is_formatted_and_run_so(passes: bool, expected: str) -> None:
    """What is written has been run: the formatter's text, or, where that fails, the text that passed before."""
    seen: list[str] = []

    def refuses(trial: Trial) -> bool:
        seen.append(trial.edit.after)
        return not passes and trial.edit.after.startswith("# tidy\n")

    ran = run(
        line(
            [target("f", 1), target("g", 2)],
            FakeGenerator({"f": [[proposal("test_f", 1)]], "g": [[proposal("test_g", 2)]]}),
            checks=[gain, ModuleCheck("neighbours", refuses)],
            format=lambda path, before, after: f"# tidy\n{after}",
        )
    )
    (edit,) = asyncio.run(ran.finish())
    assert edit.after == expected + seen[0]
    assert seen == [seen[0], f"# tidy\n{seen[0]}"]
    assert edit.tests == ("test_f", "test_g")
    assert names(ran, Accepted) == ["test_f", "test_g"]


# ------------------------------------------------------------------------------ files that change meanwhile


def changing(disk: dict[Path, str], **options: Any) -> Line:
    """A line that has accepted two tests for a module that is on disk."""
    disk[TESTS] = "def test_old():\n    pass\n"
    generator = FakeGenerator({"f": [[proposal("test_a", 1), proposal("test_b", 2)]]})
    return run(line([target("f", 1, 2)], generator, on_disk=disk, **options))


def test_an_edit_is_made_from_one_text() -> None:
    """What changes between two looks at the file is not undone: the edit says from which text it was made."""
    disk: dict[Path, str] = {}

    def changes(trial: Any) -> bool:
        disk[TESTS] = "# changed\n" + disk[TESTS]
        return False

    done = changing(disk, checks=[gain, ModuleCheck("module", changes)])
    before = disk[TESTS]
    (edit,) = asyncio.run(done.finish())
    assert disk[TESTS] != before
    assert edit.before == before
    assert edit.after.count("# changed") == before.count("# changed")


def test_what_changed_is_joined_and_judged_again() -> None:
    disk: dict[Path, str] = {}
    module = ModuleCheck("module", lambda trial: False)
    done = changing(disk, checks=[gain, module])
    asyncio.run(done.finish())
    asked = len(module.asked)
    disk[TESTS] = "# changed\n" + disk[TESTS]
    (edit,) = asyncio.run(done.finish([TESTS]))
    assert edit.before == disk[TESTS]
    assert edit.after.startswith("# changed\n")
    assert sorted(edit.tests) == ["test_a", "test_b"]
    assert len(module.asked) == asked + 1
    assert names(done, Accepted) == ["test_a", "test_b"]
    assert asyncio.run(done.finish([TESTS.with_name("test_other.py")])) == ()


def test_what_the_changed_module_refuses_is_refused() -> None:
    disk: dict[Path, str] = {}
    module = ModuleCheck(
        "module", lambda trial: "# changed" in trial.edit.after and "test_a" in trial.edit.tests
    )
    done = changing(disk, checks=[gain, module])
    asyncio.run(done.finish())
    disk[TESTS] = "# changed\n" + disk[TESTS]
    (edit,) = asyncio.run(done.finish([TESTS]))
    assert edit.tests == ("test_b",)
    assert reasons(done) == {"test_a": "module"}


@pytest.mark.parametrize("now", ["def half(", None], ids=["does-not-parse", "removed"])
def test_a_module_that_cannot_take_the_tests_any_more_loses_none(now: str | None) -> None:
    disk: dict[Path, str] = {}
    done = changing(disk)
    before = disk.pop(TESTS)
    if now is not None:
        disk[TESTS] = now
    (edit,) = asyncio.run(done.finish())
    assert edit.before == before
    assert sorted(edit.tests) == ["test_a", "test_b"]


class Searching(FakeExecutor):
    """Fails where the text of the test module holds this."""

    def __init__(self, source: Path, *, refuses: str) -> None:
        super().__init__(source)
        self._refuses = refuses

    async def run(self, job: Job) -> Run:
        run = await super().run(job)
        return replace(run, outcome=Outcome.FAILED) if self._refuses in job.overlay[job.path] else run


@pytest.mark.parametrize(
    ("refuses", "written", "runs"),
    [
        pytest.param("no such text", 'match="^gone$"', 1, id="it passes with the whole message"),
        pytest.param("^gone$", "match='gone'", 2, id="it passes as it was proposed only"),
    ],
)
def test_a_whole_message(tmp_path: Path, refuses: str, written: str, runs: int) -> None:
    source = tmp_path / "shop.py"
    source.write_text("def f():\n    raise OSError('gone')\n")
    code = "def test_f():\n    # covers 2\n    with raises(OSError, match='gone'):\n        f()\n"
    wanted = Target(Gap(source, "f", 1, 2, frozenset({2})), "shop", tmp_path / "test_shop.py")
    executor = Searching(source, refuses=refuses)
    made = line([wanted], FakeGenerator({"f": [[("test_f", code)]]}), executor=executor)
    made.books.coverage = made.books.before = Coverage(
        {source: FileCoverage(source, frozenset({2}), frozenset())}
    )
    (edit,) = asyncio.run(run(made).finish())
    assert written in edit.after
    assert len(executor.jobs) == runs
