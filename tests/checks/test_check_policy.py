"""What may stand in a candidate, and what may not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from pytest_aigen.checks import policy
from pytest_aigen.data import Candidate, Edit, Gap, Job, Target, Trial
from pytest_aigen.protocols import Check, Stage
from pytest_aigen.settings import Settings

NOBODY: Any = None
GAP = Gap(Path("/p/shop.py"), "price", 1, 9, frozenset({2}))
CANDIDATE = Candidate(Target(GAP, "shop", Path("/p/tests/test_shop.py")), "test_price", "", "llm")
CALL = "from shop import price\n\ndef test_price():\n    assert price(2) == 3\n"


def said(code: str, name: str = "test_price", qualname: str = "price") -> str:
    target = replace(CANDIDATE.target, gap=replace(GAP, qualname=qualname))
    return policy.reason(replace(CANDIDATE, target=target, name=name, code=dedent(code)))


def above(code: str) -> str:
    return f"{dedent(code)}\n{CALL}"


def inside(body: str) -> str:
    return f"from shop import price\n\ndef test_price(monkeypatch, mocker):\n{indent(dedent(body), '    ')}\n"


ALLOWED = [
    pytest.param(CALL, id="plain test"),
    pytest.param(above('"""Tests of prices."""\nfrom __future__ import annotations'), id="docstring"),
    pytest.param(above("import pytest\n\n@pytest.fixture\ndef shop():\n    return object()"), id="fixture"),
    pytest.param(above("def helper(x):\n    return [x]"), id="helper"),
    pytest.param(
        above("class Fake:\n    size = 3\n    def run(self): ...\n    class Inner: pass"), id="fake class"
    ),
    pytest.param(
        above("from enum import Enum\nclass C(Enum):\n    'c'\n    A = 1\n    B: int = f(2)"), id="enum"
    ),
    pytest.param(
        above("ROWS = [(1, 'a'), (2, -3.5)]\nNAMES: dict[str, int] = {'a': 1}\nA, B = 1, 2"), id="literals"
    ),
    pytest.param(above("import re\nURLS_RE = re.compile(r'https?://\\S+', re.I)"), id="compiled pattern"),
    pytest.param(above("from re import compile as c\nX = c('x')"), id="compiled under another name"),
    pytest.param(
        above("from collections import namedtuple\nSection = namedtuple('Section', 'a b')"), id="namedtuple"
    ),
    pytest.param(
        above("from decimal import Decimal as D\nPRICES = [D('1.5'), D(2)]"), id="calls within a list"
    ),
    pytest.param(above("from pathlib import Path\nHERE = Path(__file__).parent / 'data'"), id="path"),
    pytest.param(
        above("WORDS = 'a b c'.split()\nRAW = ' ä '.strip().encode('utf-8')"), id="methods of literals"
    ),
    pytest.param(above("double = lambda x: call(x)"), id="a lambda is not called"),
    pytest.param(
        above("import pytest\npytestmark = pytest.mark.asyncio(loop_scope='module')"), id="pytestmark"
    ),
    pytest.param(above("try:\n    import yaml\nexcept ImportError:\n    yaml = None"), id="optional import"),
    pytest.param(
        above("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop import Cart"), id="types"
    ),
    pytest.param(
        above("import pytest\n@pytest.mark.parametrize('n', list(map(int, '12')))\ndef test_n(n): assert n"),
        id="parametrize may call",
    ),
    pytest.param("async def test_price():\n    assert await price() == 1", id="async"),
    pytest.param(inside("monkeypatch.setenv('A', '1')\nassert price()"), id="setenv"),
    pytest.param(
        inside("import sys\nmonkeypatch.setitem(sys.modules, 'x', None)\nassert price()"), id="setitem"
    ),
    pytest.param(
        inside(
            "import sys, importlib\nmonkeypatch.delitem(sys.modules, 'shop')\nassert importlib.import_module('shop').price()"
        ),
        id="imported anew",
    ),
    pytest.param(
        inside("import os\nassert os.environ['HOME']\nassert price(os.environ.copy())"), id="reads environ"
    ),
    pytest.param(
        inside(
            "import os\nfrom unittest.mock import patch\nwith patch.dict(os.environ, {}):\n    os.environ['A'] = '1'\n    assert price()"
        ),
        id="environ restored by with",
    ),
    pytest.param(
        inside("import sys\nmocker.patch.dict('sys.modules')\nsys.modules.pop('x', None)\nassert price()"),
        id="modules restored by mocker",
    ),
    pytest.param(
        "import os\nfrom unittest import mock\n@mock.patch.dict(os.environ, clear=True)\ndef test_price():\n    os.environ['A'] = '1'\n    assert price()",
        id="environ restored by decorator",
    ),
    pytest.param(
        inside("env = {}\nenv['a'] = 1\nenv.update(b=2)\nassert price(env)"), id="a dict of its own"
    ),
    pytest.param(inside("import time\ntime.sleep(0.01)\nassert price()"), id="short sleep"),
    pytest.param(
        inside("import asyncio\nasync def slow(): await asyncio.sleep(60)\nassert price(slow)"),
        id="an awaitable that is never awaited",
    ),
    pytest.param(
        inside("try:\n    price(-1)\n    assert False, 'no error'\nexcept ValueError:\n    pass"),
        id="must raise",
    ),
    pytest.param(
        inside("try:\n    price(-1)\nexcept ValueError as error:\n    assert str(error) == 'x'"),
        id="asserts about the error",
    ),
    pytest.param(inside("try:\n    assert price() == 1\nfinally:\n    price(0)"), id="finally"),
    pytest.param(inside("try:\n    assert price() == 1\nexcept KeyError:\n    raise"), id="raises again"),
    pytest.param(
        inside("import contextlib\nwith contextlib.suppress(OSError):\n    price()\nassert price()"),
        id="suppress before the assertion",
    ),
    pytest.param(inside("assert price(1) == price(1)"), id="two calls may differ"),
    pytest.param(inside("assert isinstance(price(1), float)"), id="type of the result"),
    pytest.param(inside("assert len(price(1)) >= 1"), id="length with a bound that can fail"),
    pytest.param(inside("assert not price(1) or price(2)"), id="or of values"),
    pytest.param("class TestPrice:\n    def test_price(self):\n        assert price(1)", id="method"),
    pytest.param(
        inside("env = {**__import__('os').environ}\nenv['A'] = '1'\nassert price(env)"),
        id="a copy of environ",
    ),
    pytest.param(
        inside("import time\nmonkeypatch.setattr(time, 'sleep', lambda s: None)\nassert price(time.sleep)"),
        id="sleep patched",
    ),
    pytest.param(
        inside("import time\nfor _ in range(5):\n    time.sleep(0.1)\nassert price()"),
        id="half a second in all",
    ),
    pytest.param(inside("x = price()\nassert x is not None and x > 3"), id="not None and a value"),
    pytest.param(inside("x = price()\nassert x is not None\nassert x.size == 3"), id="not None, then a part"),
    pytest.param(
        inside("assert price() == 1\nif price() == 2:\n    return\nassert price() == 3"),
        id="returns after an assertion",
    ),
    pytest.param(inside("def f():\n    return 1\nassert price(f) == 1"), id="a function of its own returns"),
    pytest.param(
        inside("for x in (None, 2):\n    if x is None:\n        continue\n    assert price(x) == x"),
        id="leaves out a row",
    ),
    pytest.param(
        inside("x = price()\nif x > 3:\n    assert x == 4\nelse:\n    assert x == 1"),
        id="an assertion in each branch",
    ),
    pytest.param(
        inside("try:\n    price()\nexcept KeyError as e:\n    error = e\nassert str(error) == 'x'"),
        id="keeps the error",
    ),
    pytest.param(
        inside(
            "try:\n    assert price() == 1\nexcept Exception as e:\n    raise AssertionError('no') from e"
        ),
        id="says it in other words",
    ),
    pytest.param(inside("assert price() in (1, 2)\nassert f'{price()}'"), id="a value among several"),
    pytest.param(
        inside("m = mocker.Mock(return_value=3)\nassert price(m) == m.return_value"),
        id="the result is what the mock returns",
    ),
    pytest.param(inside("import re\nassert re.search('a', price()) is not None"), id="a match"),
    pytest.param(
        inside("import re\nm = re.compile('a').match(price())\nassert m is not None"), id="a match, named"
    ),
]


@pytest.mark.parametrize("code", ALLOWED)
def test_allowed(code: str) -> None:
    name = "TestPrice::test_price" if "class TestPrice" in code else "test_price"
    assert said(code, name) == ""


REFUSED = [
    pytest.param("def test_price(:\n", "does not parse", id="syntax error"),
    pytest.param("def test_price():\n    return 1\nreturn 2\n", "does not parse", id="return outside a function"),
    pytest.param("def test_price():\n    assert '\0'\n", "does not parse", id="null byte"),
    pytest.param("def test_prize():\n    assert price(1)", "does not define `test_price`", id="another name"),
    pytest.param(above("price(3)"), "runs `price(3)` when it is imported", id="call"),
    pytest.param(above("RESULT = price(3)"), "calls `price(3)` when it is imported", id="result of a call"),
    pytest.param(above("CASES = [(1, price(1))]"), "calls `price(1)`", id="call within a list"),
    pytest.param(above("CASES = {'a': [x for x in load()]}"), "calls `load()`", id="call within a comprehension"),
    pytest.param(above("CASES = dict(a=load())"), "calls `load()`", id="call within a keyword"),
    pytest.param(above("NOW = datetime.now()"), "calls `datetime.now()`", id="clock"),
    pytest.param(above("client = TestClient(app)"), "do that in the test or in a fixture", id="client"),
    pytest.param(above("for x in range(3):\n    print(x)"), "runs `for x in range(3): print(x)`", id="loop"),
    pytest.param(above("if __name__ == '__main__':\n    pytest.main()"), "runs `if", id="main guard"),
    pytest.param(above("class Fake:\n    price(1)"), "runs `price(1)`", id="call in a class body"),
    pytest.param(above("import shop\nshop.RATE = 3"), "changes `shop.RATE` when it is imported", id="patches at the top"),
    pytest.param(above("try:\n    import yaml\nexcept ImportError:\n    install('yaml')"), "runs `install", id="installs"),
    pytest.param(above("import sys\nsys.path.insert(0, 'src')"), "runs `sys.path.insert", id="sys.path at the top"),
    pytest.param(inside("import sys\nsys.path.append('x')\nassert price()"), "changes `sys.path` for the whole process", id="sys.path"),
    pytest.param(inside("import sys\nsys.path += ['x']\nassert price()"), "changes `sys.path`", id="sys.path +="),
    pytest.param(inside("import sys\nsys.modules['x'] = None\nassert price()"), "changes `sys.modules`", id="sys.modules"),
    pytest.param(inside("import sys\ndel sys.modules['shop']\nassert price()"), "changes `sys.modules`", id="del sys.modules"),
    pytest.param(inside("import os\nos.environ['A'] = '1'\nassert price()"), "use `monkeypatch.setenv`", id="os.environ"),
    pytest.param(inside("from os import environ as env\nenv.update(A='1')\nassert price()"), "changes `os.environ`", id="environ under another name"),
    pytest.param(inside("import importlib, shop\nimportlib.reload(shop)\nassert price()"), "old ones: `importlib.reload(shop)`", id="reload"),
    pytest.param(inside("import shop\nfrom importlib import reload\ntry:\n    reload(shop)\n    assert price()\nfinally:\n    reload(shop)"), "import it anew", id="reload twice"),
    pytest.param(inside("import os\nos.putenv('A', '1')\nassert price()"), "changes the whole process", id="putenv"),
    pytest.param(inside("import os\nfrom unittest.mock import patch\nwith patch.dict(os.environ):\n    pass\nos.environ['A'] = '1'\nassert price()"), "changes `os.environ`", id="environ after the with"),
    pytest.param(inside("import pytest\npytest.skip('later')\nassert price()"), "may hide itself with `pytest.skip`", id="skip"),
    pytest.param(inside("from pytest import importorskip\nimportorskip('numpy')\nassert price()"), "may hide itself", id="importorskip"),
    pytest.param("import pytest\n@pytest.mark.skipif(True, reason='x')\n" + CALL.partition("\n\n")[2], "`pytest.mark.skipif`", id="skipif"),
    pytest.param("import pytest\n@pytest.mark.xfail\n" + CALL.partition("\n\n")[2], "`pytest.mark.xfail`", id="xfail"),
    pytest.param("import pytest\npytestmark = pytest.mark.skip\n" + CALL, "`pytest.mark.skip`", id="pytestmark skips"),
    pytest.param("from unittest import skip\n@skip('x')\n" + CALL.partition("\n\n")[2], "may hide itself with `skip`", id="unittest.skip"),
    pytest.param(inside("import pytest\npytest.main(['-x'])\nassert price()"), "starts a test session", id="pytest.main"),
    pytest.param(inside("import time\ntime.sleep(2)\nassert price()"), "sleeps for 2 seconds", id="sleep"),
    pytest.param(inside("from time import sleep\nsleep(1.5)\nassert price()"), "sleeps for 1.5 seconds", id="imported sleep"),
    pytest.param(inside("try:\n    assert price() == 3\nexcept Exception:\n    pass"), "hides what its assertion says", id="except pass"),
    pytest.param(inside("try:\n    x = price()\n    assert x == 3\nexcept ValueError:\n    return"), "hides", id="except return"),
    pytest.param(inside("try:\n    self.assertEqual(price(), 3)\nexcept:\n    print('failed')"), "hides", id="except print"),
    pytest.param(inside("import contextlib\nwith contextlib.suppress(Exception):\n    assert price() == 3"), "hides", id="suppress"),
    pytest.param(inside("price()\nassert True"), "asserts what is always so: `assert True`", id="assert True"),
    pytest.param(inside("price()\nassert 1 == 1"), "always so", id="literals"),
    pytest.param(inside("price()\nassert 'a' in 'abc'"), "always so", id="literal in literal"),
    pytest.param(inside("x = price()\nassert x == x"), "`assert x == x`", id="x == x"),
    pytest.param(inside("x = price()\nassert x.size is x.size"), "always so", id="attribute of itself"),
    pytest.param(inside("x = price()\nassert (x == 3, 'wrong')"), "always so", id="tuple"),
    pytest.param(inside("x = price()\nassert x or True"), "always so", id="or True"),
    pytest.param(inside("x = price()\nassert len(x) >= 0"), "always so", id="length from 0"),
    pytest.param(inside("x = price()\nassert isinstance(x, object)"), "always so", id="object"),
    pytest.param(inside("assert lambda: price()"), "always so", id="lambda"),
    pytest.param(inside("x = price()\nassert x == x and True"), "always so", id="and"),
    pytest.param(inside("price()\nself.assertTrue(True)"), "always so", id="assertTrue(True)"),
    pytest.param(inside("x = price()\nself.assertEqual(x, x)"), "always so", id="assertEqual(x, x)"),
    pytest.param(inside("import os\nenv = os.environ\nenv['A'] = '1'\nassert price()"), "changes `os.environ`", id="environ in a variable"),
    pytest.param(inside("import os\nos.environ |= {'A': '1'}\nassert price()"), "changes `os.environ`", id="environ |="),
    pytest.param(inside("import sys\nsys.path[:] = []\nassert price()"), "use `monkeypatch.syspath_prepend`", id="sys.path[:]"),
    pytest.param(inside("import sys\nsetattr(sys, 'path', [])\nassert price()"), "changes `sys.path`", id="setattr"),
    pytest.param(inside("from sys import modules as m\nm.setdefault('x', 1)\nassert price()"), "use `monkeypatch.setitem", id="modules under another name"),
    pytest.param(inside("from _pytest.outcomes import Skipped\nraise Skipped('x')"), "may hide itself", id="raises Skipped"),
    pytest.param(inside("import pytest\nrequest.applymarker(pytest.mark.xfail)\nassert price()"), "`pytest.mark.xfail`", id="applymarker"),
    pytest.param("import pytest\n@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.skip)])\n" + CALL.partition("\n\n")[2], "`pytest.mark.skip`", id="a row that is skipped"),
    pytest.param(inside("import time\ntime.sleep(60 * 0.05)\nassert price()"), "sleeps for 3 seconds", id="a product"),
    pytest.param(inside("import time\ntime.sleep(0.6)\nprice()\ntime.sleep(0.6)\nassert price()"), "sleeps for 1.2 seconds", id="in all"),
    pytest.param("import asyncio\nasync def test_price():\n    await asyncio.sleep(delay=5)\n    assert price()", "sleeps for 5 seconds", id="asyncio.sleep"),
    pytest.param(inside("try:\n    assert price() == 3\nexcept AssertionError:\n    print('no')"), "hides", id="except AssertionError"),
    pytest.param(inside("error = None\ntry:\n    assert price() == 3\nexcept Exception as e:\n    error = e"), "hides", id="except, stored"),
    pytest.param(inside("try:\n    price()\n    assert False\nexcept Exception:\n    pass"), "hides", id="assert False is caught as well"),
    pytest.param(inside("x = price()\nif x != 3:\n    return\nassert x == 3"), "may `return` before it asserts", id="way out"),
    pytest.param(inside("try:\n    x = price()\nexcept OSError:\n    return\nassert x == 3"), "may `return` before it asserts", id="way out by except"),
    pytest.param(inside("x = price()\nif x:\n    assert x == 3"), "asserts nothing unless `x` holds", id="only if"),
    pytest.param(inside("x = price()\nwith open('f'):\n    if isinstance(x, dict):\n        assert x == {}"), "asserts nothing unless `isinstance(x, dict)` holds", id="only if, within with"),
    pytest.param(inside("assert price() is not None"), "asserts only that there is something", id="not None"),
    pytest.param(inside("x = price()\nassert not x is None\nassert x != None"), "asserts only that there is something", id="not None, said twice"),
    pytest.param(inside("m = mocker.Mock(return_value=3)\nprice(m)\nassert m() == 3"), "asserts about its own mock", id="own mock"),
    pytest.param(inside("m = mocker.Mock()\nm.f.return_value = 3\nassert price(m) == 1\nassert m.f.return_value == 3"), "asserts about its own mock", id="own mock beside a good assertion"),
    pytest.param(inside("x = price()\nassert x is None or x is not None"), "always so", id="one or the opposite"),
    pytest.param(inside("x = price()\nassert not x != x"), "always so", id="not x != x"),
    pytest.param(inside("x = price()\nassert x in [x, 3]"), "always so", id="in a list with itself"),
    pytest.param(inside("x = price()\nassert 0 <= len(x)"), "always so", id="0 <= len"),
    pytest.param(inside("x = price()\nassert len(x) > -1"), "always so", id="len > -1"),
    pytest.param(inside("x = price()\nassert isinstance(x, (int, object))"), "always so", id="object among types"),
    pytest.param(inside("x = price()\nassert isinstance(x, type(x))"), "always so", id="its own type"),
    pytest.param(inside("x = price()\nassert {'price': x}"), "always so", id="a dict display"),
    pytest.param(inside("x = price()\nassert f'got {x}'"), "always so", id="a message"),
    pytest.param(inside("x = price()\nassert bool('x')"), "always so", id="bool of a literal"),
    pytest.param(inside("x = price()\nself.assertGreaterEqual(len(x), 0)"), "always so", id="assertGreaterEqual(len, 0)"),
    pytest.param(inside("x = price()\nself.assertFalse(False)"), "always so", id="assertFalse(False)"),
    pytest.param(inside("x = price()\nself.assertIsInstance(x, object)"), "always so", id="assertIsInstance(object)"),
    pytest.param(inside("x = price()\nself.assertIn(x, [x])"), "always so", id="assertIn itself"),
    pytest.param(inside("x = price()\nself.assertIsNotNone(x)"), "asserts only that there is something", id="assertIsNotNone"),
    pytest.param("def price(x):\n    return x\n\ndef test_price():\n    assert price(1) == 1", "defines `price` itself instead of testing the one of `shop`", id="copy"),
    pytest.param(inside("def price(x):\n    return x\nassert price(1) == 1"), "defines `price` itself", id="copy within"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words"), REFUSED)
def test_refused(code: str, words: str) -> None:
    assert words in said(code)


def test_a_reply_without_a_test() -> None:
    assert said("", name="") == "the reply holds no test function"


def test_a_copy_of_the_class_of_a_method() -> None:
    code = "class Cart:\n    def total(self): return 1\n\ndef test_price():\n    assert Cart().total() == 1"
    assert "defines `Cart` itself" in said(code, qualname="Cart.total")
    assert said(code, qualname="total") == "", "a method of another class may have the name"


def test_a_comparison_may_be_tested_with_itself() -> None:
    code = inside("a = price()\nassert a == a")
    assert said(code, qualname="Money.__eq__") == ""
    assert "always so" in said(inside("price()\nassert 1 == 1"), qualname="Money.__eq__")


def test_a_syntax_warning_in_the_code_is_no_fault(recwarn: pytest.WarningsRecorder) -> None:
    assert said(inside("assert price('\\d') is 1")) == ""
    assert not recwarn.list


def test_deep_code_is_refused() -> None:
    assert "does not parse" in said(f"def test_price():\n    assert {'(' * 5000}1{')' * 5000}")


def test_long_sums_are_refused_and_not_followed() -> None:
    assert "nested too deeply" in said(inside(f"assert price() == {'+'.join(['price()'] * 990)}"))


def test_the_check_says_what_the_rules_say() -> None:
    [check] = checks()
    assert (check.name, check.stage, check.cost) == ("policy", Stage.STATIC, 0)
    for code, refused in ((CALL, False), (above("price(3)"), True)):
        edit = Edit(CANDIDATE.target.test_path, None, code, ("test_price",))
        trial = Trial(replace(CANDIDATE, code=code), edit, Job(edit.path, edit.tests))
        refusal = asyncio.run(check(trial, NOBODY))
        assert (refusal is not None and refusal.check == "policy") is refused


def checks() -> list[Check]:
    return list(policy.pytest_aigen_checks(Settings()))
