from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import itertools
import pathlib
import sys
import types
import uuid
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Observation
from pytest_aigen.watching import Inexpressible, Watch, observation, written


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
    norm: float = dataclasses.field(init=False, default=0.0)


class Money:
    def __init__(self, amount: int, unit: str = "EUR") -> None:
        self.amount, self.unit = amount, unit

    def __repr__(self) -> str:
        raise RuntimeError("nobody asked")


class Closed:
    def __init__(self, secret: int) -> None:
        self.kept = secret


class Slotted:
    __slots__ = ()


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 1.5, "text", b"raw", [1, "a"], (), (1,), (1, 2), {1, 2}, set(), frozenset(), frozenset({1}), {"a": [1]},
        datetime.datetime(2024, 1, 15, tzinfo=datetime.timezone.utc), datetime.timedelta(days=1), decimal.Decimal("1.50"),
        fractions.Fraction(1, 2), uuid.UUID(int=7), pathlib.PurePosixPath("a/b"), Color.RED, Point(1, 2), Pair(1, "b"), int,
    ],
    ids=repr,
)  # fmt: skip
def test_values_are_written_as_what_makes_them(value: Any) -> None:
    made = eval(written(value))
    assert made == value
    assert type(made) is type(value)


def test_objects_are_written_without_a_call_of_their_own_code() -> None:
    assert written(Money(3)) == "Money(amount=3, unit='EUR')"


def _nested() -> list[Any]:
    found: list[Any] = []
    for _ in range(9):
        found = [found]
    return found


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 500, id="long text"),
        pytest.param(1 << 1000, id="huge number"),
        pytest.param(list(range(100)), id="many items"),
        pytest.param(_nested(), id="deep"),
        pytest.param(["x" * 90] * 5, id="long in all"),
        pytest.param(Closed(1), id="kept under another name"),
        pytest.param(Slotted(), id="no attributes"),
        pytest.param(object(), id="a bare object"),
        pytest.param(lambda: 1, id="a function"),
        pytest.param(iter([]), id="an iterator"),
    ],
)
def test_what_nobody_can_write(value: Any) -> None:
    with pytest.raises(Inexpressible):
        written(value)


def _plain(text: str, /, times: int = 2, *, sep: str = "-") -> None: ...
def _open(text: str, **options: int) -> None: ...
def _star(*texts: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "values", "text"),
    [
        (_plain, {"text": "a", "times": 3, "sep": "+"}, "_plain(text='a', times=3, sep='+')"),
        (_open, {"text": "a", "options": {"width": 2}}, "_open(text='a', width=2)"),
        (_star, {"texts": ()}, "_star()"),
    ],
)
def test_calls_are_written(function: types.FunctionType, values: dict[str, Any], text: str) -> None:
    assert observation(function.__code__, values).text == text


def test_no_name_for_more_arguments() -> None:
    with pytest.raises(Inexpressible, match="more arguments than names"):
        observation(_star.__code__, {"texts": ("a",)})


needs_monitoring = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
before_monitoring = pytest.mark.skipif(sys.version_info >= (3, 12), reason="sys.monitoring is there")

_CODE = """
class Account:
    def __init__(self, owner, balance=0):
        self.owner, self.balance = owner, balance

    def pay(self, amount):
        self.balance += amount
        return self.balance

    @classmethod
    def empty(cls, owner):
        return cls(owner)

def parse(text):
    return [inner(part) for part in text.split(",")]

def inner(part):
    return (lambda value: value)(part)

def nothing():
    return 1

def count(number):
    while number:
        number -= 1
        yield number
"""


def _module(path: Path) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_CODE)
    names: dict[str, Any] = {}
    exec(compile(_CODE, str(path), "exec"), names)
    return names


def _watch(folder: Path) -> Watch:
    """One that has begun, long ago."""
    watch = Watch(folder, clock=itertools.count(0, 1000).__next__)
    watch.start()
    return watch


def test_calls_of_the_suite_are_noted(tmp_path: Path) -> None:
    names = _module(tmp_path / "bank.py")
    watch = _watch(tmp_path)
    with watch.test():
        names["parse"]("a,b")
        names["parse"]("a,b")
        names["Account"]("Ann").pay(amount=5)
        names["Account"].empty("Bob")
        names["nothing"]()
        assert list(names["count"](2)) == [1, 0]
    found = watch.stop()
    with watch.test():
        pass
    names["parse"]("after the end")
    assert [one.text for one in found] == [
        "Account(owner='Ann', balance=0)", "Account(owner='Bob', balance=0)", "Account(owner='Ann', balance=0).pay(amount=5)",
        "Account.empty(owner='Bob')", "parse(text='a,b')", "inner(part='a')", "inner(part='b')", "count(number=2)",
    ]  # fmt: skip
    assert {one.path for one in found} == {tmp_path / "bank.py"}
    assert watch.stop() == found


@pytest.mark.parametrize("name", ["test_bank.py", "bank_test.py", "conftest.py", "site-packages/bank.py"])
def test_tests_and_libraries_are_not_watched(name: str, tmp_path: Path) -> None:
    names = _module(tmp_path / name)
    watch = _watch(tmp_path)
    with watch.test():
        names["parse"]("a")
    assert watch.stop() == ()


def test_functions_of_the_same_text_in_two_files_are_two(tmp_path: Path) -> None:
    one, two, test = (_module(tmp_path / name) for name in ("one.py", "two.py", "test_one.py"))
    watch = _watch(tmp_path)
    with watch.test():
        for names, number in ((one, 1), (two, 2), (test, 3)):
            names["inner"](number)
    assert [(found.path.name, found.text) for found in watch.stop()] == [
        ("one.py", "inner(part=1)"),
        ("two.py", "inner(part=2)"),
    ]


def test_a_few_calls_of_each_function_are_enough(tmp_path: Path) -> None:
    names = _module(tmp_path / "bank.py")
    watch = _watch(tmp_path)
    with watch.test():
        for number in range(1000):
            names["inner"](number)
    assert [one.text for one in watch.stop()] == [f"inner(part={number})" for number in range(6)]


class Touchy:
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise RuntimeError("nobody asked")


@pytest.mark.parametrize("removed", ["_getframe", "getprofile", "setprofile"])
def test_nothing_is_raised_in_the_users_tests(
    removed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = _module(tmp_path / "bank.py")
    watch = _watch(tmp_path)
    with monkeypatch.context() as patched, watch.test():
        patched.delattr(sys, removed)
        assert names["inner"](touchy := Touchy()) is touchy
        assert names["parse"]("a") == ["a"]
    assert "parse(text='a')" in [one.text for one in watch.stop()]


@before_monitoring
def test_looks_are_few_where_each_costs(tmp_path: Path) -> None:
    """Some thousand in a test, and after the first no more than a share of the time since the beginning."""
    names = _module(tmp_path / "bank.py")
    now = iter((0.0, 0.001, 0.001, 1000.0))
    watch = Watch(tmp_path, clock=now.__next__)
    watch.start()
    with watch.test():
        names["inner"]("early")
        for _ in range(5000):
            names["nothing"]()
        assert sys.getprofile() is None
        names["inner"]("late")
    with watch.test():
        for _ in range(100):
            names["nothing"]()
        names["inner"]("too much")
    with watch.test():
        names["inner"]("much later")
    assert [one.text for one in watch.stop()] == ["inner(part='early')", "inner(part='much later')"]


@before_monitoring
def test_a_profiler_keeps_its_place(tmp_path: Path) -> None:
    """One that is at work already, and one that a test starts."""
    names, watch, seen = _module(tmp_path / "bank.py"), _watch(tmp_path), list[str]()

    def profiler(frame: types.FrameType, event: str, arg: object) -> None:
        seen.append(event)

    try:
        sys.setprofile(profiler)
        with watch.test():
            names["inner"]("a")
        assert sys.getprofile() is profiler
        sys.setprofile(None)
        with watch.test():
            sys.setprofile(profiler)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert watch.stop() == ()


@needs_monitoring
def test_all_places_for_tools_may_be_taken(tmp_path: Path) -> None:
    monitoring: Any = getattr(sys, "monitoring", None)
    taken = [number for number in (3, 4) if monitoring.get_tool(number) is None]
    for number in taken:
        monitoring.use_tool_id(number, "another")
    try:
        watch = Watch(tmp_path)
        watch.start()
        assert watch.stop() == ()
    finally:
        for number in taken:
            monitoring.free_tool_id(number)


class Monitoring:
    """Stands in for ``sys.monitoring``: tools in all places but one, and code that says itself that it starts."""

    DISABLE = object()
    events = types.SimpleNamespace(PY_START=1)

    def __init__(self, free: int | None) -> None:
        self.tools = {number: "another" for number in range(6) if number != free}
        self.asked: dict[int, int] = {}
        self.heard: Any = None

    def get_tool(self, place: int) -> str | None:
        return self.tools.get(place)

    def use_tool_id(self, place: int, name: str) -> None:
        self.tools[place] = name

    def free_tool_id(self, place: int) -> None:
        del self.tools[place]

    def set_events(self, place: int, events: int) -> None:
        self.asked[place] = events

    def register_callback(self, place: int, event: int, callback: Any) -> None:
        self.heard = callback


@pytest.mark.parametrize("free", [3, 4, None])
def test_python_itself_tells_of_calls(
    free: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool takes a free place and leaves it; what need not be looked at again is not told of any more."""
    monitoring = Monitoring(free)
    monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)
    before = dict(monitoring.tools)
    watch = Watch(tmp_path)
    watch.start()
    assert monitoring.asked == ({} if free is None else {free: 1})
    source = (
        "class Account:\n"
        "    def __init__(self, owner):\n        self.owner = owner\n        tell()\n"
        "    def pay(self, amount, **more): tell()\n"
        "def count(number, *, by=1): tell()\n"
        "def every(*numbers): tell()\n"
        "def plain(): tell()\n"
    )

    def load(name: str, before_it: str = "") -> dict[str, Any]:
        path, names = tmp_path / name, dict[str, Any]()
        path.write_text(before_it + source.replace("tell()", "told.append(starts(getframe().f_code, 0))"))
        exec(compile(path.read_text(), str(path), "exec"), names)
        names.update(told=[], starts=monitoring.heard or (lambda *_: None), getframe=sys._getframe)
        return names

    ours, tests = load("bank.py"), load("test_bank.py", "\n")
    ours["Account"]("Ann").pay(5, note="late")
    for number in range(9):
        ours["count"](number % 2)
    for number in range(4):
        ours["count"](number, by=2)
    ours["every"](1, 2)
    ours["plain"]()
    tests["count"](1)
    found = watch.stop()
    again = [told is not Monitoring.DISABLE for told in ours["told"]]
    assert monitoring.tools == before
    assert monitoring.heard is None
    if free is None:
        assert found == ()
        return
    assert monitoring.asked == {free: 0}
    assert [one.text for one in found] == [
        "Account(owner='Ann')", "Account(owner='Ann').pay(amount=5, note='late')",
        *("count(number=0, by=1)", "count(number=1, by=1)"), *(f"count(number={number}, by=2)" for number in range(4)),
    ]  # fmt: skip
    # Six different calls of a function are enough; one without arguments says nothing, nor does one in a test.
    assert again == [True] * 14 + [False, True, False]
    assert tests["told"] == [Monitoring.DISABLE]


def test_methods_are_written_on_what_makes_the_object() -> None:
    call = Observation(Path("a.py"), "Account.pay", 3, (("amount", "5"),), "Account(owner='Ann')")
    assert call.text == "Account(owner='Ann').pay(amount=5)"
