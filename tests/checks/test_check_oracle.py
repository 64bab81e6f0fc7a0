"""What counts as an assertion, and what does not."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from pytest_aigen.checks import oracle
from pytest_aigen.data import Candidate, Edit, Gap, Job, Target, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

NOBODY: Any = None
TARGET = Target(Gap(Path("/p/shop.py"), "price", 1, 9, frozenset({2})), "shop", Path("/p/tests/test_shop.py"))


def said(code: str, name: str = "test_price") -> str:
    return oracle.reason(Candidate(TARGET, name, code, "llm"))


def inside(body: str) -> str:
    return f"import pytest\n\ndef test_price(self, mocker):\n{indent(body, '    ')}\n"


ASSERTS = [
    pytest.param(inside("assert price(1) == 2"), id="assert"),
    pytest.param(inside("x = price(1)\nassert x"), id="truth"),
    pytest.param(inside("with pytest.raises(ValueError):\n    price(-1)"), id="raises"),
    pytest.param(inside("pytest.raises(ValueError, price, -1)"), id="raises, called"),
    pytest.param(inside("with pytest.raises(Exception, match='x'):\n    price(-1)"), id="raises with match"),
    pytest.param(inside("with pytest.warns(UserWarning):\n    price(-1)"), id="warns"),
    pytest.param(inside("self.assertEqual(price(1), 2)"), id="unittest"),
    pytest.param(inside("with self.assertRaises(ValueError):\n    price(-1)"), id="assertRaises"),
    pytest.param(inside("m = mocker.Mock()\nprice(m)\nm.assert_called_once_with(3)"), id="mock"),
    pytest.param(inside("m = mocker.Mock()\nprice(m)\nm.assert_not_called()"), id="mock not called"),
    pytest.param(inside("m = mocker.Mock()\nprice(m)\nm.assert_has_calls([])"), id="mock has calls"),
    pytest.param(inside("np.testing.assert_allclose(price(1), [1.0])"), id="numpy"),
    pytest.param(inside("assert_frame_equal(price(1), other)"), id="pandas"),
    pytest.param(inside("assert True\nassert price(1) == 2"), id="one of two counts"),
    pytest.param(inside("for x in (1, 2):\n    if x:\n        assert price(x) > x"), id="nested"),
    pytest.param(inside("try:\n    price(-1)\n    assert False\nexcept ValueError:\n    pass"), id="must raise"),
    pytest.param(inside("assert price(1) == price(1)"), id="two calls"),
    pytest.param("async def test_price():\n    assert await price() == 1", id="async"),
]  # fmt: skip
SILENT = [
    pytest.param(inside("price(1)"), "asserts nothing", id="only a call"),
    pytest.param(inside("print(price(1))"), "asserts nothing", id="prints"),
    pytest.param(inside("assert True"), "asserts only what is always so", id="assert True"),
    pytest.param(inside("price(1)\nassert 1 == 1, 'no error'"), "asserts only what is always so", id="literals"),
    pytest.param(inside("x = price(1)\nassert x == x"), "asserts only what is always so", id="x == x"),
    pytest.param(inside("price(1)\nassert False"), "asserts only what is always so", id="assert False alone"),
    pytest.param(inside("price(1)\nself.assertTrue(True)"), "asserts only what is always so", id="assertTrue(True)"),
    pytest.param(inside("price(1)\nself.assertEqual(1, 1)"), "asserts only what is always so", id="assertEqual(1, 1)"),
    pytest.param(inside("price(1)\nassert_equal(1, 1)"), "does not depend on the code under test", id="literals for a helper"),
    pytest.param(inside("m = mocker.Mock()\nprice(m)\nm.called_once_with(3)"), "asserts nothing", id="a mock's typo"),
    pytest.param(inside("with pytest.raises():\n    price(-1)"), "asserts nothing", id="raises what"),
    pytest.param(inside("with pytest.deprecated_call():\n    price(-1)"), "asserts nothing", id="deprecated_call"),
    pytest.param(inside("price(1)  # assert it works"), "asserts nothing", id="comment"),
    pytest.param("from pytest import raises\n" + inside("with raises(ValueError):\n    price(-1)"), "write `pytest.raises`", id="raises without pytest"),
    pytest.param("def check(x):\n    assert x == 1\n\n" + inside("check(price(1))"), "asserts nothing itself", id="in a helper"),
    pytest.param("def test_double(x):\n    return x\n\n" + inside("assert price(test_double(1))"), "its helper `test_double` looks like a test", id="helper named as a test"),
]  # fmt: skip


@pytest.mark.parametrize("code", ASSERTS)
def test_asserts(code: str) -> None:
    assert said(code) == ""


@pytest.mark.parametrize(("code", "words"), SILENT)
def test_silent(code: str, words: str) -> None:
    assert words in said(code)


@pytest.mark.parametrize("code", [param.values[0] for param in [*ASSERTS, *SILENT]])
def test_what_a_plain_count_calls_bare_is_refused(code: Any) -> None:
    bare = False
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            stated = any(isinstance(part, ast.Assert) for part in ast.walk(node))
            spelled = re.search(r"pytest\.(raises|warns)|assert_|\.assert", ast.unparse(node))
            bare = bare or not (stated or spelled)
    assert not bare or said(code)


@pytest.mark.parametrize(
    ("code", "name"), [("def test_price(:", "test_price"), ("x = 1", "test_price"), ("", "")]
)
def test_what_other_checks_refuse_is_left_to_them(code: str, name: str) -> None:
    assert said(code, name) == ""


def test_long_sums() -> None:
    code = inside(f"price({'+'.join(['price()'] * 990)})")
    edit = Edit(TARGET.test_path, None, code, ("test_price",))
    trial = Trial(Candidate(TARGET, "test_price", code, "llm"), edit, Job(edit.path, edit.tests))
    assert asyncio.run(oracle.Oracle()(trial, NOBODY)) is not None


def test_methods() -> None:
    code = "class TestPrice:\n    def test_a(self):\n        assert price(1)\n    def test_b(self):\n        assert price(1)\n"
    assert said(code, "TestPrice::test_a") == ""
    silent = "class TestPrice:\n    def test_a(self):\n        price(1)\n    def check(self):\n        assert price(1)\n"
    assert (
        said(silent, "TestPrice::test_a") == "asserts nothing itself, only a helper does; assert in the test"
    )


def test_the_check() -> None:
    [check] = oracle.pytest_aigen_checks(Settings())
    assert (check.name, check.stage, check.cost) == ("oracle", Stage.STATIC, 0)
    for body, refused in (("assert price(1)", False), ("price(1)", True)):
        edit = Edit(TARGET.test_path, None, inside(body), ("test_price",))
        trial = Trial(Candidate(TARGET, "test_price", inside(body), "llm"), edit, Job(edit.path, edit.tests))
        refusal = asyncio.run(check(trial, NOBODY))
        assert (refusal is not None and refusal.check == "oracle") is refused
