"""What a model is told about a name that it asks for, from the project, loaded libraries and installed ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from pytest_aigen.context import installed
from pytest_aigen.context.definitions import Project
from pytest_aigen.context.info import MOST, info

SOURCES = {
    "shop": "",
    "shop.cart": (
        "import json\nimport aged_cheese\nfrom aged_cheese import Brie\nfrom shop import tax\nfrom shop.tax import rate\n"
        "class Basket:\n    limit = 3\n    def add(self, item):\n        # heavy\n        return item\n"
        "class Long:\n    'Much.'\n    def __init__(self, size):\n        self.size = size\n    def first(self): ...\n"
        + "".join(f"    def m{n}(self): return {n}\n" for n in range(60))
    ),
    "shop.tax": "RATE = 0.2\ndef rate(price):\n    return price * RATE\n",
    "shop.huge": "def f():\n" + "".join(f"    x{n} = {n}\n" for n in range(2000)),
}
CHEESE = '''
from aged_cheese.soft import Brie
async def melt(what, *, heat=180, pan=object()) -> "Melted":
    """Melt it.

    Slowly.
    """
'''
SOFT = "class Brie:\n    'Soft.'\n    def __init__(self, weight: int, *crust: str): ...\nclass Plain: ...\n"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that is not imported."""
    folder = tmp_path / "site-packages" / "aged_cheese"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(CHEESE)
    (folder / "soft.py").write_text(SOFT)
    monkeypatch.syspath_prepend(str(folder.parent))
    installed.text.cache_clear()


def is_own(module: str) -> bool:
    return module.partition(".")[0] == "shop"


PROJECT = Project(SOURCES.get, lambda module: module == "shop")


def told(name: str, loaded: Mapping[str, ModuleType] = {}) -> str:
    return info(name, "shop.cart", PROJECT, loaded, is_own)


@pytest.mark.parametrize(
    ("name", "first", "holds"),
    [
        pytest.param("Basket", "# shop.cart\nclass Basket:\n    limit = 3", "# heavy", id="class"),
        pytest.param("`Basket.add(item)`", "# shop.cart\nclass Basket:\n    def add(self", "# heavy", id="method"),
        pytest.param("rate", "# shop.tax\ndef rate(price):", "* RATE", id="imported"),
        pytest.param("tax.rate", "# shop.tax\ndef rate(price):", "* RATE", id="of an imported module"),
        pytest.param("shop.tax.rate", "# shop.tax\ndef rate(price):", "* RATE", id="dotted"),
        pytest.param("shop.tax.RATE", "# shop.tax\nRATE = 0.2", "0.2", id="constant"),
        pytest.param("shop.tax", "# module shop.tax", "def rate(price): ...", id="module"),
        pytest.param("Long", "# shop.cart\nclass Long:", "def m59(self): ...", id="outline of a long class"),
        pytest.param("shop.huge.f", "# shop.huge\ndef f():", "\n...", id="cut"),
        pytest.param("Brie", "class Brie(weight: int, *crust: str)\n    Soft.", "Soft", id="of a library that is not loaded"),
        pytest.param(
            "aged_cheese.melt", "async def aged_cheese.melt(what, *, heat=180, pan=...) -> 'Melted'\n    Melt it.", "Slowly",
            id="dotted name of a library",
        ),
        pytest.param("aged_cheese.soft.Plain", "`aged_cheese.soft.Plain` is not known", "without it", id="nothing to tell"),
        pytest.param("missing", "`missing` is not known", "without it", id="unknown"),
        pytest.param("shop.tax.missing", "`shop.tax.missing` is not known", "", id="unknown in a module"),
        pytest.param("../../etc/passwd", "Give one name", "", id="no name"),
        pytest.param("x" * 300, "Give one name", "", id="a long name"),
        pytest.param("", "Give one name", "", id="nothing"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("library")
def test_info(name: str, first: str, holds: str) -> None:
    found = told(name)
    assert found.startswith(first)
    assert holds in found
    assert len(found) <= MOST + 10
    assert "aged_cheese" not in sys.modules


def test_what_is_loaded_is_looked_at() -> None:
    cart = ModuleType("shop.cart")
    vars(cart).update(json=json, helper=test_info)
    loaded = {"shop.cart": cart, "json": json, "tests.test_context_info": sys.modules[__name__]}
    assert told("json.dumps", loaded).startswith("def json.dumps(obj, *, skipkeys=False")
    assert "Serialize" in told("json.dumps", loaded)
    assert told("json", loaded).startswith("# module json\n")
    assert "not known" in told("helper", loaded), "neither of the sources nor of a library"
    private = {**loaded, "shop.private": ModuleType("shop.private", "A secret.")}
    assert "not known" in told("shop.private", private), "of the project, and not to be shown"


@pytest.mark.usefixtures("library")
def test_signatures_of_what_is_not_loaded() -> None:
    names = ["json.dumps", "Brie", "rate", "aged_cheese.melt", "Basket"]
    assert installed.signatures("shop.cart", names, PROJECT, is_own) == (
        "class Brie(weight: int, *crust: str)",
        "async def aged_cheese.melt(what, *, heat=180, pan=...) -> 'Melted'",
    )
