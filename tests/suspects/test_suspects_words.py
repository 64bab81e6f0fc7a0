"""What words demand of values, what annotations allow, and what a failing assertion said."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from pytest_aigen.data import Outcome, Run
from pytest_aigen.suspects import contracts, words
from pytest_aigen.suspects.failing import failure

CONDITIONS: list[tuple[str, Any, bool | None]] = [
    ("the name is empty", "", True),
    ("name is empty", "x", False),
    ("`name` is not empty", "x", True),
    ("name is negative", -1, True),
    ("the given name is None", None, True),
    ("name is empty and old", "", None),
    ("the moon is full", "", None),
    ("the value is empty", "", True),
    ("the value is purple", "", None),
]


@pytest.mark.parametrize(("said", "value", "holds"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_conditions(said: str, value: Any, holds: bool | None) -> None:
    found = words.condition(said, ("name",))
    assert (found and found[1](value)) == holds


DEMANDS: list[tuple[str, Any, bool | None]] = [
    ("price must be positive", 1, True),
    ("price must be positive", -1, False),
    ("price must not be negative", 1, True),
    ("the price cannot be empty", "", False),
    ("price must be positive or none", 1, None),
    ("weight must be positive", 1, None),
]


@pytest.mark.parametrize(("said", "value", "holds"), DEMANDS)
def test_demands(said: str, value: Any, holds: bool | None) -> None:
    found = words.demand(said, ("price",))
    assert (found and found[1](value)) == holds


TYPES: list[tuple[str, tuple[type, ...]]] = [
    ("str", (str,)),
    ("'int'", (int,)),
    ("'in t'", ()),
    ("None", (type(None),)),
    ("str | None", (str, type(None))),
    ("Optional[int]", (int, type(None))),
    ("typing.Union[int, str]", (int, str)),
    ("Union[int, Cart]", ()),
    ("list[int]", (list,)),
    ("Cart", ()),
    ("3", ()),
    ("f()", ()),
]


@pytest.mark.parametrize(("annotation", "allowed"), TYPES)
def test_types(annotation: str, allowed: tuple[type, ...]) -> None:
    assert contracts.types(ast.parse(annotation, mode="eval").body) == allowed


UNITTEST = """\
import unittest

class TestPrice(unittest.TestCase):
    def test_price(self):
        {}
"""
SAID: list[tuple[str, str, tuple[str, str] | None]] = [
    ("self.assertEqual(price(2), 3)", "4 != 3", ("3", "4")),
    ("self.assertEqual(3, price(2))", "3 != 4", ("3", "4")),
    ("self.assertEqual(price(2), price(3))", "4 != 3", None),
    ("self.assertEqual(price(2), 3)", "something else", None),
    ("self.assertTrue(price(2))", "False is not true", None),
]


@pytest.mark.parametrize(("body", "said", "expected"), SAID)
def test_assertions_of_unittest(body: str, said: str, expected: tuple[str, str] | None) -> None:
    detail = f"tests/test_price.py:5: in test_price\n    {body}\nE   AssertionError: {said}"
    run = Run(Outcome.FAILED, detail=detail, line=5)
    found = failure(UNITTEST.format(body), "TestPrice::test_price", run)
    assert (found and (found.expected, found.actual)) == expected
