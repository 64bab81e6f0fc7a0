"""Each rule with what it mends beside what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.generators import known, modules, repair
from pytest_aigen.generators.llm import candidates
from pytest_aigen.generators.reply import parses
from tests.contexts import context


@pytest.fixture(autouse=True)
def fresh() -> None:
    modules._spec.cache_clear()


def mended(source: str, **about: object) -> str:
    given = context(**about)  # type: ignore[arg-type]
    after = repair.mend(source, given)
    assert parses(after)
    return after


def only(source: str, **about: object) -> str:
    """The code of the one candidate."""
    (candidate,) = candidates(source, context(**about))  # type: ignore[arg-type]
    assert candidate.name
    return candidate.code


# ------------------------------------------------------------------------------------------ missing imports


@pytest.mark.parametrize(
    ("used", "imported"),
    [
        ("total([])", "from shop.basket import total"),
        ("SoldOut", "from shop.errors import SoldOut"),
        ("json.dumps(1)", "import json"),
        ("basket.total([])", "from shop import basket"),
        ("shop.basket.total([])", "import shop.basket"),
        ("pytest.raises(ValueError)", "import pytest"),
        ("MagicMock()", "from unittest.mock import MagicMock"),
        ("mock.Mock()", "from unittest import mock"),
        ("Path('a')", "from pathlib import Path"),
        ("datetime.now()", "from datetime import datetime"),
        ("datetime.datetime.now()", "import datetime"),
        ("re.compile('a')", "import re"),
        ("Decimal('1')", "from decimal import Decimal"),
    ],
)
def test_missing_import_is_added(used: str, imported: str) -> None:
    assert only(f"def test_a():\n    assert {used}\n").startswith(f"{imported}\n\n\n")


@pytest.mark.parametrize("used", ["frobnicate(1)", "np.zeros(1)", "item", "Field()", "len(__name__)"])
def test_name_of_unknown_meaning_stays_unbound(used: str) -> None:
    assert "import" not in only(f"def test_a():\n    assert {used}\n")


@pytest.mark.parametrize(
    "source",
    [
        "def total(x):\n    return 1\n\ndef test_a():\n    import shop.basket\n    assert shop.basket\n",
        "def test_a():\n    total = 1\n    assert total\n",
        "def test_a():\n    assert [total for total in (1,)]\n",
        "def test_a(total):\n    assert total\n",
        "def test_a():\n    from shop.basket import total\n    assert total\n",
    ],
)
def test_bound_name_is_not_imported(source: str) -> None:
    assert "from shop.basket import total\n\n" not in only(source)


def test_installed_library_by_its_alias() -> None:
    assert known.statement("np", frozenset(), installed=frozenset({"numpy"})) == "import numpy as np"
    assert known.statement("np", frozenset()) is None


@pytest.mark.parametrize(
    ("module", "there"),
    [
        ("json", True), ("json.decoder", True), ("json.nothing", False), ("os.path", True), ("sys", True), ("sys.x", True),
        ("pytest", True), ("nowhere", False), ("nowhere.at.all", False), ("", False), ("__main__", False), ("a..b", False),
    ],
)  # fmt: skip
def test_whether_a_module_exists(module: str, there: bool) -> None:
    assert modules.exists(module) is there


def test_a_finder_that_fails_leaves_the_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def find_spec(self, *args: object) -> None:
            raise RuntimeError

    monkeypatch.setattr("sys.meta_path", [Broken()])
    assert modules.exists("nowhere_but_who_knows")


def test_a_module_whose_source_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "fleeting.py"
    path.write_text("name = 1")
    assert modules.exists("fleeting", (str(tmp_path),))
    path.unlink()
    assert not modules.mentions("fleeting", "name", (str(tmp_path),))
    assert modules.mentions("sys", "anything")


# -------------------------------------------------------------------------------------------- wrong modules


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("from your_module import total", "from shop.basket import total"),
        ("from __main__ import total as t", "from shop.basket import total as t"),
        ("from basket import total", "from shop.basket import total"),
        ("from src.shop.basket import total", "from shop.basket import total"),
        (
            "from path.to.module import Basket, total",
            "from shop.basket import Basket; from shop.basket import total",
        ),
        ("from module_name import SoldOut", "from shop.errors import SoldOut"),
        ("from .basket import total", "from shop.basket import total"),
        ("from . import basket", "from shop import basket"),
        ("from your_package import basket", "from shop import basket"),
        ("from nowhere import total", "from shop.basket import total"),
        ("from my_module import unknown", "from shop.basket import unknown"),
        ("import basket", "from shop import basket"),
        ("import your_module", "import shop.basket as your_module"),
        ("import your_module as m", "import shop.basket as m"),
        ("from mock import patch", "from unittest.mock import patch"),
        ("from .. import basket", "from shop import basket"),
        ("from collections import KeysView as KV", "from collections.abc import KeysView as KV"),
        ("import mock", "from unittest import mock"),
    ],
)
def test_wrong_module_is_corrected(written: str, meant: str) -> None:
    assert mended(f"{written}\n") == f"{meant}\n"
    assert mended(f"def test_a():\n    {written}\n") == f"def test_a():\n    {meant}\n"


@pytest.mark.parametrize(
    "written",
    [
        "from shop.basket import total",
        "from shop.basket import nonsense",
        "from json import dumps",
        "from collections import OrderedDict",
        "from os.path import join",
        "import os.path, json",
        "from numpy_or_so import array",
        "import wrong.path",
        "from __future__ import annotations",
        "from pytest import raises as total",
        "from xml.etree import ElementTree",
    ],
)
def test_other_imports_stay(written: str) -> None:
    assert mended(f"{written}\n") == f"{written}\n"


def test_import_from_a_module_of_the_project_that_lacks_the_name(tmp_path: Path) -> None:
    package = tmp_path / "bazaar"
    package.mkdir()
    (package / "__init__.py").write_text("from bazaar.stall import Stall\n")
    (package / "stall.py").write_text("")
    base = context(
        module="bazaar.stall", names={n: f"from bazaar.stall import {n}" for n in ("Stall", "price")}
    )
    path = package / "stall.py"
    given = replace(base, target=replace(base.target, gap=replace(base.target.gap, path=path)))
    source = "from bazaar import Stall\nfrom bazaar import price\nfrom bazaar.missing import price\n"
    assert repair.mend(source, given) == (
        "from bazaar import Stall\nfrom bazaar.stall import price\nfrom bazaar.stall import price\n"
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("patch('your_module.total')", "patch('shop.basket.total')"),
        ('mocker.patch("basket.total", 1)', 'mocker.patch("shop.basket.total", 1)'),
        ("monkeypatch.setattr('__main__.LIMIT', 1)", "monkeypatch.setattr('shop.basket.LIMIT', 1)"),
        ("patch.dict('basket.STOCK', {})", "patch.dict('shop.basket.STOCK', {})"),
        ("patch('os.environ')", "patch('os.environ')"),
        ("patch('shop.basket.total')", "patch('shop.basket.total')"),
        ("patch('nowhere.total')", "patch('nowhere.total')"),
        ("print('basket.total')", "print('basket.total')"),
        ("patch(f'basket.{name}')", "patch(f'basket.{name}')"),
        ("patch(name)", "patch(name)"),
    ],
)
def test_patched_names(written: str, meant: str) -> None:
    assert mended(f"x = {written}\n") == f"x = {meant}\n"


# ------------------------------------------------------------------------------------- pasted-in definitions


@pytest.mark.parametrize(
    "pasted",
    [
        "def total(prices, *, discount=0):\n    return sum(prices)\n",
        "@decorated\ndef total(prices):\n    return 1\n",
        "class Basket:\n    def add(self): pass\n",
        "def total(prices):\n    return Basket()\nclass Basket(list):\n    pass\n",
    ],
)
def test_pasted_definition_gives_way_to_the_real_one(pasted: str) -> None:
    code = only(f"{pasted}\ndef test_a():\n    assert total([]), Basket()\n")
    assert code == (
        "from shop.basket import Basket\nfrom shop.basket import total\n\n\ndef test_a():\n    assert total([]), Basket()\n"
    )


@pytest.mark.parametrize(
    "own",
    [
        "class Basket(basket.Basket):\n    pass\n",
        "class Basket(Basket):\n    pass\n",
        "def total(x):\n    return basket.total(x)\n",
        "@pytest.fixture\ndef total():\n    return 1\n",
        "class Helper:\n    pass\n",
        "LIMIT = 2\n",
    ],
)
def test_own_definition_stays(own: str) -> None:
    assert own in mended(f"import pytest\nfrom shop import basket\n{own}\ndef test_a():\n    assert 1\n")


# --------------------------------------------------------------------------------------------- private names


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("def test_a():\n    assert Basket(1).__weigh()\n", "def test_a():\n    assert Basket(1)._Basket__weigh()\n"),
        ("class TestA:\n    def test_a(self):\n        assert b.__weigh()\n", "class TestA:\n    def test_a(self):\n        assert b._Basket__weigh()\n"),
        ("def test_a():\n    assert b.___Basket__weigh()\n", "def test_a():\n    assert b._Basket__weigh()\n"),
        ("patch.object(Basket, '__weigh')\n", "patch.object(Basket, '_Basket__weigh')\n"),
        ("mocker.patch('shop.basket.Basket.__weigh')\n", "mocker.patch('shop.basket.Basket._Basket__weigh')\n"),
        ("from shop.basket import __Scale\nclass TestA:\n    def test_a(self):\n        assert __Scale\n",
         "from shop.basket import __Scale as _Scale\nclass TestA:\n    def test_a(self):\n        assert _Scale\n"),
        ("class TestA:\n    def test_a(self):\n        assert __Scale\n",
         "from shop.basket import __Scale as _Scale\nclass TestA:\n    def test_a(self):\n        assert _Scale\n"),
        ("class TestA:\n    def test_a(self):\n        assert basket.__Scale(1)\n",
         "class TestA:\n    def test_a(self):\n        assert getattr(basket, \"__Scale\")(1)\n"),
        # What is right as it is.
        ("def test_a():\n    assert b._Basket__weigh()\n", None),
        ("from shop.basket import __Scale\ndef test_a():\n    assert __Scale\n", None),
        ("def test_a():\n    assert b.__dict__\n", None),
        ("def test_a():\n    assert b.__unheard_of\n", None),
        ("class Fake(Basket):\n    def __weigh(self):\n        return self.__weigh()\n", None),
        ("print('weigh', '__dict__')\n", None),
        ("def test_a():\n    assert basket.__Scale\n", None),
    ],
)  # fmt: skip
def test_private_names(written: str, meant: str | None) -> None:
    assert mended(written) == (written if meant is None else meant)


def test_private_method_of_the_target_itself() -> None:
    assert "._Tin__open()" in mended("def test_a():\n    Tin().__open()\n", qualname="Tin.__open")
    assert "._Lid__open()" in mended("def test_a():\n    Lid().__open()\n", qualname="Tin.__Lid.__open")


# ------------------------------------------------------------------------------------------- self and classes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("class TestA:\n    def test_a():\n        assert 1\n", "class TestA:\n    def test_a(self):\n        assert 1\n"),
        ("class TestA:\n    def test_a(tmp_path):\n        assert 1\n", "class TestA:\n    def test_a(self, tmp_path):\n        assert 1\n"),
        ("class TestA:\n    def setUp():\n        pass\n    def test_a(self):\n        pass\n", "class TestA:\n    def setUp(self):\n        pass\n    def test_a(self):\n        pass\n"),
        ("def test_a(self):\n    assert 1\n", "def test_a():\n    assert 1\n"),
        ("def test_a(self, tmp_path):\n    assert 1\n", "def test_a(tmp_path):\n    assert 1\n"),
        ("class BasketTests:\n    def test_a(self):\n        assert 1\n", "class TestBasketTests:\n    def test_a(self):\n        assert 1\n"),
        ("class TestA:\n    @staticmethod\n    def test_a():\n        assert 1\n", None),
        ("class TestA:\n    def test_a(this):\n        assert this\n", None),
        ("class TestA:\n    def helper(x):\n        return x\n    def test_a(self):\n        pass\n", None),
        ("def test_a(self):\n    assert self.basket\n", None),
        ("class TestA:\n    @pytest.fixture\n    def one(tmp_path):\n        pass\n    def test_a(self):\n        pass\n",
         "class TestA:\n    @pytest.fixture\n    def one(self, tmp_path):\n        pass\n    def test_a(self):\n        pass\n"),
        ("class Cases(TestCase):\n    def test_a(self):\n        assert 1\n", None),
        ("class Helper:\n    def run():\n        pass\n", None),
    ],
)  # fmt: skip
def test_self(written: str, meant: str | None) -> None:
    assert mended(written) == (written if meant is None else meant)


def test_marks_of_a_module_go_to_its_tests() -> None:
    source = (
        "import pytest\npytestmark = [pytest.mark.one, pytest.mark.two]\n"
        "@pytest.fixture(autouse=True)\ndef clean():\n    yield\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef wide():\n    yield\n"
        "def test_a():\n    assert 1\n\nclass TestB:\n    def test_b(self):\n        assert 1\n"
    )
    first, second = candidates(source, context())
    decorators = '@pytest.mark.one\n@pytest.mark.two\n@pytest.mark.usefixtures("clean")\n@pytest.mark.usefixtures("wide")\n'
    for code in (first.code, second.code):
        assert decorators in code
        assert "@pytest.fixture\ndef clean" in code
        assert "@pytest.fixture(scope='module')\ndef wide" in code
        assert "pytestmark" not in code
        assert "autouse" not in code


# ------------------------------------------------------------------------------------------------------ async

ASYNC = "async def test_a(tmp_path):\n    assert await f(tmp_path)\n"
MARKED = f"@pytest.mark.asyncio\n{ASYNC}"
PLAIN = "async def _test_a(tmp_path):\n    assert await f(tmp_path)\n\n\ndef test_a(tmp_path):\n    asyncio.run(_test_a(tmp_path))\n"
METHOD = "class TestA:\n    async def test_a(self):\n        await f()\n"


@pytest.mark.parametrize(
    ("written", "tools", "meant"),
    [
        (ASYNC, ["asyncio: strict"], MARKED),
        (ASYNC, ["pytest-asyncio: strict"], MARKED),
        (ASYNC, ["pytest-asyncio"], MARKED),
        (MARKED, ["asyncio: strict"], MARKED),
        (ASYNC, ["asyncio: auto"], ASYNC),
        (ASYNC, [], PLAIN),
        (MARKED, ["pytest-mock"], PLAIN),
        ("@pytest.mark.anyio\n" + ASYNC, ["anyio"], "@pytest.mark.anyio\n" + ASYNC),
        ("@pytest.mark.anyio\n" + ASYNC, [], PLAIN),
        (ASYNC, ["asyncio: strict", "anyio: in use"], "@pytest.mark.anyio\n" + ASYNC),
        (MARKED, ["anyio: in use"], "@pytest.mark.anyio\n" + ASYNC),
        ("@pytest.mark.anyio\n" + ASYNC, ["anyio: in use"], "@pytest.mark.anyio\n" + ASYNC),
        (ASYNC[len("async ") :], ["anyio: in use"], "@pytest.mark.anyio\n" + ASYNC),
        ("async def test_a():\n    await asyncio.sleep(0)\n", ["anyio: in use"],
         '@pytest.mark.anyio\n@pytest.mark.parametrize("anyio_backend", ["asyncio"])\nasync def test_a():\n    await asyncio.sleep(0)\n'),
        (ASYNC[len("async ") :], ["asyncio: strict"], MARKED),
        (ASYNC[len("async ") :], [], PLAIN[len("async ") :].replace("def _test_a", "async def _test_a", 1)),
        (METHOD, ["asyncio: strict"], METHOD.replace("    async", "    @pytest.mark.asyncio\n    async")),
        (METHOD, [], METHOD.replace("test_a", "_test_a") + "\n    def test_a(self):\n        asyncio.run(self._test_a())\n"),
        ("@pytest.mark.asyncio\n" + METHOD, ["asyncio: strict"], "@pytest.mark.asyncio\n" + METHOD),
        (METHOD.replace("TestA", "TestA(IsolatedAsyncioTestCase)"), [], None),
        ("@pytest.fixture\nasync def tmp_path():\n    yield 1\n" + ASYNC, [], None),
        ("@pytest.fixture\nasync def shop():\n    yield 1\n", ["asyncio: strict"], "@pytest_asyncio.fixture\nasync def shop():\n    yield 1\n"),
        ("def test_a():\n    async def inner():\n        await f()\n    assert inner\n", [], None),
        ("@patch('x.y')\nasync def test_a(y, *, z=1):\n    pass\n", [], "async def _test_a(y, *, z=1):\n    pass\n\n\n@patch('x.y')\ndef test_a(y, *, z=1):\n    asyncio.run(_test_a(y, z=z))\n"),
    ],
)  # fmt: skip
def test_async(written: str, tools: list[str], meant: str | None) -> None:
    assert mended(written, tools=tools) == (written if meant is None else meant)


def test_wrapped_async_test_comes_with_what_it_runs() -> None:
    code = only("async def test_a():\n    assert 1\n\nasync def _other():\n    pass\n")
    assert code == (
        "import asyncio\n\n\nasync def _test_a():\n    assert 1\n\n\ndef test_a():\n    asyncio.run(_test_a())\n"
    )


# ------------------------------------------------------------------------------------------------- the whole


def test_text_outside_ascii_does_not_shift_edits() -> None:
    source = 'def test_a():\n    "ä"; assert "é", b.__weigh("ü").__weigh\n'
    assert mended(source) == 'def test_a():\n    "ä"; assert "é", b._Basket__weigh("ü")._Basket__weigh\n'


def test_a_mended_reply_runs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        **{
            "shop/__init__": "",
            "shop/basket": "class __Scale:\n    def __weigh(self): return 3\n\nasync def order(n): return n\n",
        }
    )
    base = context(
        module="shop.basket",
        qualname="__Scale.__weigh",
        names={n: f"from shop.basket import {n}" for n in ("__Scale", "order")},
    )
    reply = (
        "from your_module import __Scale\n\nclass ScaleTests:\n    @pytest.fixture\n    def scale():\n        return __Scale()\n\n"
        "    def test_weight(self, scale):\n        assert scale.__weigh() == 3\n\n"
        "async def order(n):\n    return 0\n\ndef test_order(self):\n    assert await order(2) == 2\n"
    )
    found = candidates(reply, base)
    assert [c.name for c in found] == ["TestScaleTests::test_weight", "test_order"]
    for number, candidate in enumerate(found):
        pytester.makepyfile(**{f"test_{number}": candidate.code})
    pytester.syspathinsert()
    pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:anyio").assert_outcomes(passed=2)
