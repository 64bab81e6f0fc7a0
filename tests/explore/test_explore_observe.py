from __future__ import annotations

import collections
import datetime
import functools
import numbers
import os
import platform
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from pytest_aigen.explore import effects
from pytest_aigen.explore.consequences import answered
from pytest_aigen.explore.looks import looks_at, parts_of, plain_value
from pytest_aigen.explore.observe import Like, Made, Project, Returned, outcome
from pytest_aigen.explore.recipes import Arg, Call, Member, New, Ref, Subclass, build, resolve
from pytest_aigen.explore.record import Inexpressible, record
from pytest_aigen.explore.state import Snapshot
from pytest_aigen.explore.trace import Traced, Tracer, first_lines


class Color(Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: list[int]


class Pair(NamedTuple):
    left: str
    right: Any


class Plain:
    def __init__(self) -> None:
        self.name = "n"
        self._hidden = 1
        self.function = len
        self.thing = object()

    @property
    def broken(self) -> int:
        raise RuntimeError


class Loud(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        None, True, 1, 1.5, 2j, "a", b"a", [1, [2]], (1,), {"a": {1}}, frozenset({1}), Color.RED, Point(1, [2]),
        Pair("a", Color.RED), Decimal("1.50"), Fraction(1, 3), PurePosixPath("a"), Path("b/c"), range(3),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6), datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
        datetime.date(2020, 1, 2), datetime.time(3, 4), datetime.timedelta(1, 2, 3), uuid.UUID(int=5), Point, len,
        collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1]), bytearray(b"x"), float("inf"),
    ],
    ids=repr,
)  # fmt: skip
def test_record_is_the_inverse_of_build(value: Any) -> None:
    again = build(record(value))
    assert again == value
    assert type(again) is type(value)


def local() -> type:
    class Local:
        pass

    return Local


def itself() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    "value",
    [
        object(), Plain(), local(), Loud("x"), itself(), [float("nan")], "x" * 1000, list(range(100)), lambda: 1,
        repr(object()), f"{tempfile.gettempdir()}/x", os.getcwd(), time.time(), int(time.time() * 1000),
        datetime.datetime.now(), datetime.date.today(), datetime.date.today().isoformat(), 10**90, "\ud800",
        datetime.time(1, tzinfo=datetime.timezone(datetime.timedelta(1 / 24))), iter([]), threading.Lock(),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_be_written_down(value: Any) -> None:
    with pytest.raises(Inexpressible):
        record(value)


class Unshown:
    """Has no text."""

    def __repr__(self) -> str:
        raise AttributeError("not yet")


def test_an_object_whose_text_fails_cannot_be_written_down() -> None:
    with pytest.raises(Inexpressible):
        record(Unshown())


def test_looks_are_the_public_attributes() -> None:
    assert list(looks_at(Plain())) == [("{0}.name", "n")]


def test_looks_into_containers() -> None:
    class Bag:
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Any:
            return iter([1, 2])

    assert list(looks_at(Bag())) == [("len({0})", 2), ("list({0})", [1, 2])]
    assert list(looks_at(collections.UserDict({"a": 1}))) == [("{0}.data", {"a": 1}), ("list({0})", ["a"])]


CODE = """
import sys
TABLE = {"a": 1}
COUNT = 0

def deliberate(x):
    if x > 1:
        raise ValueError(
            "large"
        )
    raise KeyError(x.missing)

def leaves():
    sys.exit(2)

def accident():
    return [][1]

def changes():
    global COUNT
    COUNT += 1
    TABLE["b"] = 2

def loops(x):
    while x:
        pass

def long(
    x,
):
    return (x +
        1)

def adds(x):
    return sum(range(10**x))

def halts(x):
    import signal
    signal.raise_signal(signal.SIGSTOP)
    return x

def sleeps(x):
    import time
    time.sleep(x)
    return x

def waits(event, joins):
    import threading
    thread = threading.Thread(target=event.wait)
    thread.start()
    if joins:
        event.set()
        thread.join()
    return 1
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "observed.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    resolve.cache_clear()
    import observed  # type: ignore[import-not-found]

    yield observed
    del sys.modules["observed"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda m: m.deliberate(2), True),
        (lambda m: m.deliberate(1), False),
        (lambda m: m.deliberate("a"), False),
        (lambda m: m.leaves(), True),
        (lambda m: m.accident(), False),
    ],
    ids=["raised", "an accident within raise", "an accident before raise", "exit", "an accident"],
)
def test_on_purpose(module: Any, call: Any, expected: bool) -> None:
    with pytest.raises((Exception, SystemExit)) as caught:
        call(module)
    assert Project("observed", Path(module.__file__)).on_purpose(caught.value) is expected


def test_on_purpose_is_the_projects_own(module: Any) -> None:
    with pytest.raises(ValueError, match="large") as caught:
        module.deliberate(2)
    assert not Project("other.package", Path("/elsewhere/other/package.py")).on_purpose(caught.value)


def test_the_module_is_put_back(module: Any) -> None:
    snapshot = Snapshot(module)
    table = module.TABLE
    module.changes()
    snapshot.restore()
    assert module.COUNT == 0
    assert module.TABLE is table
    assert table == {"a": 1}


class Unequal:
    """As a partial function: a copy is another one."""


class Refuses:
    """As an array: there is no yes or no to equality."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "item", [functools.partial(len), Unequal(), Refuses()], ids=["partial", "object", "array"]
)
@pytest.mark.parametrize("make", [lambda item: [item], lambda item: {"a": (item, 1)}], ids=["list", "dict"])
def test_a_table_of_what_has_no_equal_copy(item: object, make: Callable[[object], Any]) -> None:
    """It is not taken for changed all the time, and what is done to the table itself is undone."""
    module = ModuleType("tables")
    table = module.__dict__["table"] = make(item)
    snapshot = Snapshot(module)
    assert snapshot.changed() == []
    table.clear()
    assert [name for _, name, _, _ in snapshot.changed()] == ["table"]
    snapshot.restore()
    kept = table[0] if isinstance(table, list) else table["a"][0]
    assert kept is item
    assert snapshot.changed() == []


def tracer(module: Any, **limits: Any) -> Tracer:
    import ast

    return Tracer(frozenset({module.__file__}), first_lines(ast.parse(CODE)), effects.belt(), **limits)


def call(name: str, *values: Any) -> Call:
    return Call(
        "function", Ref("observed", name), tuple(Arg(f"a{i}", value) for i, value in enumerate(values))
    )


def test_statements_over_several_lines_count_once(module: Any) -> None:
    trace = tracer(module)
    with trace.quiet():
        assert trace.run(call("deliberate", 2)).lines == {7, 8}
        assert trace.run(call("long", 2)).lines == {31}


def test_endless_loops_end(module: Any) -> None:
    trace = tracer(module, steps=500)
    with trace.quiet():
        assert trace.run(call("loops", 1)).spoiled == "TooLong"
        assert trace.run(call("loops", 0)).spoiled == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(("power", "ended_by"), [(1, 0), (9, signal.SIGPROF)], ids=["short", "long"])
def test_compiled_code_that_heeds_no_alarm_ends_the_process(module: Any, power: int, ended_by: int) -> None:
    pid = os.fork()
    if not pid:
        try:
            trace = tracer(module, deaf=0.2)
            with trace.quiet():
                trace.run(call("adds", power))
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == ended_by


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(("name", "spoiled"), [("halts", ""), ("sleeps", "TooLong")])
def test_time_in_which_the_process_was_halted_is_not_the_calls(module: Any, name: str, spoiled: str) -> None:
    pid = os.fork()
    if not pid:
        try:
            trace = tracer(module, seconds=0.05, idle=0.2)
            with trace.quiet():
                os._exit(0 if trace.run(call(name, 5)).spoiled == spoiled else 1)
        finally:
            os._exit(2)
    status = os.waitpid(pid, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        time.sleep(0.5)
        os.kill(pid, signal.SIGCONT)
        status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == 0


def test_setup_that_fails_is_no_result(module: Any) -> None:
    trace = tracer(module)
    with trace.quiet():
        assert trace.run(call("long", New(Ref("builtins", "int"), ("x",)))).spoiled == "SetupFailed"


def test_a_call_that_leaves_a_thread_at_work_is_no_test(module: Any) -> None:
    trace = tracer(module)
    made = New(Ref("threading", "Event"))
    with trace.quiet():
        assert trace.run(call("waits", made, True)).spoiled == ""
        left = trace.run(call("waits", made, False))
    assert left.spoiled == "Threads"
    assert left.prepared is not None
    left.prepared.positional[0].set()


def test_streams_and_trace_function_come_back(module: Any) -> None:
    before = sys.stdout, sys.stdin, sys.gettrace(), sys.argv
    trace = tracer(module)
    with trace.quiet():
        trace.run(call("long", 1))
    assert (sys.stdout, sys.stdin, sys.gettrace(), sys.argv) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda path: path.write_text("x"),
        lambda path: path.mkdir(),
        lambda path: os.system("true"),
        lambda path: os.remove(path),
        lambda path: __import__("shutil").rmtree(path),
        lambda path: __import__("socket").create_connection(("localhost", 9)),
        lambda path: __import__("subprocess").run(["true"]),
    ],
    ids=["write", "mkdir", "system", "remove", "rmtree", "connect", "subprocess"],
)
def test_the_belt_refuses(act: Any, tmp_path: Path) -> None:
    belt = effects.belt()
    belt.refused, belt.on = "", True
    try:
        with pytest.raises(effects.Blocked):
            act(tmp_path / "new")
    finally:
        belt.on = False
    assert belt.refused
    assert not (tmp_path / "new").exists()


def test_the_belt_lets_reading_through(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    belt = effects.belt()
    belt.refused, belt.on = "", True
    try:
        assert (tmp_path / "file").read_text() == "x"
        with open(os.devnull, "w") as file:
            file.write("x")
    finally:
        belt.on = False
    assert not belt.refused


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (lambda: time.time(), {"clock"}),
        (lambda: datetime.date.today(), {"clock"}),
        (lambda: __import__("random").random(), {"chance"}),
        (lambda: (time.time(), os.getpid()), {"clock", "chance"}),
        (lambda: sorted([2, 1]), set()),
        (lambda: 1 / 0, set()),
        (lambda: time.perf_counter(), {"clock"}),
        (lambda: threading.Event().wait(0.001), set()),
    ],
    ids=["clock", "today", "chance", "both", "pure", "raises", "stopwatch", "waits"],
)
def test_unsteady(run: Any, expected: set[str]) -> None:
    assert effects.unsteady(run) == expected


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"<Signal at {id(CODE):#x}; 'a'>", Like(("<Signal at ", "; 'a'>"))),
        (repr(object()), None),
        (hex(id(CODE)), None),
    ],
    ids=["an address in a text", "no more than Python says of any object", "an address alone"],
)
def test_of_a_text_with_an_address_the_rest_is_seen(text: str, seen: Like | None) -> None:
    traced, project = Traced(set(), result=text), Project("m", Path("m.py"))
    if seen is not None:
        assert outcome(traced, project) == seen
    else:
        with pytest.raises(Inexpressible):
            outcome(traced, project)


def test_looks_take_all_items_or_none() -> None:
    class Wide:
        def __len__(self) -> int:
            return 25

        def __iter__(self) -> Any:
            return iter(range(25))

    assert list(looks_at(Wide())) == [("len({0})", 25)]


def test_objects_that_only_have_a_text() -> None:
    class Sku:
        __slots__ = ("_parts",)

        def __init__(self) -> None:
            self._parts = object()

        def __str__(self) -> str:
            return "SH-1"

    assert list(looks_at(Sku())) == [("str({0})", "SH-1")]


def test_private_attributes_only_where_there_are_no_others() -> None:
    class Hidden:
        def __init__(self) -> None:
            self._size = 2

    assert list(looks_at(Hidden())) == [("{0}._size", 2)]


class Number(int):
    """As those of tomlkit."""

    def __init__(self, value: int, sign: str = "+") -> None:
        self.sign = sign


class Word(str):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_number_of_a_class_of_its_own_is_that_number_first() -> None:
    made = outcome(Traced(set(), result=Number(24_003)), Project("shop", Path("shop.py")))
    assert isinstance(made, Made)
    assert made.looks[:2] == (("{0}", 24_003), ("{0}.sign", "+"))
    assert plain_value(Number(3)) == [("{0}", 3)]
    assert plain_value(Word("a")) == [], "it equals no plain text"
    assert plain_value([1]) == []


def test_what_every_number_has_is_nothing_to_look_at() -> None:
    kind: Any = type("Ratio", (numbers.Rational,), {})
    kind.__abstractmethods__ = frozenset()
    ratio = kind()
    ratio.size = 2
    assert ratio.imag == 0
    assert list(looks_at(ratio)) == [("{0}.size", 2)]


class Priced:
    def __init__(self, amount: float, currency: str = "EUR") -> None:
        self.amount, self.currency = amount, currency

    def __repr__(self) -> str:
        return f"Priced({self.amount!r}, currency={self.currency!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)

    __hash__ = None  # type: ignore[assignment]


class Hidden(Priced):
    def __repr__(self) -> str:
        return f"<Hidden {self.amount}>"


def test_an_object_is_recorded_by_the_call_that_its_repr_shows() -> None:
    assert record(Priced(2.5)) == New(Ref(__name__, "Priced"), (2.5,))
    assert record(Priced(2.5, "USD")) == New(Ref(__name__, "Priced"), (2.5,), (("currency", "USD"),))
    with pytest.raises(Inexpressible):
        record(Hidden(2.5))


class Plug:
    """Says nothing of itself."""


@pytest.mark.parametrize(
    ("value", "looks"),
    [
        ([ValueError("a"), ValueError("b")], [("[str(item) for item in {0}]", ["a", "b"])]),
        ({"a": ValueError("b")}, [("list({0})", ["a"]), ("str({0}['a'])", "b")]),
        ((1, Plug()), [("len({0})", 2), ("{0}[0]", 1), ("type({0}[1])", Ref(__name__, "Plug"))]),
        ({Plug: ValueError("b")}, []),
        ([], []),
    ],
    ids=["alike", "by key", "mixed", "keys that do not read", "empty"],
)  # fmt: skip
def test_what_there_is_to_see_of_objects_in_containers(value: Any, looks: Any) -> None:
    assert parts_of(value) == looks


def reader(answer: str) -> New:
    """An object of a class that is written for a call."""
    return New(Subclass(Ref("shop", "Reader"), (Member("read", "method", "self", answer),)))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(1, True, id="plain"),
        pytest.param(New(Ref("shop", "Reader")), True, id="an-object-of-the-project"),
        pytest.param(reader("1"), True, id="a-class-that-is-written"),
        pytest.param(reader("None"), False, id="a-class-that-is-written-and-answers-none"),
    ],
)
def test_where_none_says_something(value: object, says: bool) -> None:
    call = Call("function", Ref("shop", "load"), (Arg("reader", value),))
    assert answered(call, Traced(set()), answers=True) is says


@pytest.mark.parametrize(
    ("message", "own"),
    [
        pytest.param("old is deprecated, use new", True, id="its-words"),
        pytest.param("The 'size' attribute is deprecated, use new", True, id="a-name-comes-first"),
        pytest.param("The 'size'", False, id="hardly-any-words"),
        pytest.param("datetime.utcnow() is no longer there", False, id="of-another-module"),
    ],
)
def test_whose_warning_it_is(tmp_path: Path, message: str, own: bool) -> None:
    path = tmp_path / "shop.py"
    path.write_text(
        """warnings.warn(f"The {name!r} attribute is deprecated, use new"); 'old is deprecated'"""
    )
    assert Project("shop", path).warns(message) is own


@pytest.fixture
def shop_of_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 2.2.0 of it is installed."""
    about = tmp_path / "shop_of_the_day-2.2.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-of-the-day\nVersion: 2.2.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("shop_of_the_day")
def test_the_version_of_the_day_is_nothing_to_assert(tmp_path: Path) -> None:
    project = Project("shop_of_the_day.about", tmp_path / "shop_of_the_day/about.py")
    with pytest.raises(Inexpressible, match="release"):
        outcome(Traced(set(), result="2.2.0"), project)
    assert outcome(Traced(set(), result="2.2.1"), project) == Returned("2.2.1", "plain")
    assert Project("no_such_distribution", tmp_path / "no_such_distribution.py").version == ""


@pytest.mark.usefixtures("shop_of_the_day")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("my-shop_of_the_day/2.2.0", True, id="user-agent"),
        pytest.param("Shop-of-the-day v2.2.0 is open", True, id="sentence"),
        pytest.param(f"Server/1.0 Python/{platform.python_version()}", True, id="python"),
        pytest.param("shop_of_the_day/2.2.1", False, id="another-version"),
        pytest.param("no-such-distribution/2.2.0", False, id="of-nothing-that-is-installed"),
        pytest.param("2.2.0", False, id="without-a-name"),
    ],
)
def test_a_text_that_names_a_release_is_nothing_to_assert(text: str, names: bool) -> None:
    if names:
        with pytest.raises(Inexpressible, match="release"):
            record({"server": text})
    else:
        assert record({"server": text}) == {"server": text}
