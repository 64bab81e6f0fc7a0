"""Where the order of a set can show, and where it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_aigen.checks.orders import showing
from pytest_aigen.checks.turned import TURNS, turned

HIDDEN = [
    "x in {1, 2}",
    "{x, 2} == {1, 2}",
    "len({x, 2})",
    "sorted({x, 2})",
    "any(y > 1 for y in {x, 2})",
    "{y + 1 for y in {x, 2}} >= {1}",
    "not {x, 2} - {1}",
    "{x, 2}.issubset(x)",
    "sorted({x}.union(x) if x else {3} | {x})",
    "[y for y in x if y not in {1, 2}]",
    "{'seen': {x, 2}}['seen'].add(3)",
    "isinstance(x, (int, str)) or isinstance(x, set)",
    "a if {x, 2} else b",
    "private(x).isdisjoint(x)",
    "counted({x, 2})",
    "counted(these={x, 2})",
    "OF_ALL.isdisjoint(x)",
]
SHOWN = [
    "list({x, 2})",
    "[*{x, 2}]",
    "[y for y in {x, 2}]",
    "sum({x, 2})",
    "sorted({x, 2}, key=len)",
    "sorted(map(str, {x, 2}))",
    "', '.join({str(x), 'b'})",
    "f'{ {x, 2} }'",
    "({x, 2}, 1)",
    "{x: {x, 2}}",
    "{x, 2}.pop()",
    "unknown({x, 2})",
    "x.join({x, 2})",
    "in_a_row({x, 2})",
    "counted(*{x, 2})",
    "defaultdict(set)",
    "list(private(x))",
    "list(OF_ALL)",
    "list({x, 2} | set())",
]
AROUND = """
OF_ALL = {1, 2}

def private(x):
    return {x, 2}

def counted(these):
    return len(these)

def in_a_row(these):
    return list(these)

class Kept:
    def __init__(self, x):
        self.seen = set()
        self.waiting = set(x)

    def ask(self, x):
        self.seen.add(x)
        return x in self.seen

    def go(self):
        for each in self.waiting:
            yield each
"""
LAST = len(AROUND.splitlines()) + 2


@pytest.mark.parametrize("expression", HIDDEN)
def test_an_order_that_cannot_show(expression: str) -> None:
    [shown] = showing(f"{AROUND}\ndef target(x):\n    print({expression})\n")
    assert LAST + 1 not in shown.lines


@pytest.mark.parametrize("expression", SHOWN)
def test_an_order_that_can_show(expression: str) -> None:
    [shown] = showing(f"{AROUND}\ndef target(x):\n    print({expression})\n")
    # Of an argument it is where it is put in a row.
    assert not shown.lines.isdisjoint({LAST + 1, AROUND.splitlines().index("    return list(these)") + 1})


def test_a_loop_shows_it_within_and_what_is_only_asked_nowhere() -> None:
    [shown] = showing(AROUND)
    assert [AROUND.splitlines()[line - 1].strip() for line in sorted(shown.lines)] == ["yield each"]


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        pytest.param("ALL = {1, 2}", "from one import ALL\ndef f():\n    return list(ALL)", {3}, id="a name"),
        pytest.param(
            "ALL = {1, 2}", "from one import ALL as A\ndef f():\n    return list(A)", {3}, id="another name"
        ),
        pytest.param(
            "ALL = {1, 2}", "import one\ndef f():\n    return list(one.ALL)", {3}, id="an attribute"
        ),
        pytest.param(
            "def f():\n    return {1, 2}", "def g():\n    return list(one.f())", {2}, id="what is returned"
        ),
        pytest.param(
            "class A:\n    @property\n    def b(self):\n        return {1, 2}",
            "def g(a):\n    return list(a.b)",
            {2},
            id="a property",
        ),
        pytest.param(
            "def f():\n    return {1, 2}", "def g():\n    assert one.f() == {1}", set(), id="what is compared"
        ),
        pytest.param("ALL = {1, 2}", "def f(ALL):\n    return list(ALL)", set(), id="another of that name"),
    ],
)
def test_from_file_to_file(one: str, other: str, shown: set[int]) -> None:
    assert [each.lines for each in showing(one, other)] == [set(), shown]


def test_a_function_whose_use_is_not_seen_shows_what_it_returns() -> None:
    [shown] = showing("def f():\n    return {1, 2}\n\nMAP = map(f, [1])\n")
    assert shown.elsewhere == {2}


def test_what_only_hands_on_what_makes_sets() -> None:
    [shown] = showing("def f():\n    return defaultdict(set)\n")
    assert shown.elsewhere == {2}


def test_outside_of_functions_it_is_the_whole_source() -> None:
    one, *others = showing("X = 1\nY = list({1, 2})\n", "x = (", "")
    assert one.lines == {1, 2}
    assert [other.lines for other in others] == [set(), set()]


# ------------------------------------------------------------------------------------------ turned round

#: Expressions over a set of three numbers of a class of its own, with what comes of them backwards.
ROWS = [
    ("list(s)", "[3, 2, 1]"),
    ("[*s, 4]", "[3, 2, 1, 4]"),
    ("[y * 2 for y in s if y > 1]", "[6, 4]"),
    ("''.join(str(y) for y in s)", "'321'"),
    ("list(map(str, {N(1), N(2), N(3)}))", "['3', '2', '1']"),
    ("sorted(s, key=lambda y: y % 2)", "[2, 3, 1]"),
    ("first(s)", "3"),
    ("dict.fromkeys(s)", "{3: None, 2: None, 1: None}"),
    ("next(iter(s))", "3"),
    ("list(yielded(s))", "[3, 2, 1]"),
    ("looped({N(1), N(2), N(3)})", "'ä321'"),
    ("added(s)", "[0, 3, 2, 1]"),
    ("list(sorted(s))", "[1, 2, 3]"),
    ("3 in s", "True"),
    ("list({1, 2, 3})", "[1, 2, 3]"),
    ("[*{2.5, True}]", "[True, 2.5]"),
]
USING = """
class N(int):
    pass

def first(these):
    a, b, c = these
    return a

def yielded(these):
    yield from these

def looped(these):
    text = "ä"
    for ä, each in enumerate(  # a comment
        these
    ): text += str(each)
    return text

def added(these):
    row = [0]
    row += these
    return row
"""


@pytest.mark.parametrize(("expression", "backwards"), ROWS)
def test_backwards(expression: str, backwards: str) -> None:
    source = f"{USING}\ndef target(type, list_=0):\n    s = {{N(1), N(2), N(3)}}\n    return {expression}\n"
    [shown] = showing(source)
    assert not shown.elsewhere
    changed = turned(source, shown.rows, TURNS["backwards"])
    assert changed is not None
    assert changed.count("\n") == source.count("\n")
    world: dict[str, Any] = {}
    exec(changed, world)
    assert repr(world["target"](1)) == backwards


def test_from_the_second_on_the_middle_is_another() -> None:
    source = "class N(int): pass\ndef target():\n    return list({N(1), N(2), N(3)})[1], [*{1: 2}]\n"
    [shown] = showing(source)
    changed = turned(source, shown.rows, TURNS["from the second on"])
    assert changed is not None
    world: dict[str, Any] = {}
    exec(changed, world)
    assert world["target"]() == (3, [1])


@pytest.mark.parametrize(
    "expression",
    ["f'{list({x, 2})}'", "unknown({x, 2})", "repr({x, 2})", "{x, 2}.pop()", "filter({x, 2})", "({x}, 1)"],
)
def test_what_is_not_only_gone_through_is_not_turned(expression: str) -> None:
    [shown] = showing(f"def filter(x):\n    return repr(x)\n\ndef target(x):\n    print({expression})\n")
    assert not shown.rows
    assert shown.elsewhere


def test_what_would_not_parse_is_not_written() -> None:
    [shown] = showing("def f():\n    return list({1, 2})\n")
    assert turned("def f():\n    return 'list({1, 2})\n", shown.rows, TURNS["backwards"]) is None
