"""What depends on the code under test, and what does not: each body has one assertion or more, all alike."""

from __future__ import annotations

from textwrap import indent

import pytest

from pytest_aigen.checks import reading
from pytest_aigen.checks.oracle import Assertions
from pytest_aigen.checks.reading import parsed

HEAD = """
import asyncio, json, logging, os, sys
import pytest
from unittest import mock
from unittest.mock import MagicMock, Mock, patch
import shop
from shop import Cart, price

"""


def depends(body: str) -> bool:
    """Some assertion of the test counts."""
    arguments = "self, mocker, monkeypatch, tmp_path, capsys"
    tree = parsed(f"{HEAD}def test_price({arguments}):\n{indent(body, '    ')}\n")
    test = reading.test_function(tree, "test_price")
    assert test is not None
    return any(True for _ in Assertions(tree, test, "shop").counting())


DEPENDS = [
    pytest.param("x = price(1)\nassert x == 3", id="assigned"),
    pytest.param("a, b = price(1), 3\nassert a == b", id="unpacked"),
    pytest.param("first, *rest = price(1)\nassert rest == [2]", id="starred"),
    pytest.param("if (r := price(1)):\n    assert r == 3", id="walrus"),
    pytest.param("with Cart() as cart:\n    assert cart.open", id="with"),
    pytest.param("for x in price(3):\n    assert x > 0", id="for"),
    pytest.param("assert [price(i) for i in range(3)] == [0, 1, 2]", id="comprehension"),
    pytest.param("total = 0\nfor i in range(3):\n    total += price(i)\nassert total == 3", id="added up"),
    pytest.param("found = {}\nfound['a'] = price(1)\nassert found == {'a': 3}", id="item"),
    pytest.param("found = []\nfound.append(price(1))\nassert found == [3]", id="appended"),
    pytest.param("def run():\n    return price(1)\nassert run() == 3", id="local function"),
    pytest.param("assert asyncio.run(price(1)) == 3", id="coroutine"),
    pytest.param("assert getattr(shop, 'pri' + 'ce')(1) == 3", id="getattr"),
    pytest.param("exec('from shop import price; x = price(1)', globals())\nassert eval('x') == 3", id="exec"),
    pytest.param("import importlib\nm = importlib.import_module('s' + 'hop')\nassert m.x == 3", id="dynamic import"),
    pytest.param("assert shop.RATE == 3", id="constant of the module"),
    pytest.param("assert type('Mine', (Cart,), {})().total() == 3", id="subclass made by type"),
    pytest.param("class Mine(Cart):\n    def rate(self): return 2\nassert Mine().total() == 3", id="subclass"),
    pytest.param("@price\ndef f(): return 3\nassert f() == 3", id="decorated by the code"),
    pytest.param("assert json.dumps({'a': 1}, default=price) == 'x'", id="given to a library"),
    pytest.param("match price(1):\n    case [a, *rest]:\n        assert a == rest", id="match"),
    pytest.param("d = {}\nprice(d)\nassert d == {'a': 1}", id="a dict that was handed over"),
    pytest.param("cart = Cart()\nbox = [cart]\ncart.add(1)\nassert box[0] == 1", id="held by a list"),
    pytest.param("seen = []\nprice(seen.append)\nassert seen == [1]", id="bound method as callback"),
    pytest.param("seen = []\ndef f(x):\n    seen.append(x)\nprice(f)\nassert seen == [1]", id="callback"),
    pytest.param("seen = []\nprice(lambda x: seen.append(x))\nassert seen == [1]", id="lambda"),
    pytest.param("def f(x):\n    assert x == 3\nprice(f)", id="a callback that asserts"),
    pytest.param("class F:\n    def run(self, x):\n        self.got = x\nf = F()\nprice(f)\nassert f.got == 3", id="fake"),
    pytest.param("seen = []\nmonkeypatch.setattr(shop, 'send', lambda x: seen.append(x))\nprice(1)\nassert seen == [1]", id="patched in"),
    pytest.param("def fake(c):\n    assert c == 'x'\nmonkeypatch.setattr(os, 'getcwd', fake)\nprice(1)", id="patched in, asserts"),
    pytest.param("price(tmp_path / 'x')\nassert (tmp_path / 'x').read_text() == 'y'", id="file"),
    pytest.param("p = tmp_path / 'x'\np.write_text('a')\nprice(str(p))\nassert not p.exists()", id="file made before"),
    pytest.param("price(1)\nassert capsys.readouterr().out == 'x'", id="printed"),
    pytest.param("price(1)\nassert os.environ['A'] == '1'", id="environment"),
    pytest.param("log = logging.getLogger('x')\nprice(1)\nassert log.level == 10", id="logging"),
    pytest.param("price(1)\nassert 'x'.encode('shop-codec') == b'y'", id="codec"),
    pytest.param("m = Mock()\nprice(m)\nm.send.assert_called_once_with(3)", id="mock"),
    pytest.param("m = Mock()\nm.size = 3\nprice(m)\nassert m.send.call_args[0] == (3,)", id="recorded"),
    pytest.param("m = Mock()\ncart = Cart()\ncart.db = m\ncart.save()\nm.save.assert_called_once()", id="mock put into it"),
    pytest.param("m = MagicMock()\nconn = m.return_value\nprice(m)\nconn.close.assert_called_once()", id="of a mock"),
    pytest.param("with patch('shop.os') as o:\n    price(1)\no.remove.assert_called_once()", id="patch"),
    pytest.param("p = patch('shop.os')\no = p.start()\nprice(1)\no.remove.assert_called_once()", id="patch started"),
    pytest.param("m = mocker.patch('shop.os')\nprice(1)\nm.remove.assert_called_once()", id="mocker.patch"),
    pytest.param("m = mocker.spy(shop, 'tax')\nprice(1)\nm.assert_called_once_with(1)", id="spy"),
    pytest.param("m = Mock(wraps=price)\nassert m(1) == 3", id="wraps the code"),
    pytest.param("cart = Cart()\ncart.log = MagicMock()\ncart.add(1)\ncart.log.assert_called_once()", id="mock as attribute"),
    pytest.param("self.assertEqual(price(1), 3)", id="unittest"),
    pytest.param("import numpy as np\nnp.testing.assert_allclose(price(1), 3)", id="numpy"),
    pytest.param("with pytest.raises(ValueError):\n    price(-1)", id="raises"),
    pytest.param("with pytest.raises(Exception) as e:\n    price(-1)\nassert 'x' in str(e.value)", id="raises, asked"),
    pytest.param("with pytest.raises(Exception) as e:\n    price(-1)\nassert e.type is ValueError", id="raises, its type"),
    pytest.param("with self.assertLogs('x') as logs:\n    price(1)\nself.assertIn('a', logs.output)", id="logs"),
    pytest.param("try:\n    price(-1)\nexcept ValueError as e:\n    assert str(e) == 'x'", id="caught"),
    pytest.param("called = False\ndef f():\n    nonlocal called\n    called = True\nprice(f)\nassert called", id="set by a callback"),
    pytest.param("n = 0\n@price\ndef f():\n    nonlocal n\n    n += 1\nassert n == 0", id="counted by a decorated function"),
    pytest.param("class Seen:\n    called = False\ndef f():\n    Seen.called = True\nprice(f)\nassert Seen.called", id="attribute set by a callback"),
    pytest.param("@price\nclass C:\n    x = 1\nassert C.x == 2", id="attribute of a decorated class"),
    pytest.param("@price\nclass C:\n    x: int = 1\nwith pytest.raises(AttributeError):\n    C.x", id="attribute that a decorator removes"),
    pytest.param("def echo(cls, x): return x\ncls = price({'echo': classmethod(echo)})\nassert cls.echo(1) == 1", id="a variable called cls"),
    pytest.param("with pytest.warns() as told:\n    price(1)\nassert [str(w.message) for w in told] == ['x']", id="warnings"),
    pytest.param("import warnings\nwith warnings.catch_warnings(record=True) as told:\n    price(1)\nassert len(told) == 1", id="warnings, caught"),
    pytest.param("with pytest.deprecated_call() as told:\n    price(1)\nassert len(told) == 1", id="deprecations"),
    pytest.param("cart = Cart()\nwith pytest.raises(TypeError):\n    cart |= None", id="augmented"),
    pytest.param("m = mocker.patch('os.remove')\nprice(1)\nseen = {}\nfor call in m.call_args_list:\n    a, b = call.args\n    seen[a] = b\nassert 'x' in seen", id="loops over recorded calls"),
    pytest.param("import traceback\ntry:\n    price(1)\nexcept ValueError:\n    text = traceback.format_exc()\n    assert 'x' in text", id="traceback"),
]  # fmt: skip


@pytest.mark.parametrize("body", DEPENDS)
def test_depends(body: str) -> None:
    assert depends(body)


INDEPENDENT = [
    pytest.param("x = 3\nprice(x)\nassert x == 3", id="what went in"),
    pytest.param("price(1)\nn = len('abc')\nassert n == 3", id="of a literal"),
    pytest.param("price(1)\nd = {'a': 1}\nassert d == {'a': 1}", id="a dict of its own"),
    pytest.param("items = [1]\nn = sum(items)\nprice(2)\nassert n == 1", id="a sum of its own"),
    pytest.param("rows = [(1, 2)]\nfor a, b in rows:\n    price(a)\nassert len(rows) == 1", id="rows of a table"),
    pytest.param("def f():\n    return 3\nprice(1)\nassert f() == 3", id="a function of its own"),
    pytest.param("price(1)\nassert isinstance(3, Cart)", id="a class only named"),
    pytest.param("price(1)\nassert callable(price)", id="callable"),
    pytest.param("price(1)\nassert hasattr(shop, 'price')", id="hasattr"),
    pytest.param("price(1)\nassert os.path.join('a', 'b') == 'a/b'", id="a pure function of os"),
    pytest.param("price(1)\nassert sys.platform == 'linux'", id="the platform"),
    pytest.param("assert os.getcwd() == '/'", id="the process, where the code is not used"),
    pytest.param("price(1)\nself.assertEqual(1 + 1, 2)", id="unittest, of literals"),
    pytest.param("m = Mock(return_value=3)\nprice(1)\nassert m() == 3", id="what a mock was told"),
    pytest.param("m = Mock()\nm.f.return_value = 4\nprice(m)\nassert m.f.return_value == 4", id="what a part was told"),
    pytest.param("m = mocker.patch('shop.price', return_value=5)\nassert m(1) == 5", id="the mock of the code"),
    pytest.param("with patch('shop.price', return_value=3):\n    assert shop.price() == 3", id="the code replaced"),
    pytest.param("with patch.object(Cart, 'total', return_value=3):\n    c = Cart()\n    assert c.total() == 3", id="a method replaced"),
    pytest.param("cart = Cart()\ncart.total = Mock(return_value=3)\nassert cart.total() == 3", id="an attribute replaced"),
    pytest.param("monkeypatch.setattr(shop, 'price', lambda x: 3)\nassert shop.price(1) == 3", id="replaced by monkeypatch"),
    pytest.param("m = Mock()\nm.f(3)\nprice(1)\nm.f.assert_called_once_with(3)", id="called by the test"),
    pytest.param("m = Mock()\nprice(1)\nm.assert_not_called()", id="nobody has the mock"),
    pytest.param("with patch('shop.price') as p:\n    shop.price(3)\np.assert_called_once_with(3)", id="the mock of the code, called"),
    pytest.param("with pytest.raises(Exception):\n    price(-1)", id="any exception"),
    pytest.param("with pytest.raises(Exception) as e:\n    price(-1)\nassert e", id="any exception, named"),
    pytest.param("with pytest.raises(Exception) as e:\n    price(-1)\nassert e.value is not None", id="any exception, not None"),
    pytest.param("with pytest.raises(ValueError):\n    int('x')\nprice(1)", id="another raises"),
    pytest.param("with pytest.raises(ValueError):\n    raise ValueError", id="the test raises"),
    pytest.param("price(1)\nm = Mock()\nm.called_once()", id="no assertion"),
]  # fmt: skip


@pytest.mark.parametrize("body", INDEPENDENT)
def test_independent(body: str) -> None:
    assert not depends(body)


ABOVE = [
    pytest.param("@pytest.mark.parametrize('x', [Cart, price])\n", "assert x(1) == 3", "x", True, id="rows of the code"),
    pytest.param("@pytest.mark.parametrize('x, y', [(1, 2)])\n", "price(x)\nassert y == 2", "x, y", False, id="plain rows"),
    pytest.param("@pytest.mark.parametrize('x', [[1]])\n", "price(x)\nassert x == [1]", "x", True, id="rows that the code may change"),
    pytest.param("@pytest.fixture\ndef cart():\n    return Cart()\n\n", "assert cart.total == 3", "cart", True, id="fixture of the code"),
    pytest.param("@pytest.fixture\ndef rows():\n    return [1]\n\n", "price(1)\nassert rows == [1]", "rows", False, id="plain fixture"),
    pytest.param("@pytest.fixture\ndef m():\n    with patch('shop.os') as m:\n        yield m\n\n", "price(1)\nm.remove.assert_called()", "m", True, id="fixture that patches"),
    pytest.param("@pytest.fixture\ndef m():\n    return Mock()\n\n", "price(1)\nm.f.assert_not_called()", "m", False, id="fixture with a mock"),
    pytest.param("", "assert basket.total == 3", "basket", True, id="fixture of the project"),
    pytest.param("@patch('shop.os')\n", "price(1)\no.remove.assert_called_once()", "o", True, id="patched by a decorator"),
    pytest.param("@patch('shop.price')\n", "shop.price(1)\np.assert_called_once()", "p", False, id="patched by a decorator and called"),
    pytest.param("ROWS = [1]\n\n", "price(2)\nassert ROWS == [1]", "", False, id="constant of the test module"),
    pytest.param("from .conftest import helper\n\n", "assert helper() == 3", "", True, id="a helper of the project"),
    pytest.param("import otherlib\n\n", "assert otherlib.f() == 3", "", True, id="a library that nobody knows"),
]  # fmt: skip


@pytest.mark.parametrize(("above", "body", "arguments", "expected"), ABOVE)
def test_what_stands_above(above: str, body: str, arguments: str, expected: bool) -> None:
    tree = parsed(f"{HEAD}{above}def test_price({arguments}):\n{indent(body, '    ')}\n")
    test = reading.test_function(tree, "test_price")
    assert test is not None
    assert any(True for _ in Assertions(tree, test, "shop").counting()) is expected


CLASSES = [
    pytest.param("class TestX:\n    def setup_method(self):\n        self.cart = Cart()\n    def test_x(self):\n        assert self.cart.total == 3", True, id="set up"),
    pytest.param("class TestX:\n    def setup_method(self):\n        self.rows = [1]\n    def test_x(self):\n        price(1)\n        assert self.rows == [1]", False, id="set up, plain"),
    pytest.param("class TestX:\n    def make(self):\n        return Cart()\n    def test_x(self):\n        assert self.make().total == 3", True, id="helper method"),
    pytest.param("class TestX(shop.TestCase):\n    def test_x(self):\n        assert self.client.get() == 3", True, id="base of the project"),
    pytest.param("class TestX:\n    kind: type\n    def test_x(self):\n        assert self.kind() == 3", True, id="declared only"),
    pytest.param("class TestX:\n    RATE = 3\n    def test_x(self):\n        price(1)\n        assert self.RATE == 3", False, id="constant of the class"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CLASSES)
def test_classes(code: str, expected: bool) -> None:
    tree = parsed(HEAD + code)
    test = reading.test_function(tree, "TestX::test_x")
    assert test is not None
    assert any(True for _ in Assertions(tree, test, "shop").counting()) is expected


@pytest.mark.parametrize("module", ["numpy.linalg", "json.tool"])
def test_a_library_may_be_the_code_under_test(module: str) -> None:
    package = module.partition(".")[0]
    tree = parsed(f"import {module}\n\ndef test_x():\n    assert {package}.f(1) == 3\n")
    test = reading.test_function(tree, "test_x")
    assert test is not None
    assert any(True for _ in Assertions(tree, test, module).counting())
    assert not any(True for _ in Assertions(tree, test, "shop").counting())
