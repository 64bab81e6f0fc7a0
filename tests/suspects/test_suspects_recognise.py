"""Failing tests that point at the code, beside those that are merely wrong. Each is really run, once, by pytest."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from textwrap import dedent, indent
from typing import Any, NamedTuple

import pytest

from pytest_aigen.assertions import failed_on_assertion
from pytest_aigen.data import Contract, Outcome, Run
from pytest_aigen.suspects import inverse, recognise
from pytest_aigen.suspects.failing import failure


class Row(NamedTuple):
    """A source, the body of a test, and the kind of the contract that is broken, or None."""

    source: str
    body: str
    kind: str | None
    quote: str = ""
    actual: str = ""


ABS = '''
def area(w, h):
    """The area.

    >>> area(2, 3)
    6
    """
    return w + h
'''
CASE = '''
def snake(text):
    """Snake case.

    Examples:
        snake("ThatOne") # returns 'that_one'
        snake("A") # -> 'a'
    """
    return text.lower()
'''
AGE = '''
def set_age(age, name="x"):
    """Set it.

    Args:
        age: in years.

    Raises:
        ValueError: If age is negative.
        TypeError: if the moon is full.
    """
    if age < -1:
        raise ValueError("too young")
    return age
'''
REST = '''
def set_age(age):
    """Set it.

    :param age: in years
    :raises ValueError: if ``age`` is less than 1
    """
    return age
'''
NUMPY = '''
def set_age(age):
    """Set it.

    Raises
    ------
    ValueError
        If age is zero.
    """
    return age
'''
MESSAGE = """
def buy(count, price=1):
    if count < 0:
        raise ValueError("count must be positive")
    return count * price
"""
PERCENT = """
def pick(value):
    raise ValueError("no such value %r, sorry")
"""
GIVEN = '''
def first(items, default=3):
    """The first item. Returns None if items is empty."""
    # returns 5 if default is zero
    return items[0] if items else default
'''
NEVER = '''
def price(value, off):
    """The price after a discount.

    Returns:
        The price, never negative.
    """
    return value - off
'''
TYPED = """
def find(names: list, name: str) -> str:
    for one in names:
        if one == name:
            return one

def maybe(name: str) -> "str | None":
    return None

def wrapped(f):
    return f

@wrapped
def other(name: str) -> str:
    return None
"""
IS = """
def is_even(n):
    if n == 0:
        return True
    if n % 2 == 0:
        return True

def is_match(n):
    return n
"""
CODEC = """
def encode(text):
    return text.upper()

def decode(text):
    return text.lower()

def to_text(n):
    return str(n + 1)

def from_text(text):
    return int(text)

class Codec:
    def dumps(self, x):
        return repr(x)[:3]
    def loads(self, x):
        return x
"""
COMMENT = """
def total(items):
    result = sum(items)
    # never negative
    return result

def count(items):
    # never negative
    result = sum(items)
    return result
"""
SORTED = '''
def names(items):
    """Return the names in ascending order."""
    return list(items)

def last(items):
    """Return the names sorted by their length."""
    return list(items)
'''
INNER = '''
def area(w, h):
    """
    >>> area(2, 3)
    6
    """
    assert w == 3
    return 0
'''

STATE = '''
_seen = []

def count():
    """
    >>> count()
    1
    >>> count()
    2
    """
    return 5

def double(x):
    """
    >>> factor(3)
    >>> double(2)
    6
    """
    return 2 * x

class Box:
    def __init__(self, n):
        self.n = n

    def get(self, k=0):
        """
        >>> Box(1).get(2)
        4
        >>> box.get(3)
        9
        """
        return self.n + k
'''

ROWS: Mapping[str, Row] = {
    # ------------------------------------------------------------------------------ the code is wrong
    "doctest example": Row(ABS, "assert area(2, 3) == 6", "docstring", ">>> area(2, 3)\n6", "5"),
    "doctest example by keywords": Row(ABS, "assert area(w=2, h=3) == 6", "docstring"),
    "doctest example, mirrored": Row(ABS, "assert 6 == area(2, 3)", "docstring", actual="5"),
    "doctest example through a variable": Row(ABS, "n = 2\nresult = area(n, 3)\nassert result == 6", "docstring"),
    "doctest example with a message": Row(ABS, 'assert area(2, 3) == 6, "no area"', "docstring"),
    "doctest example through the module": Row(ABS, "assert m.area(2, 3) == 6", "docstring"),
    "doctest example of a method": Row(STATE, "assert Box(1).get(2) == 4", "docstring", actual="3"),
    "doctest example of a method, in steps": Row(STATE, "box = Box(1)\nassert box.get(2) == 4", "docstring"),
    "example in a comment": Row(CASE, "assert snake('ThatOne') == 'that_one'", "docstring", "snake(\"ThatOne\") # returns 'that_one'", "'thatone'"),
    "Google: raises": Row(AGE, "with pytest.raises(ValueError):\n    set_age(-1)", "docstring", "ValueError: If age is negative"),
    "Google: raises, by keyword": Row(AGE, "with pytest.raises(ValueError):\n    set_age(name='y', age=-1)", "docstring"),
    "reST: raises": Row(REST, "with pytest.raises(ValueError):\n    set_age(0)", "docstring", "ValueError: if ``age`` is less than 1"),
    "numpy: raises": Row(NUMPY, "with pytest.raises(ValueError):\n    set_age(0)", "docstring", "ValueError: If age is zero"),
    "message of a raise": Row(MESSAGE, "with pytest.raises(ValueError):\n    buy(0)", "message", "count must be positive", "nothing was raised"),
    "placeholder never filled": Row(PERCENT, "with pytest.raises(ValueError, match=\"no such value 'a', sorry\"):\n    pick('a')", "message", "no such value %r, sorry"),
    "value for a condition": Row(GIVEN, "assert first([]) is None", "docstring", "Returns None if items is empty.", "3"),
    "value for a condition, in a comment": Row(GIVEN, "assert first([], 0) == 5", "comment", "returns 5 if default is zero", "0"),
    "never negative": Row(NEVER, "assert price(1, 2) == 0", "docstring", "The price, never negative.", "-1"),
    "never negative, as an inequality": Row(NEVER, "assert price(1, 2) >= 0", "docstring"),
    "annotation": Row(TYPED, "assert find(['a'], 'b') == ''", "annotation", "def find(names: list, name: str) -> str", "None"),
    "annotation, by isinstance": Row(TYPED, "assert isinstance(find(['a'], 'b'), str)", "annotation", actual="None"),
    "a question without an answer": Row(IS, "assert is_even(3) is False", "name", "is_even", "None"),
    "round trip": Row(CODEC, "assert decode(encode('Ab')) == 'Ab'", "inverse", "decode(encode(x)) == x", "'ab'"),
    "round trip in steps": Row(CODEC, "text = 'Ab'\npacked = encode(text)\nassert decode(packed) == text", "inverse"),
    "round trip of to and from": Row(CODEC, "assert from_text(to_text(4)) == 4", "inverse"),
    "comment above the return": Row(COMMENT, "assert total([-1]) >= 0", "comment", "never negative"),
    "not in ascending order": Row(SORTED, "assert names(['b', 'a']) == ['a', 'b']", "docstring"),
    # ------------------------------------------------------------------------------ the test may be as wrong
    "another call than the example": Row(ABS, "assert area(2, 4) == 8", None),
    "two examples that differ": Row(STATE, "assert count() == 2", None),
    "an example after something else": Row(STATE, "assert double(2) == 6", None),
    "an example of an object made elsewhere": Row(STATE, "box = Box(1)\nassert box.get(3) == 9", None),
    "an example of another object": Row(STATE, "assert Box(3).get(2) == 4", None),
    "an object that was used before": Row(STATE, "box = Box(1)\nbox.n = 2\nbox.get()\nassert box.get(2) == 3", None),
    "a list that was changed before": Row(GIVEN, "items = []\nitems.append(1)\nassert first(items) is None", None),
    "another value than the example": Row(ABS, "assert area(2, 3) == 7", None),
    "inequality beside an example": Row(ABS, "assert area(2, 3) != 5", None),
    "arguments that are no literals": Row(ABS, "assert area(*[2, 3]) == 6", None),
    "a variable bound twice": Row(ABS, "n = 1\nn = 2\nassert area(n, 3) == 6", None),
    "a mock is in play": Row(ABS, "from unittest.mock import MagicMock\nx = MagicMock()\nassert area(2, 3) == 6", None),
    "monkeypatch is in play": Row(ABS, "pytest.MonkeyPatch().setattr(m, 'x', 1, raising=False)\nmonkeypatch = 1\nassert area(2, 3) == 6", None),
    "an assert in the code fails": Row(INNER, "assert area(2, 3) == 6", None),
    "an error in the code": Row(ABS, "assert area(2) == 6", None),
    "a name that is not there": Row(ABS, "assert aera(2, 3) == 6", None),
    "raises for a good argument": Row(AGE, "with pytest.raises(ValueError):\n    set_age(5)", None),
    "raises another error than documented": Row(AGE, "with pytest.raises(KeyError):\n    set_age(-1)", None),
    "raises for a condition nobody can check": Row(AGE, "with pytest.raises(TypeError):\n    set_age(1)", None),
    "raises for another parameter": Row(AGE, "with pytest.raises(ValueError):\n    set_age(1, name=-1)", None),
    "two calls under raises": Row(AGE, "with pytest.raises(ValueError):\n    set_age(1)\n    set_age(-1)", None),
    "message that the argument keeps": Row(MESSAGE, "with pytest.raises(ValueError):\n    buy(1)", None),
    "message about another parameter": Row(MESSAGE, "with pytest.raises(ValueError):\n    buy(1, price=0)", None),
    "pattern that is not escaped": Row('def f(a):\n    raise ValueError("f() is wrong")', "with pytest.raises(ValueError, match='f() is wrong'):\n    f(1)", None),
    "pattern of other words": Row(PERCENT, "with pytest.raises(ValueError, match='nothing here'):\n    pick(1)", None),
    "condition that does not hold": Row(GIVEN, "assert first([1]) is None", None),
    "another value than for the condition": Row(GIVEN, "assert first([]) == 4", None),
    "promise that is kept": Row(NEVER, "assert price(3, 2) == 5", None),
    "expectation that breaks the promise too": Row(NEVER, "assert price(1, 2) == -5", None),
    "annotation that is kept": Row(TYPED, "assert find(['a'], 'a') == 'b'", None),
    "optional": Row(TYPED, "assert maybe('a') == 'b'", None),
    "decorator that may change the result": Row(TYPED, "assert other('a') == 'b'", None),
    "argument of a wrong type": Row(TYPED, "assert find(['a'], None) == ''", None),
    "a question with another answer": Row(IS, "assert is_even(4) is False", None),
    "a question that is never answered by yes or no": Row(IS, "assert is_match(3) is True", None),
    "the wrong way round": Row(CODEC, "assert encode(decode('Ab')) == 'Ab'", None),
    "no pair": Row(CODEC, "assert decode(to_text(1)) == 1", None),
    "round trip of what is not plain": Row(CODEC, "assert decode(encode('Ä')) == 'Ä'", None),
    "round trip with another expectation": Row(CODEC, "assert decode(encode('Ab')) == 'AB'", None),
    "comment about something else": Row(COMMENT, "assert count([-1]) >= 0", None),
    "sorted by something": Row(SORTED, "assert last(['b', 'a']) == ['a', 'b']", None),
    "nothing is promised": Row("def f(x):\n    return x", "assert f(1) == 2", None),
    "a function of someone else": Row(ABS, "import math\nassert math.floor(2.5) == 3", None),
    "two assertions in one": Row(ABS, "assert area(2, 3) == 6 and area(1, 1) == 1", None),
}  # fmt: skip

_CONFTEST = """
import json, pathlib, pytest

found = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and report.failed:
        entries = [e for e in call.excinfo.traceback if str(e.path) == str(item.path)]
        found[item.path.parent.name] = [report.longreprtext, entries[0].lineno + 1]
    return report

def pytest_unconfigure():
    pathlib.Path(__file__).with_name("found.json").write_text(json.dumps(found))
"""


def _module(row: Row) -> str:
    return (
        f"import m\nimport pytest\nfrom m import *\n\n\ndef test_it():\n{indent(dedent(row.body), '    ')}\n"
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Each row, run, by its id."""
    root = tmp_path_factory.mktemp("rows")
    (root / "conftest.py").write_text(_CONFTEST, "utf-8")
    for number, row in enumerate(ROWS.values()):
        folder = root / f"row{number}"
        folder.mkdir()
        (folder / "m.py").write_text(dedent(row.source), "utf-8")
        (folder / "conftest.py").write_text(
            "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent))\nsys.modules.pop('m', None)\n",
            "utf-8",
        )
        # The source is imported when the module is collected, which is right after its conftest file.
        (folder / "test_it.py").write_text(_module(row), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--import-mode=importlib", "-p", "no:cacheprovider"]  # fmt: skip
    subprocess.run([*command, str(root)], cwd=root, capture_output=True, check=False)
    said: dict[str, Any] = json.loads((root / "found.json").read_text("utf-8"))
    return {
        name: Run(Outcome.FAILED, detail=said[f"row{number}"][0], line=said[f"row{number}"][1])
        for number, name in enumerate(ROWS)
        if f"row{number}" in said
    }


def _contract(row: Row, run: Run) -> Contract | None:
    text = _module(row)
    found = failure(text, "test_it", run) if failed_on_assertion(run) else None
    return None if found is None else recognise.contract(found, dedent(row.source), "", text)


@pytest.mark.parametrize("name", ROWS)
def test_rows(name: str, runs: Mapping[str, Run]) -> None:
    row = ROWS[name]
    assert name in runs, "the test does not even fail"
    found = _contract(row, runs[name])
    assert (found and found.kind) == row.kind, runs[name].detail
    if found and row.quote:
        assert found.text == row.quote


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.actual])
def test_what_came(name: str, runs: Mapping[str, Run]) -> None:
    found = failure(_module(ROWS[name]), "test_it", runs[name])
    assert found is not None
    assert found.actual == ROWS[name].actual


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("a b", True), ("caf\u00e9", False), ("a\n", False), (3, True), (b"\xff", True), ([1, ["a"]], True), ([1.5], False),
        ({"a": [1]}, True), ({1: 2}, False), ({"a": 1.5}, False), (1.5, False), (None, False),
    ],
)  # fmt: skip
def test_values_that_any_pair_of_functions_should_give_back(value: object, plain: bool) -> None:
    assert inverse.is_plain(value) is plain
