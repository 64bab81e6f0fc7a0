from __future__ import annotations

import ast
import datetime
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Observation
from pytest_aigen.explore.examples import Example, Examples, bound, read
from pytest_aigen.explore.recipes import Code, New, Ref


class Color(Enum):
    RED = 1


class Point:
    pass


NAMES: Mapping[str, Any] = {"Point": Point, "Color": Color, "datetime": datetime, "limit": 5}
POINT = New(Ref(__name__, "Point"), (1, 2))


def examples(docstring: str, code: str = "") -> Examples:
    return read(ast.parse(f"def f(x, y=7, *, z='d'):\n    {docstring!r}\n{code}"), NAMES)


@pytest.mark.parametrize(
    ("docstring", "calls"),
    [
        pytest.param(">>> f('1h', z=2)\n3600", [(("1h",), (("z", 2),))], id="doctest"),
        pytest.param(">>> text = 'a,b'\n>>> f(text)", [(("a,b",), ())], id="a name of an earlier line"),
        pytest.param(">>> f([1,\n...    2])", [(([1, 2],), ())], id="continued"),
        pytest.param(">>> print(f(1))", [((1,), ())], id="inside another call"),
        pytest.param(">>> for n in (1, 2):\n...     f(3)", [((3,), ())], id="in a loop"),
        pytest.param("Such as ``f('a b')``.", [(("a b",), ())], id="double backticks"),
        pytest.param("Such as `f(-1)`.", [((-1,), ())], id="single backticks"),
        pytest.param("Example:\n\n    f('x', 2)  # note", [(("x", 2), ())], id="example block"),
        pytest.param("f('a)b') -> 1", [(("a)b",), ())], id="a parenthesis in a text"),
        pytest.param(">>> f(Point(1, 2))", [((POINT,), ())], id="an object of the module"),
        pytest.param(">>> f(Color.RED)", [((Ref(__name__, "Color.RED"),), ())], id="a member of an enum"),
        pytest.param(">>> f(datetime.date(2024, 1, 15))", [((New(Ref("datetime", "date"), (2024, 1, 15)),), ())], id="of the library"),
        pytest.param(">>> f(lambda n: n + 1)", [((Code("lambda n: n + 1"),), ())], id="a lambda"),
        pytest.param(">>> f(lambda n: n + unknown)", [], id="a lambda that needs a name"),
        pytest.param(">>> f(unknown)", [], id="a name that nobody knows"),
        pytest.param(">>> f(open('a'))", [], id="a file that is opened"),
        pytest.param(">>> f(limit)", [], id="a value, not something to import"),
        pytest.param(">>> f(*args)", [], id="spread"),
        pytest.param(">>> f(", [], id="cut short"),
        pytest.param("Call f(x) with x.", [], id="prose"),
        pytest.param(">>> f({[]: 1, Point(1, 2): unknown})", [], id="a key without hash"),
    ],
)  # fmt: skip
def test_calls_in_docstrings(docstring: str, calls: Sequence[Any]) -> None:
    assert [(call.args, call.kwargs) for call in examples(docstring).of("f")] == calls


def test_methods_are_called_on_what_the_example_made() -> None:
    found = examples(">>> p = Point(1, 2)\n>>> p.move(3)")
    assert found.of("move") == [Example("move", (3,), (), POINT, "f")]


def test_literal_calls_in_the_code_come_after_the_documented() -> None:
    found = examples(">>> f('documented')", "def g():\n    return f('in code')\n")
    assert [call.args for call in found.of("f")] == [("documented",), ("in code",)]


def test_usual_values_by_the_name_of_the_argument() -> None:
    found = examples(">>> f('1h', 2)\n>>> g(unit='m')", "def g(unit='s', *, x='other'): pass\n")
    assert {name: list(values) for name, values in found.usual.items()} == {
        "x": ["1h", "other"],
        "y": [2, 7],
        "unit": ["m", "s"],
        "z": ["d"],
    }


def test_texts_of_each_docstring() -> None:
    assert examples(">>> other('some text')").texts["f"] == ("some text",)


@pytest.mark.parametrize(
    ("text", "arguments", "receiver", "name", "expected"),
    [
        ("f", (("x", "'a'"),), "", "f", Example("f", (), (("x", "a"),), None, "f")),
        ("Point.move", (("by", "3"),), "Point(1, 2)", "move", Example("move", (), (("by", 3),), POINT, "Point.move")),
        ("Point.__init__", (("x", "1"),), "", "Point", Example("Point", (), (("x", 1),), None, "Point.__init__")),
        (
            "f", (("x", "datetime.date(2024, 1, 15)"),), "", "f",
            Example("f", (), (("x", New(Ref("datetime", "date"), (2024, 1, 15))),), None, "f"),
        ),
    ],
)  # fmt: skip
def test_calls_of_the_suite_come_first(
    text: str, arguments: tuple[tuple[str, str], ...], receiver: str, name: str, expected: Example
) -> None:
    seen = Observation(Path("a.py"), text, 1, arguments, receiver)
    tree = ast.parse("def f(x):\n    '>>> f(9)'")
    assert read(tree, NAMES, [seen]).of(name)[0] == expected


@pytest.mark.parametrize("text", ["Unknown(1)", "<object at 0x1>", "(", "lambda: unknown"])
def test_what_the_suite_passed_and_nobody_can_make(text: str) -> None:
    seen = Observation(Path("a.py"), "f", 1, (("x", text),))
    assert read(ast.parse("def f(x): pass"), NAMES, [seen]).of("f") == []


FORMS = [("a", "positional"), ("b", "either"), ("rest", "star"), ("c", "keyword"), ("more", "stars")]


@pytest.mark.parametrize(
    ("example", "forms", "expected"),
    [
        (Example("f", (1,), (("c", 2),)), FORMS, {"a": 1, "c": 2}),
        (Example("f", (1, 2, 3, 4)), FORMS, {"a": 1, "b": 2, "rest": (3, 4)}),
        (Example("f", (), (("a", 1), ("d", 2))), FORMS, {"a": 1, "more": {"d": 2}}),
        (Example("f", (1, 2)), [("a", "either")], None),
        (Example("f", (), (("d", 2),)), [("a", "either")], None),
    ],
    ids=["by name", "the rest", "more names", "too many", "no such name"],
)
def test_examples_are_bound(
    example: Example, forms: list[tuple[str, str]], expected: dict[str, Any] | None
) -> None:
    assert bound(example, forms) == expected
