"""Moments as seen from the present one."""

from __future__ import annotations

import ast
import datetime
from typing import Any

import pytest

from pytest_aigen.explore.constants import harvest
from pytest_aigen.explore.literals import Literals
from pytest_aigen.explore.moments import MOMENTS
from pytest_aigen.explore.phrases import describe
from pytest_aigen.explore.recipes import Recipe, build
from pytest_aigen.explore.values import Values

NOWS, DAYS = MOMENTS[datetime.datetime], MOMENTS[datetime.date]


@pytest.mark.parametrize(
    ("recipe", "text", "words"),
    [
        (NOWS[0], "datetime.now() - timedelta(days=3.261)", "3_days_ago"),
        (NOWS[1], "datetime.now() + timedelta(days=3.261)", "in_3_days"),
        (NOWS[-2], "datetime.now(timezone.utc) - timedelta(days=3.261)", "3_days_ago"),
        (DAYS[0], "date.today()", "today"),
        (DAYS[1], "date.today() - timedelta(days=1)", "1_day_ago"),
        (DAYS[2], "date.today() + timedelta(days=1)", "in_1_day"),
    ],
)
def test_how_a_moment_is_written(recipe: Recipe, text: str, words: str) -> None:
    literals = Literals()
    assert literals.text(recipe) == literals.pretty(recipe, 20) == text
    assert describe(recipe) == words
    assert all(line.startswith("from datetime import ") for line in literals.imports.lines("shop"))


@pytest.mark.parametrize("recipe", NOWS, ids=describe)
def test_no_moment_is_near_a_border(recipe: Recipe) -> None:
    made = build(recipe)
    away = abs((made - datetime.datetime.now(made.tzinfo)).total_seconds())
    for unit in (1, 60, 3600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400):
        if away > unit:
            assert 0.05 < away / unit % 0.5 < 0.45, unit


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("def age(day): return date.today() - day", True),
        ("def age(day): return LATER - day\ndef _now(): return datetime.now()", True),
        ("def age(day): return LATER - day", False),
    ],
    ids=["here", "elsewhere in the module", "nowhere"],
)
@pytest.mark.parametrize("kind", [datetime.datetime, datetime.date])
def test_only_for_code_that_asks_what_time_it_is(code: str, asks: bool, kind: Any) -> None:
    values = Values(harvest(ast.parse(code), "age", {}), lambda cls, depth: []).of(kind)
    assert all((moment in values) is asks for moment in MOMENTS[kind])
    assert values[0] not in MOMENTS[kind], "a plain one is easier to read"
