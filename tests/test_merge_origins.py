"""A class is the same wherever a package passes it on, and a test module that has it gets no second name for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen.data import Candidate, Gap, Target
from pytest_aigen.merge import merge

TEST = "from shop.basket.core import Basket\n\n\ndef test_new():\n    assert Basket().total() == 0\n"


def added(root: Path, package: str, imports: str, files: dict[str, str] | None = None) -> str:
    """What joins a test module with these imports; ``package`` is the text of ``shop/__init__.py``."""
    for name, text in {"shop/__init__.py": package, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    source, test = root / "shop/basket/core.py", root / "tests/test_basket.py"
    target = Target(Gap(source, "Basket.total", 1, 2, frozenset({2})), "shop.basket.core", test)
    before = f"{imports}\n\n\ndef test_old():\n    assert Basket\n"
    after = merge(before, Candidate(target, "test_new", TEST, "explore"), path=test, comment=False).after
    old = set(before.splitlines())
    return "\n".join(line for line in after.splitlines() if line and line not in old)


@pytest.mark.parametrize(
    ("package", "imports"),
    [
        pytest.param("from shop.basket.core import Basket\n", "from shop import Basket", id="passed on"),
        pytest.param("from .basket.core import Basket\n", "from shop import Basket", id="relatively"),
        pytest.param(
            "from shop.basket import Basket\n", "from shop import Basket", id="by one package after another"
        ),
        pytest.param(
            "from .basket.core import Basket as Trolley\n", "from shop import Trolley as Basket", id="renamed"
        ),
        pytest.param("", "from shop.basket import Basket", id="by a package below"),
        pytest.param("", "from shop.compat import Basket", id="by a module"),
        pytest.param("", "from shop.compat import Pannier as Basket", id="by a module that it is renamed in"),
        pytest.param("", "from shop.basket.core import Basket", id="from where it is"),
    ],
)
def test_what_the_module_has_is_used(tmp_path: Path, package: str, imports: str) -> None:
    files = {
        "shop/basket/__init__.py": "from .core import Basket\n",
        "shop/compat.py": "import sys\nfrom .basket import Basket\nfrom .basket.core import Basket as Pannier\n",
    }
    assert added(tmp_path, package, imports, files) == "def test_new():\n    assert Basket().total() == 0"


def test_under_the_name_that_the_module_has_for_it(tmp_path: Path) -> None:
    package = "from .basket.core import Basket as Trolley\n"
    found = added(tmp_path, package, "from shop import Trolley\n\nBasket = 1")
    assert found == "def test_new():\n    assert Trolley().total() == 0"


@pytest.mark.parametrize(
    "package",
    [
        pytest.param("from .other import Basket\n", id="another class"),
        pytest.param("from .basket.core import Basket\n\nBasket = print(Basket)\n", id="bound anew"),
        pytest.param("from .basket.core import Basket\nfrom .other import *\n", id="perhaps bound anew"),
        pytest.param("try:\n    from .basket.core import Basket\nexcept ImportError:\n    Basket = None\n", id="at times"),
        pytest.param("def __getattr__(name): ...\n", id="when it is asked for"),
        pytest.param("from .basket.core import Basket as _Basket\n\nclass Basket(_Basket): ...\n", id="a subclass"),
        pytest.param("from .basket import core\n\nBasket = core.Basket\n", id="by assignment"),
        pytest.param("from . import Basket\n", id="in a circle"),
        pytest.param("from .basket.core import Basket\n1 +\n", id="broken"),
    ],
)  # fmt: skip
def test_what_may_be_another_thing_gets_another_name(tmp_path: Path, package: str) -> None:
    assert added(tmp_path, package, "from shop import Basket") == (
        "from shop.basket.core import Basket as Basket_2\ndef test_new():\n    assert Basket_2().total() == 0"
    )
