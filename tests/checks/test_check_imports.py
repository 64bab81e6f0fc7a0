"""The closed world: what can be imported here, and what candidates say that cannot."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from pytest_aigen.checks import imports
from pytest_aigen.data import Candidate, Edit, Gap, Job, Refusal, Target, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

NOBODY: Any = None

FILES = {
    "src/aigen_shop/__init__.py": "from aigen_shop.cart import Cart\nVERSION = '1'\n",
    "src/aigen_shop/cart.py": """
        import re
        import typing as t
        from collections import OrderedDict as Ordered

        if t.TYPE_CHECKING:
            Price = int
        try:
            import yaml
        except ImportError:
            HAS_YAML = False
        raise RuntimeError("nobody imports the code under test")
        RATE: float = 1.0
        A, (B, *C) = 1, (2, 3)
        for loop in (): pass
        with open("x") as opened: pass
        if (walrus := 1): pass

        class Cart:
            attribute = 1

        def total(cart):
            global COUNTED
            inner = COUNTED = 1

        async def fetch(): ...
    """,
    "src/aigen_shop/star.py": "from aigen_shop.cart import *\n",
    "src/aigen_shop/lazy.py": "def __getattr__(name): ...\n",
    "src/aigen_shop/made.py": "import sys\nsys.modules[__name__ + '.sub'] = sys\nsetattr(sys.modules[__name__], 'x', 1)\n",
    "src/aigen_shop/broken.py": "def (\n",
    "src/aigen_shop/compiled.abi3.so": "",
    "src/aigen_space/part.py": "x = 1\n",
    "tests/__init__.py": "",
    "tests/helpers.py": "def make(): ...\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return root


def ask(root: Path, code: str) -> str:
    gap = Gap(root / "src/aigen_shop/cart.py", "total", 1, 9, frozenset({2}))
    target = Target(gap, "aigen_shop.cart", root / "tests/test_cart.py")
    edit = Edit(target.test_path, None, code, ("test_total",))
    trial = Trial(Candidate(target, "test_total", code, "llm"), edit, Job(edit.path, edit.tests))
    [check] = imports.pytest_aigen_checks(Settings())
    assert (check.name, check.stage, check.cost) == ("imports", Stage.STATIC, 0)
    refusal = asyncio.run(check(trial, NOBODY))
    assert refusal is None or refusal.check == "imports"
    return refusal.reason if isinstance(refusal, Refusal) else ""


def inside(body: str) -> str:
    return f"def test_total(tmp_path):\n{indent(dedent(body), '    ')}\n"


REAL = [
    "import os, sys, json",
    "import os.path",
    "import xml.etree.ElementTree as ET",
    "import concurrent.futures",
    "from collections.abc import Mapping",
    "from unittest import mock",
    "from unittest.mock import patch, MagicMock",
    "from math import sqrt",
    "from sys import path",
    "from os.path import join",
    "from __future__ import annotations",
    "import pytest, _pytest.monkeypatch",
    "from pytest import raises, MonkeyPatch",
    "import aigen_shop",
    "import aigen_shop.cart as c",
    "from aigen_shop import cart, Cart, VERSION",
    "from aigen_shop.cart import Cart, total, fetch, RATE, A, B, C, loop, opened, walrus, COUNTED",
    "from aigen_shop.cart import re, t, Ordered, Price, yaml, HAS_YAML, __doc__, __file__",
    "from aigen_shop.cart import *",
    "from aigen_shop.star import anything",
    "from aigen_shop.lazy import anything",
    "import aigen_shop.made.sub",
    "from aigen_shop.made import x",
    "from aigen_shop.broken import anything",
    "from aigen_shop.compiled import anything",
    "from aigen_space import part",
    "from aigen_space.part import x",
    "from tests.helpers import make",
    "from tests import helpers",
    "from .helpers import make",
    "from . import helpers",
    "from .. import tests",
    "import aigen_shop.compiled.inner",
    "import sys\nif sys.version_info >= (9,):\n    import from_the_future",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from _typeshed import SupportsRead",
    "try:\n    import numpy_that_is_not_here\nexcept ImportError:\n    numpy_that_is_not_here = None",
]


@pytest.mark.parametrize("line", REAL)
def test_real(root: Path, line: str) -> None:
    assert ask(root, f"{line}\n\ndef test_total():\n    assert 1\n") == ""
    if "*" not in line and "__future__" not in line:
        assert ask(root, inside(line)) == "", "within the test"


INVENTED = [
    ("import aigen_shopp", "there is no module `aigen_shopp` here; did you mean `aigen_shop`?"),
    (
        "import aigen_shop.carts",
        "there is no module `aigen_shop.carts` here; did you mean `aigen_shop.cart`?",
    ),
    (
        "from aigen_shop.card import Cart",
        "there is no module `aigen_shop.card` here; did you mean `aigen_shop.cart`?",
    ),
    (
        "from aigen_shops.cart import Cart",
        "there is no module `aigen_shops.cart` here; did you mean `aigen_shop.cart`?",
    ),
    ("from aigen_shop.cart.deep import x", "there is no module `aigen_shop.cart.deep` here"),
    ("import qqqqzzzz", "there is no module `qqqqzzzz` here"),
    ("from aigen_shop.cart import Carts", "`aigen_shop.cart` has no `Carts`; did you mean `Cart`?"),
    ("from aigen_shop.cart import inner", "`aigen_shop.cart` has no `inner`"),
    ("from aigen_shop.cart import attribute", "`aigen_shop.cart` has no `attribute`"),
    ("from aigen_shop import total", "`aigen_shop` has no `total`, `aigen_shop.cart` has"),
    ("from aigen_space import other", "`aigen_space` has no `other`"),
    ("from collections import Mapping", "`collections` has no `Mapping`, `collections.abc` has"),
    ("from math import squareroot", "`math` has no `squareroot`"),
    ("import unittest.mocks", "there is no module `unittest.mocks` here; did you mean `unittest.mock`?"),
    ("from .helper import make", "there is no module `.helper` beside the test module"),
    ("from ...nowhere.at import all", "there is no module `...nowhere.at` beside the test module"),
]


@pytest.mark.parametrize(("line", "reason"), INVENTED)
def test_invented(root: Path, line: str, reason: str) -> None:
    assert ask(root, f"{line}\n\ndef test_total():\n    assert 1\n").startswith(reason)
    assert ask(root, inside(line)).startswith(reason), "within the test"


PRETENDED = [
    "import sys\nmonkeypatch.setitem(sys.modules, 'yaml', None)\nfrom yaml import nothing",
    "monkeypatch.syspath_prepend(tmp_path)\nimport made_by_the_test",
    "import pytest\nwith pytest.raises(ImportError):\n    import nothing_of_this_name",
]


@pytest.mark.parametrize("body", PRETENDED)
def test_a_test_may_make_its_own_modules(root: Path, body: str) -> None:
    assert ask(root, f"def test_total(monkeypatch, tmp_path):\n{indent(body, '    ')}\n") == ""
    assert "no module `aigen_shopp`" in ask(root, f"import aigen_shopp\n{inside(body)}"), "but not at the top"


DEFINED = [
    pytest.param("x = 1\ndef test_total(): assert x", id="global"),
    pytest.param("def test_total(): assert later()\ndef later(): return 1", id="defined later"),
    pytest.param(inside("assert [x for x in range(3)] == {y: z for y, z in {}.items()}"), id="comprehensions"),
    pytest.param(inside("f = lambda a, *b, c=1, **d: (a, b, c, d)\nassert f(1)"), id="lambda"),
    pytest.param(inside("def outer():\n    n = 1\n    def inner():\n        nonlocal n\n        n += 1\n    return inner\nassert outer()"), id="closure"),
    pytest.param(inside("try:\n    f = 1\nexcept ValueError as e:\n    print(e)\nwith open('x') as h:\n    print(h, f)"), id="except and with"),
    pytest.param(inside("match [1]:\n    case [a, *rest] if a: print(rest)\n    case {'k': v, **more}: print(v, more)"), id="match"),
    pytest.param(inside("assert (n := 3) and n"), id="walrus"),
    pytest.param(inside("global made\nmade = 1\nassert made"), id="made global"),
    pytest.param("class A:\n    x = 1\n    y = x\n    def f(self) -> 'Unknown':\n        return super().f(), __class__\ndef test_total(): assert A", id="class scope"),
    pytest.param("from __future__ import annotations\ndef test_total(a: Unknown = 1) -> None: assert a", id="annotations that are not evaluated"),
    pytest.param("from aigen_shop.star import *\ndef test_total(): assert whatever", id="star import"),
    pytest.param("import pytest\ndef test_total():\n    with pytest.raises(NameError): whatever", id="NameError"),
    pytest.param(inside("assert __file__ and __name__ and __doc__ is None"), id="names of modules"),
    pytest.param("def test_total(:", id="syntax error is not ours"),
    pytest.param(inside("assert '\\d'"), id="syntax warning"),
]  # fmt: skip


@pytest.mark.parametrize("code", DEFINED)
def test_defined(root: Path, code: str) -> None:
    assert ask(root, code) == ""


UNDEFINED = [
    ("assert total(Cart())", "`Cart` is not defined; `aigen_shop.cart` has it: import it from there"),
    ("assert re.match('a', 'a')", "`re` is not defined; add `import re`"),
    ("with pytest.raises(ValueError): pass", "`pytest` is not defined; add `import pytest`"),
    ("assert isintance(1, int)", "`isintance` is not defined; did you mean `isinstance`?"),
    ("assert qqqq", "`qqqq` is not defined"),
    ("assert [qqqq for x in 'ab']", "`qqqq` is not defined"),
    ("def f(a: Qqqq): ...\nassert f", "`Qqqq` is not defined"),
]


@pytest.mark.parametrize(("body", "reason"), UNDEFINED)
def test_undefined(root: Path, body: str, reason: str) -> None:
    assert ask(root, inside(body)) == reason


def test_names_of_the_module_it_is_joined_with_count(root: Path) -> None:
    gap = Gap(root / "src/aigen_shop/cart.py", "total", 1, 9, frozenset({2}))
    target = Target(gap, "aigen_shop.cart", root / "tests/test_cart.py")
    code = inside("assert zz_made()")
    for before, words in (
        (None, "`zz_made` is not defined"),
        ("def zz_made(): ...\n", ""),
        ("from x import *\n", ""),
    ):
        edit = Edit(target.test_path, before, (before or "") + code, ("test_total",))
        trial = Trial(Candidate(target, "test_total", code, "llm"), edit, Job(edit.path, edit.tests))
        refusal = asyncio.run(imports.Imports()(trial, NOBODY))
        assert (refusal.reason if refusal else "") == words


THERE = [
    pytest.param("import aigen_shop.cart\nassert aigen_shop.cart.total([]) and aigen_shop.VERSION", id="attributes"),
    pytest.param("import aigen_shop\nassert aigen_shop.lazy.anything", id="submodule with __getattr__"),
    pytest.param("from aigen_shop import cart\nassert cart.RATE.anything.below", id="below a value"),
    pytest.param("from aigen_shop import cart\ncart.made = 1\nassert cart.made", id="put there"),
    pytest.param("from aigen_shop import cart\nif hasattr(cart, 'nothing'):\n    assert cart.nothing", id="asked for"),
    pytest.param("import pytest\nfrom aigen_shop import cart\nwith pytest.raises(AttributeError):\n    cart.nothing", id="expected to be missing"),
    pytest.param("from aigen_shop import cart\nfor cart in [1]:\n    assert cart.nothing", id="a variable of that name"),
    pytest.param("import aigen_shop.star\nassert aigen_shop.star.anything", id="star import"),
    pytest.param("import aigen_shop.broken\nassert aigen_shop.broken.anything", id="does not parse"),
    pytest.param("import aigen_shop.compiled\nassert aigen_shop.compiled.anything", id="compiled"),
    pytest.param("import aigen_space.part\nassert aigen_space.part.x", id="namespace package"),
    pytest.param("import os\nassert os.path.join('a') and os.environ.nothing", id="standard library"),
    pytest.param("from unittest.mock import patch\nwith patch('aigen_shop.cart.total'), patch('aigen_shop.cart.re.match'), patch('os.getcwd'): pass", id="patched"),
    pytest.param("from unittest.mock import patch\nwith patch('aigen_shop.Cart.anything'): pass", id="patched in a class"),
    pytest.param("from unittest.mock import patch\nwith patch('aigen_shop.cart.nothing', create=True): pass", id="patched, made"),
    pytest.param("from unittest.mock import patch\nwith patch('builtins.open'): pass", id="a builtin patched"),
    pytest.param("monkeypatch.setattr('aigen_shop.cart.nothing', 1, raising=False)", id="set, need not be there"),
    pytest.param("from aigen_shop import cart\nmonkeypatch.setattr(cart, 'total', 1)", id="set"),
    pytest.param("from aigen_shop.cart import Cart\nmonkeypatch.setattr(Cart, 'anything', 1)", id="set in a class"),
    pytest.param("name = 'total'\nmonkeypatch.setattr(name, 'x', 1)", id="no module"),
]  # fmt: skip


@pytest.mark.parametrize("body", THERE)
def test_attributes_that_are_there(root: Path, body: str) -> None:
    assert ask(root, f"def test_total(monkeypatch):\n{indent(body, '    ')}\n") == ""


NOT_THERE = [
    ("import aigen_shop.cart\nassert aigen_shop.cart.totl([])", "`aigen_shop.cart` has no `totl`; did you mean `total`?"),
    ("from aigen_shop import cart as c\nassert c.Card()", "`aigen_shop.cart` has no `Card`; did you mean `Cart`?"),
    ("import aigen_space.part\nassert aigen_space.part.missing.thing", "`aigen_space.part` has no `missing`"),
    ("from unittest.mock import patch\nwith patch('aigen_shop.cart.totals'): pass", "`aigen_shop.cart` has no `totals`; did you mean `total`?"),
    ("from unittest import mock\nwith mock.patch('aigen_shop.card.total'): pass", "there is no module `aigen_shop.card` here; did you mean `aigen_shop.cart`?"),
    ("from unittest.mock import patch\nwith patch('aigen_shopp.cart.total'): pass", "there is no module `aigen_shopp` here; did you mean `aigen_shop`?"),
    ("from unittest.mock import patch\nfrom aigen_shop import cart\nwith patch.object(cart, 'totl'): pass", "`aigen_shop.cart` has no `totl`; did you mean `total`?"),
    ("monkeypatch.setattr('aigen_shop.cart.nothing', 1)", "`aigen_shop.cart` has no `nothing`"),
    ("from aigen_shop import cart\nmonkeypatch.setattr(cart, 'RATES', 1)", "`aigen_shop.cart` has no `RATES`; did you mean `RATE`?"),
    ("import math\nassert math.squareroot(4)", "`math` has no `squareroot`"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), NOT_THERE)
def test_attributes_that_are_not(root: Path, body: str, reason: str) -> None:
    assert ask(root, f"def test_total(monkeypatch):\n{indent(body, '    ')}\n").startswith(reason)


def test_nothing_is_imported(root: Path) -> None:
    for line in REAL:
        ask(root, f"{line}\n\ndef test_total():\n    assert 1\n")
    assert not [name for name in sys.modules if name.startswith(("aigen_shop", "aigen_space"))]


def test_a_finder_that_raises_is_survived(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bad:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            raise RuntimeError(name)

    monkeypatch.setattr(sys, "meta_path", [Bad()])
    assert ask(root, "import nobody_knows_this\n\ndef test_total(): assert 1\n") == ""


def test_a_module_that_exists_only_in_memory(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aigen_memory", type(sys)("aigen_memory"))
    assert ask(root, "import aigen_memory\n\ndef test_total(): assert 1\n") == ""
