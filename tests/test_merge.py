"""Merging: golden cases, which are also executed, and tables about bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_aigen.data import Candidate, Edit, Gap, Target
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import merge
from tests.running import passed

CASES = Path(__file__).parent / "golden" / "merge"
ROOT = Path("/project")

#: What the tests in the golden cases are about.
BASKET = """\
LIMIT = 3

def total(prices):
    return sum(prices)

def cheapest(prices):
    return min(prices)

def zero():
    return 0

def a_function_with_a_rather_long_name():
    return None

class Basket:
    def __init__(self, items=()):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

class Shelf(Basket):
    pass
"""

FIXTURES = """\
import pytest

@pytest.fixture
def apple():
    return 1

@pytest.fixture
def pear():
    return 2
"""

CONFTEST = """\
import pytest

@pytest.fixture
def client():
    return "conftest"

@pytest.fixture
def server():
    return "conftest"

PRICES = [1, 2]

def doubled(prices):
    return [2 * price for price in prices]

@pytest.fixture
def doubles():
    return doubled(PRICES)
"""


def candidate(code: str, name: str, subject: str = "shop.basket:total", folder: str = "tests") -> Candidate:
    module, _, qualname = subject.partition(":")
    source = ROOT / (module.replace(".", "/") + ".py")
    gap = Gap(source, qualname, 1, 2, frozenset({2}))
    return Candidate(Target(gap, module, ROOT / folder / "test_basket.py"), name, code, "llm")


def joined(before: str | None, code: str, name: str, comment: bool = True) -> Edit:
    return merge(before, candidate(code, name), path=ROOT / "tests/test_basket.py", comment=comment)


@dataclass(frozen=True)
class Case:
    """A folder of the golden cases; its candidate's first line reads ``# name subject reserved=a,b path=folder``."""

    name: str

    @property
    def before(self) -> str | None:
        path = CASES / self.name / "before.py"
        return path.read_text("utf-8") if path.exists() else None

    @property
    def _head(self) -> tuple[str, str, dict[str, str], str]:
        head, _, code = (CASES / self.name / "candidate.py").read_text("utf-8").partition("\n")
        _, name, subject, *options = head.split()
        return name, subject, dict(option.split("=") for option in options), code

    @property
    def candidate(self) -> Candidate:
        name, subject, options, code = self._head
        return candidate(code, name, subject, options.get("path", "tests"))

    @property
    def reserved(self) -> list[str]:
        return self._head[2].get("reserved", "").split(",")

    @property
    def file(self) -> Path:
        """Where the module would lie, relative to the root."""
        return Path(self._head[2].get("path", "tests"), f"test_{self.name}.py")

    def merge(self, before: str | None) -> Edit:
        target = self.candidate.target.test_path
        return merge(before, self.candidate, path=target, reserved=self.reserved, conftests=[CONFTEST])


NAMES = sorted(path.name for path in CASES.iterdir())
ACCEPTED = [name for name in NAMES if not name.startswith("refused_")]
REFUSED = [name for name in NAMES if name.startswith("refused_")]


@pytest.mark.parametrize("name", ACCEPTED)
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    case = Case(name)
    edit = case.merge(case.before)
    golden(f"merge/{name}/after.py", edit.after)
    assert edit.before == case.before
    assert bool(edit.tests) == (edit.after != edit.before)

    again = case.merge(edit.after)
    assert again.after == edit.after
    assert again.tests == ()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, golden: Callable[[str, str], None]) -> None:
    case = Case(name)
    with pytest.raises(MergeError) as caught:
        case.merge(case.before)
    golden(f"merge/{name}/refused.txt", f"{caught.value}\n")


def lay_out(folder: Path) -> None:
    """What the golden cases import."""
    for name in ("shop", "shop/tests", "tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
    (folder / "shop/basket.py").write_text(BASKET)
    (folder / "shop/fixtures.py").write_text(FIXTURES)
    (folder / "conftest.py").write_text(CONFTEST)


def test_golden_cases_run(tmp_path: Path) -> None:
    """Every merged module passes, old tests and new, and pytest finds the new ones under the names that merge told."""
    lay_out(tmp_path)
    expected: set[str] = set()
    for name in ACCEPTED:
        case = Case(name)
        edit = case.merge(case.before)
        (tmp_path / case.file).write_bytes(edit.after.encode())
        expected.update(f"{case.file.as_posix()}::{test}" for test in edit.tests)
    found = passed(tmp_path)
    assert expected <= found | {name.partition("[")[0] for name in found}


# ------------------------------------------------------------------------------------------------ bytes

CODE = """\
import os

from shop.basket import total


def test_new():
    if os:
        assert total([]) == 0
"""
NEW = """\
# aigen: shop.basket:total
def test_new():
    if os:
        assert total([]) == 0
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "def test_a():\n    pass",
            f"import os\n\nfrom shop.basket import total\n\n\ndef test_a():\n    pass\n\n\n{NEW[:-1]}".replace(
                "os\n\nfrom", "os\nfrom"
            ),
            id="no-newline-at-the-end-stays-so",
        ),
        pytest.param(
            "import os\r\nfrom shop.basket import total\r\n\r\n\r\ndef test_a():\r\n    pass\r\n",
            "import os\r\nfrom shop.basket import total\r\n\r\n\r\ndef test_a():\r\n    pass\r\n\r\n\r\n"
            + NEW.replace("\n", "\r\n"),
            id="crlf",
        ),
        pytest.param(
            "import os\nfrom shop.basket import total\n\r\ndef test_a():\r\n    pass  \n# end\n",
            "import os\nfrom shop.basket import total\n\r\ndef test_a():\r\n    pass  \n# end\n\n\n" + NEW,
            id="mixed-newlines-and-trailing-spaces",
        ),
        pytest.param(
            "import os\nfrom shop.basket import total\ndef test_a():\n\tpass\n\f\n# page two\n",
            "import os\nfrom shop.basket import total\ndef test_a():\n\tpass\n\n\n"
            + NEW.replace("        ", "\t\t").replace("    ", "\t")
            + "\n\f\n# page two\n",
            id="tabs-and-form-feed",
        ),
        pytest.param(
            "\ufeffimport os\nfrom shop.basket import total\n",
            f"\ufeffimport os\nfrom shop.basket import total\n\n\n{NEW}",
            id="byte-order-mark",
        ),
        pytest.param(
            "\ufeff", f"\ufeffimport os\n\nfrom shop.basket import total\n\n\n{NEW}", id="only-a-mark"
        ),
        pytest.param(
            "import os\nfrom shop.basket import total\nX = '''\x0c\x1c\u2028\x85\r\n'''  # ü\n\n\n\n\n",
            f"import os\nfrom shop.basket import total\nX = '''\x0c\x1c\u2028\x85\r\n'''  # ü\n\n\n{NEW}\n\n\n\n",
            id="other-line-separators-are-none",
        ),
        pytest.param(
            "ü = 'ü'; from shop.basket import zero\nü; import os\n",
            f"ü = 'ü'; from shop.basket import zero\nü; import os\nfrom shop.basket import total\n\n\n{NEW}",
            id="statements-that-share-a-line",
        ),
        pytest.param(
            "import os; from shop.basket import (zero)\n",
            f"import os; from shop.basket import (zero)\nfrom shop.basket import total\n\n\n{NEW}",
            id="import-that-shares-a-line-does-not-grow",
        ),
        pytest.param(
            "import os\nfrom shop.basket import (zero)\n",
            f"import os\nfrom shop.basket import (total, zero)\n\n\n{NEW}",
            id="import-in-brackets",
        ),
    ],
)
def test_bytes(before: str, after: str) -> None:
    assert joined(before, CODE, "test_new").after == after


@pytest.mark.parametrize("before", ["x = '\0'\n", "def test_a():\n  x\n y\n", "\ufeff\ufeff"])
def test_bytes_refused(before: str) -> None:
    with pytest.raises(MergeError):
        joined(before, CODE, "test_new")


def test_without_comment() -> None:
    assert "# aigen" not in joined(None, CODE, "test_new", comment=False).after


def test_comment_of_an_earlier_run_is_not_doubled() -> None:
    first = joined(None, CODE, "test_new").after
    assert joined(None, first, "test_new").after == first
