"""What is counted as the work of a call: the same on every Python, whatever that makes of comprehensions."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from pytest_aigen.explore import effects
from pytest_aigen.explore.recipes import Arg, Call, Ref
from pytest_aigen.explore.trace import Tracer, first_lines

ELSEWHERE = """
def several(values):
    return [
        value + 1
        for value in values
    ]

def one(values):
    return {value: [value for _ in values] for value in values}
"""
CODE = """
import elsewhere_counted as elsewhere

def one(values):
    return [value + 1 for value in values]

def several(values):
    return {
        value + 1:
            value
        for value in values
        if value
    }

def nested(values):
    return [[x for x in values] for value in values]

def foreign(values):
    return elsewhere.several(values)

def foreign_one(values):
    return elsewhere.one(values)

def in_one_line(values):
    total = 0
    for value in values: total += value
    return total

def loop(values):
    total = 0
    for value in values:
        total += value
    return total

def calls(values):
    for value in values:
        elsewhere.one(())
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("counted")
    (folder / "elsewhere_counted.py").write_text(dedent(ELSEWHERE), "utf-8")
    (folder / "counted.py").write_text(dedent(CODE), "utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("counted")
    finally:
        sys.path.remove(str(folder))


def work(module: ModuleType, function: str, number: int) -> int:
    path = str(module.__file__)
    tracer = Tracer(frozenset({path}), first_lines(ast.parse(Path(path).read_bytes())), effects.belt())
    values = tuple(range(1, number + 1))
    with tracer.quiet():
        traced = tracer.run(Call("function", Ref(module.__name__, function), (Arg("values", values),)))
    assert (traced.error, traced.spoiled) == (None, "")
    return tracer.work


@pytest.mark.parametrize("function", ["one", "several", "nested", "foreign", "foreign_one", "in_one_line"])
def test_what_one_statement_repeats_within_itself_counts_once(module: ModuleType, function: str) -> None:
    assert work(module, function, 2) == work(module, function, 30)


def test_statements_count_each_time(module: ModuleType) -> None:
    assert work(module, "loop", 30) - work(module, "loop", 2) == 28 * 2


def test_of_frames_elsewhere_the_order_of_magnitude_counts(module: ModuleType) -> None:
    few, more, many = (work(module, "calls", number) - 2 * number for number in (40, 42, 400))
    assert few == more
    assert few + 100 < many < 10 * few + 400
