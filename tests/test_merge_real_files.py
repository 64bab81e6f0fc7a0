"""Merging into the test modules of well-known packages: nothing but additions, and nothing the second time."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from pytest_aigen.data import Candidate, Gap, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import merge
from tests.additions import names_of, unchanged, without_additions
from tests.real_modules import PACKAGES, test_modules

pytestmark = pytest.mark.slow

ROOT = Path("/project")
#: Every kind of candidate into every module; otherwise the kinds take turns.
ALL_KINDS = bool(os.environ.get("AIGEN_ALL_KINDS"))

IMPORTS = """\
import json
import os.path
from collections import OrderedDict
from pathlib import Path

import pytest


def test_new(tmp_path):
    with pytest.raises(ValueError):
        json.loads("{")
    assert os.path.join("a", str(Path("b"))) == "a/b"
    assert OrderedDict(a=1) == {"a": 1}
"""
HELPER = '''\
import re

PATTERN = re.compile("a+")


def make(text):
    return PATTERN.sub("b", text)


def test_new():
    """What it does."""
    assert make("aa") == "b"
'''
FIXTURE = """\
import pytest


@pytest.fixture
def client():
    yield "client"


@pytest.fixture(autouse=True)
def data(client):
    return [client]


def test_new(client, data):
    assert data == [client]
"""
CLASS = """\
from unittest import mock


class TestNew:
    def test_new(self):
        assert mock.Mock().x is not None
"""
CASE = """\
import unittest


class TestNew(unittest.TestCase):
    def setUp(self):
        self.x = 1

    def test_new(self):
        self.assertEqual(self.x, 1)
"""
ASYNC = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_new():
    await asyncio.sleep(0)
    assert asyncio
"""
FUTURE = """\
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_new():
    def first(x: Sequence[int]) -> int:
        return x[0]

    assert first([1]) == 1
"""


def shared_imports(tree: ast.Module) -> str:
    """Asks for what the module imports already, and for more from the same place."""
    lines: list[str] = []
    names: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            first = statement.names[0]
            if first.name != "*":
                dotted = "." * statement.level + (statement.module or "")
                lines.append(f"from {dotted} import {ast.unparse(first)}, a_new_name")
                names += [first.asname or first.name, "a_new_name"]
                break
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            lines.append(ast.unparse(statement))
            names.append(statement.names[0].asname or statement.names[0].name)
            break
    checks = [f"    assert {name} is not None" for name in names or ["True"]]
    return "\n".join([*lines, "", "", "def test_new():", *checks, ""])


def taken_names(tree: ast.Module) -> str:
    """Every name of its own, and that of an import, is taken by something else."""
    names = [
        s.name for s in tree.body if isinstance(s, ast.FunctionDef) and not s.name.startswith(("set", "tear"))
    ]
    helper = next((name for name in names if not name.startswith("test")), "helper")
    return f"""\
from somewhere import {helper} as os


def {helper}(a, b):
    return a + b


def test_new():
    assert {helper}(os, 2) == 3
"""


KINDS: list[tuple[str, Callable[[ast.Module], str]]] = [
    ("test_new", lambda tree: IMPORTS),
    ("test_new", shared_imports),
    ("test_new", lambda tree: HELPER),
    ("TestNew::test_new", lambda tree: CLASS),
    ("test_new", lambda tree: FIXTURE),
    ("test_new", lambda tree: FUTURE),
    ("test_new", taken_names),
    ("TestNew::test_new", lambda tree: CASE),
    ("test_new", lambda tree: ASYNC),
]


def parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text.removeprefix("\ufeff"), "<module>", "exec", dont_inherit=True)
            return ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError:
        return None


def candidate(path: PurePosixPath, name: str, code: str) -> Candidate:
    source = ROOT / path.parts[0] / "src" / "thing" / "core.py"
    target = Target(Gap(source, "", 1, 2, frozenset({2})), "thing.core", ROOT / path)
    return Candidate(target, name, code, "llm")


@pytest.mark.parametrize("requirement", PACKAGES, ids=lambda requirement: requirement.partition("=")[0])
def test_additions_only(requirement: str) -> None:
    """Into each module of the package: the bytes without what was added are the old ones."""
    number = -1
    for number, (path, data) in enumerate(test_modules(requirement)):
        before = data.decode("utf-8")  # as they all are; a mark and the newlines stay
        tree = parsed(before)
        for name, code in KINDS if ALL_KINDS else [KINDS[number % len(KINDS)]]:
            if tree is None:
                with pytest.raises(MergeError, match=r"does not parse|compile"):
                    merge(before, candidate(path, name, IMPORTS), path=ROOT / path)
                continue
            proposed = candidate(path, name, code(tree))
            edit = merge(before, proposed, path=ROOT / path)
            where = f"{path}, {code.__name__}"
            assert parsed(edit.after) is not None, where
            assert without_additions(before, edit.after).encode() == data, where
            added = names_of(unchanged(before, edit.after))
            assert edit.tests[0].partition("::")[0] in added, where
            again = merge(edit.after, proposed, path=ROOT / path)
            assert (again.after, again.tests) == (edit.after, ()), where
    assert number + 1 == PACKAGES[requirement]


def test_they_are_many() -> None:
    assert len(PACKAGES) >= 8
    assert sum(PACKAGES.values()) > 700


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a\nb\n", "a\nc\n", id="changed"),
        pytest.param("a\nb\n", "b\na\n", id="moved"),
        pytest.param("a \n", "a\n", id="space-at-the-end"),
        pytest.param("a\r\n", "a\n", id="newline"),
        pytest.param("\ufeffa\n", "a\n", id="mark"),
        pytest.param("from a import b  # why\n", "from a import b, c\n", id="comment-of-an-import"),
        pytest.param("from a import b, d\n", "from a import b, c\n", id="name-of-an-import"),
    ],
)
def test_a_change_is_seen(before: str, after: str) -> None:
    try:
        assert without_additions(before, after) != before
    except AssertionError:
        return


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nnew\n\nb\n"),
        ("a", "a\nnew"),
        ("from a import b  # why\n", "from a import b, c  # why\n"),
        ("from a import b, d\n", "from a import (\n    b,\n    c,\n    d,\n)\nx\n"),
    ],
)
def test_an_addition_is_taken_out(before: str, after: str) -> None:
    assert without_additions(before, after) == before
