from __future__ import annotations

import ast
import asyncio
import enum
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import BoundArguments, Parameter, Signature
from pathlib import Path
from typing import Any, Literal, NamedTuple, Optional, Union

import pytest

from pytest_aigen.data import Context, Hurdle, Job, Obstacle, Outcome, Reached, Run, Target
from pytest_aigen.explore import effects, solver
from pytest_aigen.explore.calls import Param
from pytest_aigen.explore.finds import Trying
from pytest_aigen.explore.generator import Explore
from pytest_aigen.explore.objects import Module, Subject
from pytest_aigen.explore.recipes import Call, resolve
from pytest_aigen.explore.symbolic import calls, plain, signature_of
from pytest_aigen.explore.trace import Tracer, first_lines
from tests.explore.conftest import whole
from tests.explore.forks import Forks, Here

needs_solver = pytest.mark.skipif(not solver.installed(), reason="needs crosshair-tool")


@dataclass
class Point:
    x: int
    name: Optional[str] = None  # noqa: UP045
    cache: object = field(default=None, init=False)


@dataclass
class Holder:
    thing: object


class Color(enum.Enum):
    RED = 1


class Pair(NamedTuple):
    a: int
    b: int


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param(int, id="int"),
        pytest.param(bytes, id="bytes"),
        pytest.param(None, id="None"),
        pytest.param(Optional[str], id="Optional"),  # noqa: UP045
        pytest.param(int | None, id="bar"),
        pytest.param(Union[int, list[str]], id="Union"),  # noqa: UP007
        pytest.param(tuple[int, ...], id="tuple-of-any-length"),
        pytest.param(dict[str, set[int]], id="nested"),
        pytest.param(Literal["a", 1], id="Literal"),
        pytest.param(Point, id="dataclass"),
        pytest.param(list[Point], id="of-dataclasses"),
    ],
)
def test_a_solver_can_stand_for(hint: Any) -> None:
    assert plain(hint)


@pytest.mark.parametrize(
    "hint",
    [
        pytest.param(Parameter.empty, id="no-annotation"),
        pytest.param(Any, id="Any"),
        pytest.param(object, id="object"),
        pytest.param(complex, id="complex"),
        pytest.param(list, id="items-unknown"),
        pytest.param(dict[str, Any], id="values-unknown"),
        pytest.param(Callable[[], int], id="callable"),
        pytest.param(Color, id="enum"),
        pytest.param(Literal[Color.RED], id="enum-literal"),
        pytest.param(Pair, id="other-class"),
        pytest.param(Holder, id="field-unknown"),
        pytest.param(int | Callable[[], int], id="one-side-unknown"),
        pytest.param(list[list[list[list[list[int]]]]], id="too-deep"),
        pytest.param("int", id="not-looked-up"),
    ],
)
def test_a_solver_cannot_stand_for(hint: Any) -> None:
    assert not plain(hint)


def param(name: str, hint: Any, *, required: bool = True, form: Any = "either") -> Param:
    return Param(name, form, required, (1,), hint=hint)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param([param("a", int), param("b", str)], "(a: int, b: str)", id="all"),
        pytest.param([param("a", int), param("b", object)], None, id="needs-what-cannot-be-solved"),
        pytest.param([param("a", object, required=False)], None, id="nothing-to-solve"),
        pytest.param([], None, id="takes-nothing"),
        pytest.param(
            [param("a", int), param("b", object, required=False), param("c", int, required=False)],
            "(a: int, *, c: int)",
            id="by-keyword-after-what-stays-out",
        ),
        pytest.param(
            [param("a", object, required=False, form="positional"), param("b", int, form="positional")],
            None,
            id="positional-after-what-stays-out",
        ),
        pytest.param([param("a", int), param("more", int, form="star")], "(a: int)", id="spread"),
    ],
)
def test_signature_for_the_solver(params: Sequence[Param], expected: str | None) -> None:
    signature = signature_of(params)
    assert (signature if signature is None else str(signature)) == expected


CODE = """
from dataclasses import dataclass
from functools import lru_cache


def even(x: int) -> str:
    if x * (x + 1) % 2 == 1:
        return "never"
    return "none"


def squares(a: int, b: int) -> bool:
    if a > 50 and b > 50 and a * a + b * b == 12500:
        return True
    return False


@lru_cache
def hashed(n: int) -> str:
    if n > 0 and (n * 37 + 11) % 1009 == 500 and n % 8 == 3:
        return "hash"
    return "none"


def text(s: str) -> str:
    if len(s) == 6 and s[0] == s[-1] and (ord(s[1]) + ord(s[2]) * 3) % 127 == 5 and s.count("ab") == 1:
        return "yes"
    return "no"


def checksum(code: str) -> bool:
    if len(code) == 4 and code.isdigit():
        if (int(code[0]) * 7 + int(code[1]) * 3 + int(code[2])) % 11 == int(code[3]) and code[0] + code[2] == "94":
            return True
    return False


def total(items: list[int]) -> str:
    if len(items) == 3 and sum(items) == 777 and items[0] * 2 == items[1] and items[2] == items[0] + 1:
        return "exact"
    return "other"


def average(a: float, b: float) -> str:
    if (a + b) / 2 == 17.25 and a - b == 3.5:
        return "hit"
    return "miss"


@dataclass
class Point:
    x: int
    y: int


def far(point: Point) -> str:
    if point.x * 3 + point.y * 7 == 12345 and point.x - point.y == 5:
        return "there"
    return "elsewhere"


class Lock:
    def __init__(self, key: int) -> None:
        self.key = key

    def open(self, first: int, second: int) -> str:
        if first * 31 + second * 17 == self.key * 1000 + 35 and first > 20 and second > 0:
            return "open"
        return "shut"


def items(n: int, m: int):
    yield n
    if n * 7 + m * 3 == 5000 and n - m == 0:
        yield "both"


def untyped(a, b):
    if a * 3 + b == 1000 and a - b == 0:
        return "found"
    return "none"
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "solvable.py"
    path.write_text(CODE)
    resolve.cache_clear()
    yield path
    resolve.cache_clear()
    sys.modules.pop("solvable", None)


def fake(*inputs: Mapping[str, Any] | None, run_them: bool = False) -> solver.Paths:
    """Paths with these inputs, whatever the function."""

    def paths(
        run: Callable[[BoundArguments], Any], signature: Signature
    ) -> Iterator[Mapping[str, Any] | None]:
        for chosen in inputs:
            if run_them and chosen is not None:
                run(signature.bind(**chosen))
            yield chosen

    return paths


def found(
    path: Path, qualname: str, paths: solver.Paths, *, clock: Callable[[], float] = lambda: 0.0
) -> list[Call | Trying]:
    module = Module("solvable", path.read_text())
    subject = module.subject(qualname)
    assert isinstance(subject, Subject)
    tracer = Tracer(frozenset({str(path)}), first_lines(ast.parse(CODE)), effects.belt())
    goals = Reached(whole(path, qualname).lines)
    with tracer.quiet():
        return list(calls(subject, goals, tracer, paths, seconds=5.0, clock=clock))


def inputs_of(values: Sequence[Call | Trying]) -> list[tuple[Any, ...]]:
    return [tuple(arg.value for arg in value.args) for value in values if isinstance(value, Call)]


def test_what_reaches_nothing_more_is_left_out_and_the_last_goal_ends_it(code: Path) -> None:
    values = found(
        code,
        "squares",
        fake({"a": 1, "b": 1}, None, {"a": 2, "b": 1}, {"a": 76, "b": 82}, {"a": 82, "b": 76}),
    )
    assert inputs_of(values) == [(1, 1), (76, 82)]
    assert [value.index for value in values if isinstance(value, Trying)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("qualname", "inputs", "expected"),
    [
        pytest.param("hashed", {"n": 395}, (395,), id="cached"),
        pytest.param("Lock.open", {"first": 31, "second": 122}, (31, 122), id="method"),
        pytest.param("items", {"n": 500, "m": 500}, (500, 500), id="generator"),
    ],
)
def test_the_function_itself_is_run(code: Path, qualname: str, inputs: Any, expected: Any) -> None:
    assert inputs_of(found(code, qualname, fake(inputs, run_them=True))) == [expected]


def test_values_that_nobody_can_write_down_are_no_calls(code: Path) -> None:
    assert inputs_of(found(code, "text", fake({"s": "\ud800"}, {"s": object()}, {"s": "a"}))) == [("a",)]


def test_functions_with_other_types_are_not_for_the_solver(code: Path) -> None:
    assert found(code, "untyped", fake({"a": 1, "b": 1})) == []


def test_it_ends_with_its_time_and_with_paths_that_reach_nothing(code: Path) -> None:
    hopeless = [{"a": n, "b": 1} for n in range(100)]
    assert len(found(code, "squares", fake(*hopeless))) == 1 + 42
    moments = iter([0.0, 1.0, 6.0])
    assert len(found(code, "squares", fake(*hopeless), clock=lambda: next(moments))) == 2 + 1


def test_the_belt_is_off_after_a_solver_that_fails(code: Path) -> None:
    def broken(run: object, signature: object) -> Iterator[Mapping[str, Any] | None]:
        yield from ()
        raise RuntimeError("no model")

    with pytest.raises(RuntimeError, match="no model"):
        found(code, "squares", broken)
    assert not effects.belt().on


# as a part of the engine ------------------------------------------------------------------------------


class Answers:
    """An executor whose solver says what the test wants; searches are real, in a thread of this process."""

    def __init__(self, answer: Run) -> None:
        self.answer = answer
        self.jobs: list[Job] = []
        self._real = Here()

    async def run(self, job: Job) -> Run:
        assert job.probe is not None
        self.jobs.append(job)
        return self.answer if job.probe.function.endswith(":solve") else await self._real.run(job)

    async def aclose(self) -> None: ...


def texts(executor: Any, path: Path, qualname: str, **options: Any) -> tuple[str, Explore, Target]:
    gap = whole(path, qualname)
    target = Target(gap, "solvable", path.parent / "test_solvable.py")
    engine = Explore(executor, **options)

    async def gather() -> str:
        context = Context(target, gap, path.name, "", "", {})
        return "\n".join([candidate.code async for candidate in engine.propose(context, ())])

    return asyncio.run(gather()), engine, target


def asked(executor: Answers) -> list[str]:
    return [job.probe.function.partition(":")[2] for job in executor.jobs if job.probe is not None]


def test_the_solver_s_calls_are_traced_and_written_like_others(code: Path) -> None:
    solved = inputs_of(found(code, "squares", fake({"a": 76, "b": 82})))
    assert solved == [(76, 82)]
    executor = Answers(Run(Outcome.PASSED, value=tuple(found(code, "squares", fake({"a": 76, "b": 82})))))
    text, _, _ = texts(executor, code, "squares", solves=True)
    assert "assert squares(76, 82) is True" in text
    assert "is False" in text
    assert asked(executor)[:3] == ["explore", "solve", "explore"]
    assert [job.probe.first for job in executor.jobs if job.probe][:2] == ["", solver.LOAD]


@pytest.mark.parametrize(
    ("qualname", "options"),
    [
        pytest.param("squares", {"solves": False}, id="not-installed"),
        pytest.param("squares", {"solves": True, "search_time": 0.01}, id="no-time-left"),
        pytest.param("Lock.__init__", {"solves": True}, id="nothing-left"),
    ],
)
def test_the_solver_is_not_asked(code: Path, qualname: str, options: Any) -> None:
    executor = Answers(Run(Outcome.PASSED))
    texts(executor, code, qualname, **options)
    assert "solve" not in asked(executor)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(Run(Outcome.TIMEOUT), "CrossHair was no help: timeout", id="hang"),
        pytest.param(Run(Outcome.CRASHED, value=()), "CrossHair was no help: crashed", id="crash"),
        pytest.param(
            Run(Outcome.ERROR, detail="Z3Exception: out of memory\n  File"),
            "CrossHair was no help: Z3Exception: out of memory",
            id="error",
        ),
        pytest.param(Run(Outcome.PASSED, value=()), "", id="nothing-found"),
    ],
)
def test_a_solver_that_fails_costs_a_note(code: Path, answer: Run, said: str) -> None:
    text, engine, target = texts(Answers(answer), code, "squares", solves=True)
    assert "is False" in text
    assert engine.obstacles[target] == Obstacle(Hurdle.UNREACHED, said)


# with the solver --------------------------------------------------------------------------------------


@needs_solver
@pytest.mark.slow
@pytest.mark.parametrize(
    ("qualname", "written"),
    [
        pytest.param("squares", "is True", id="two-variables"),
        pytest.param("hashed", '== "hash"', id="modulo"),
        pytest.param("checksum", "is True", id="check-digit"),
        pytest.param("total", '== "exact"', id="list"),
        pytest.param("average", '== "hit"', id="floats"),
        pytest.param("text", '== "yes"', id="text"),
        pytest.param("far", '== "there"', id="dataclass"),
        pytest.param("Lock.open", '== "open"', id="method"),
        pytest.param("items", '"both"', id="generator"),
    ],
)
def test_crosshair_reaches_what_the_search_does_not(code: Path, qualname: str, written: str) -> None:
    sys_path = (str(code.parent),)
    without, _, _ = texts(LoadingForks(sys_path), code, qualname)
    reached, _, _ = texts(LoadingForks(sys_path), code, qualname, solves=True)
    again, _, _ = texts(LoadingForks(sys_path), code, qualname, solves=True)
    assert written not in without
    assert written in reached
    assert again == reached


@needs_solver
@pytest.mark.slow
@pytest.mark.parametrize("qualname", ["even", "untyped"])
def test_crosshair_gives_up_on(code: Path, qualname: str) -> None:
    _, engine, target = texts(LoadingForks((str(code.parent),)), code, qualname, solves=True)
    assert engine.obstacles[target] == Obstacle(Hurdle.UNREACHED)


class LoadingForks(Forks):
    """Forks that call the first function of a probe as executors do: before everything else."""

    def _child(self, probe: Any, writer: int) -> None:
        if probe.first:
            name, _, function = probe.first.partition(":")
            getattr(importlib.import_module(name), function)()
        super()._child(probe, writer)
