"""What models send, and the tests that are found in it."""

from __future__ import annotations

import ast

import pytest

from pytest_aigen.generators import isolate, reply

TEST = "def test_one():\n    assert 1 + 1 == 2\n"


def nothing_known(name: str, attributes: frozenset[str]) -> str | None:
    return None


def taken(text: str) -> dict[str, str]:
    return dict(isolate.tests(reply.sources(text), nothing_known, ""))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEST, id="bare"),
        pytest.param(f"```python\n{TEST}```", id="one fence"),
        pytest.param(f"Sure! Here you go.\n\n```py\n{TEST}```\n\nHope it helps.", id="prose round it"),
        pytest.param(f"```\n{TEST}```", id="fence without a language"),
        pytest.param(f"~~~python\n{TEST}~~~", id="tildes"),
        pytest.param(f"1. Do this:\n\n   ```python\n   {TEST.replace(chr(10), chr(10) + '   ')}\n   ```", id="in a list"),
        pytest.param(f"```python\n{TEST}", id="no end"),
        pytest.param(f"```bash\npip install it\n```\n```python\n{TEST}```", id="a shell block before"),
        pytest.param(f"```python\n{TEST}\ndef test_two():\n    assert foo(1, [2,", id="cut short"),
        pytest.param(f"```python\n{TEST}\n    assert x = = 2\n\n{TEST}```", id="a chunk that does not parse"),
        pytest.param(f"Run it.\n\n{TEST}\nThat's all, isn't it?\n", id="prose without a fence"),
        pytest.param(TEST.replace("    ", "\t"), id="tabs"),
        pytest.param("def test_one():\n\tx = 1\n        assert x\n\n" + TEST, id="tabs and spaces"),
        pytest.param(TEST.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("```json\n" + '{"tests": "def test_one():\\n    assert 1 + 1 == 2\\n"}' + "\n```", id="JSON"),
        pytest.param('[{"name": "a", "code": "```python\\ndef test_one():\\n    assert 1 + 1 == 2\\n```"}]', id="fences in JSON"),
        pytest.param('{"code": "def test_one():\\n    assert 1 + 1 == 2\\n\\n\\ndef test_b():\\n    as', id="JSON cut short"),
        pytest.param("def test_one():\\n    assert 1 + 1 == 2\\n", id="escaped line ends"),
        pytest.param('{"code": "def test_one():\\n    assert 1 + 1 == 2\\n\\q"}', id="JSON with a wrong escape"),
        pytest.param("```text\nnot this\n```\n```sh\ndef test_one():\n    assert 1\n```", id="the wrong language"),
        pytest.param("```diff\n--- a/t.py\n+++ b/t.py\n@@ -0,0 +1,2 @@\n+def test_one():\n+    assert 1 + 1 == 2\n```", id="diff"),
        pytest.param(f"```python\n{TEST}\nif __name__ == '__main__':\n    import sys\n    pytest.main()\n```", id="main guard"),
        pytest.param(f"```python\nimport sys\nsys.path.insert(0, '.')\nprint('x')\n{TEST}pytest.main()\n```", id="top-level calls"),
        pytest.param("```python\ndef test_one():\n    assert len('it\\\\'s') == 4\n```", id="quotes escaped twice"),
    ],
)  # fmt: skip
def test_is_found(text: str) -> None:
    found = taken(text)
    assert "test_one" in found
    for code in found.values():
        compile(code, "candidate", "exec")
        assert "import sys" not in code
        assert "print" not in code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("I cannot help with that.", id="refusal"),
        pytest.param("```python\nx = 1\n```", id="code without a test"),
        pytest.param("```python\ndef test_one(:\n    assert\n", id="nothing parses"),
        pytest.param('{"error": "def test"}', id="JSON without code"),
        pytest.param(
            "```python\n@pytest.fixture\ndef test_data():\n    return 1\n```", id="a fixture named test_"
        ),
        pytest.param("class TestA: x = (", id="a class on one line"),
        pytest.param("class TestA:\nx = (", id="a class without a body"),
        pytest.param("\x00\x01\x02", id="binary"),
        pytest.param("(" * 5000 + "def test_x", id="deeply nested"),
    ],
)
def test_nothing_is_found(text: str) -> None:
    assert taken(text) == {}


def test_class_keeps_the_methods_that_parse() -> None:
    text = (
        "class TestA:\n    @pytest.fixture\n    def one(self):\n        return 1\n\n"
        "    def test_a(self, one):\n        assert one\n\n    def test_b(self):\n        assert foo(["
    )
    assert list(taken(text)) == ["TestA::test_a"]


def test_long_strings_at_the_margin_survive_salvage() -> None:
    text = 'def test_a():\n    text = """\nfirst\ndef second():\n"""\n    assert text\n\ndef test_b(\n'
    assert taken(text) == {
        "test_a": 'def test_a():\n    text = """\nfirst\ndef second():\n"""\n    assert text\n'
    }


WHOLE = '''\
"""Tests of baskets."""
from __future__ import annotations
import os
import json, re
from collections import OrderedDict as OD, deque
import pytest
from unittest.mock import patch

LIMIT = 3
ITEMS = ["a", "b"]
ITEMS += ["c"]
UNUSED = object()


class Fake:
    def __init__(self):
        self.queue = deque()


def helper(n):
    return inner(n) + LIMIT


def inner(n):
    return json.dumps(n)


@pytest.fixture
def basket(shelf):
    return Fake(), shelf


@pytest.fixture(name="shelf")
def make_shelf():
    return OD()


@pytest.fixture
def quiet():
    yield


def test_plain():
    assert True


def test_with_helper():
    assert helper(1)


def test_with_fixture(basket):
    assert basket


@pytest.mark.usefixtures("quiet")
@patch("shop.basket.total")
def test_with_mark(total):
    assert ITEMS


def test_local_names():
    LIMIT = 1
    os = [re for re in (1, 2)]
    assert os, LIMIT
'''


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("test_plain", [], ["import ", "LIMIT", "helper", "fixture"]),
        ("test_with_helper", ["import json\n", "LIMIT = 3", "def helper", "def inner"], ["import re", "deque", "Fake", "pytest"]),
        ("test_with_fixture", ["def basket", "make_shelf", "OrderedDict as OD", "class Fake", "import deque"], ["quiet", "json"]),
        ("test_with_mark", ["def quiet", "import patch", 'ITEMS = ["a", "b"]\nITEMS += ["c"]'], ["Fake", "UNUSED"]),
        ("test_local_names", [], ["import os", "import re", "LIMIT = 3"]),
    ],
)  # fmt: skip
def test_takes_just_what_it_needs(name: str, has: list[str], lacks: list[str]) -> None:
    code = taken(WHOLE)[name].replace("from __future__ import annotations\n", "")
    compile(code, "candidate", "exec")
    assert [text for text in has if text not in code] == []
    assert [text for text in lacks if text in code.replace("usefixtures", "")] == []
    assert code.count("def test_") == 1


CLASSES = '''\
import unittest
import pytest

class Base:
    size = 2
    def test_inherited(self):
        assert self.size

class TestBasket(Base):
    """Baskets."""
    LIMIT = 1
    OTHER = 2

    def setup_method(self):
        self.basket = []

    @pytest.fixture(autouse=True)
    def always(self):
        yield

    @pytest.fixture
    def full(self):
        return self.LIMIT

    def helper(self):
        return self.deeper()

    def deeper(self):
        return 1

    def test_full(self, full):
        assert full

    def test_helper(self):
        assert self.helper()

    class TestInner:
        def test_deep(self):
            assert True

class BasketCase(unittest.TestCase):
    def setUp(self):
        self.basket = 1
    async def test_it(self):
        self.assertTrue(self.basket)
'''


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("TestBasket::test_full", ["LIMIT = 1", "def full", "setup_method", "always", "class Base"], ["OTHER", "helper", "test_inherited", "TestInner"]),
        ("TestBasket::test_helper", ["def helper", "def deeper"], ["def full", "LIMIT"]),
        ("TestBasket::TestInner::test_deep", ["class TestInner"], ["test_full", "helper"]),
        ("BasketCase::test_it", ["setUp", "import unittest"], ["pytest", "TestBasket"]),
        ("Base::test_inherited", ["size = 2"], ["TestBasket"]),
    ],
)  # fmt: skip
def test_methods_come_with_their_class(name: str, has: list[str], lacks: list[str]) -> None:
    code = taken(CLASSES)[name]
    compile(code, "candidate", "exec")
    assert [text for text in has if text not in code] == []
    assert [text for text in lacks if text in code] == []
    assert code.count("def test_") == 1


def test_a_class_without_lines_of_its_own_stays_whole() -> None:
    assert taken("class TestA: x = 1; test_b = lambda self: 1\n") == {}
    code = taken("class TestA:\n    def test_a(self): assert 1\n\ndef test_b():\n    assert TestA\n")
    assert code["test_b"] == "class TestA:\n    pass\n\n\ndef test_b():\n    assert TestA\n"


def test_what_python_cannot_compile_is_left_to_the_checks() -> None:
    code = taken("import json\n\ndef test_a():\n    nonlocal json\n    json.x\n")["test_a"]
    assert code.startswith("import json\n")


def test_same_name_twice_gives_both() -> None:
    text = "def test_a():\n    assert 1\n\ndef test_a():\n    assert 2\n"
    assert [code for _, code in isolate.tests(reply.sources(text), nothing_known, "")] == [
        "def test_a():\n    assert 1\n",
        "def test_a():\n    assert 2\n",
    ]


BESIDE = """
import json
from ..tools import Keys

LIMIT = 3

def helper():
    return LIMIT

@pytest.fixture
def cart(): ...

def test_old(): ...
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("def test_a():\n    assert helper()\n", "LIMIT = 3\n\n\ndef helper():\n    return LIMIT\n\n\ndef test_a():\n    assert helper()\n", id="a helper with its constant"),
        pytest.param("def test_a():\n    assert Keys.A\n", "from ..tools import Keys\n\n\ndef test_a():\n    assert Keys.A\n", id="an import"),
        pytest.param("def test_a(cart):\n    assert cart\n", "@pytest.fixture\ndef cart(): ...\n\n\ndef test_a(cart):\n    assert cart\n", id="a fixture"),
        pytest.param("def helper():\n    return 1\n\ndef test_a():\n    assert helper()\n", "def helper():\n    return 1\n\n\ndef test_a():\n    assert helper()\n", id="what the reply defines itself"),
        pytest.param("from x import helper\n\ndef test_a():\n    assert helper()\n", "from x import helper\n\n\ndef test_a():\n    assert helper()\n", id="what the reply imports itself"),
        pytest.param("def test_a():\n    assert test_old\n", "def test_a():\n    assert test_old\n", id="no test"),
    ],
)  # fmt: skip
def test_what_a_reply_may_use_of_the_module_that_its_tests_go_to(text: str, code: str) -> None:
    assert dict(isolate.tests([text], nothing_known, BESIDE)) == {"test_a": code}
    assert dict(isolate.tests([text], nothing_known, "def (")).keys() == {"test_a"}, (
        "a module that does not parse"
    )


def test_blocks_share_what_they_define() -> None:
    text = "```python\nimport pytest\n\ndef helper():\n    return 1\n```\nand\n```python\ndef test_a():\n    assert helper()\n```"
    assert "def helper" in taken(text)["test_a"]


def test_each_block_has_its_own_helper() -> None:
    block = "```python\ndef helper():\n    return {0}\n\ndef test_{0}():\n    assert helper()\n```\n"
    found = taken(block.format(1) + block.format(2))
    assert "return 1" in found["test_1"]
    assert "return 2" in found["test_2"]


@pytest.mark.parametrize(
    ("top", "needed"),
    [
        ("try:\n    import tomllib\nexcept ImportError:\n    tomllib = None\n", "import tomllib"),
        ("if TYPE_CHECKING:\n    import tomllib\n", "import tomllib"),
        ("from toml import *\n", "from toml import *"),
        ("import tomllib.parser\nimport tomllib.writer\n", "import tomllib.parser\nimport tomllib.writer"),
        ("tomllib: object = 1\n", "tomllib: object = 1"),
        ("tomllib, other = 1, 2\n", "tomllib, other = 1, 2"),
        ("import sys; tomllib = 1; import re\n", "tomllib = 1"),
    ],
)
def test_where_a_name_comes_from(top: str, needed: str) -> None:
    assert taken(f"{top}\ndef test_a():\n    assert tomllib\n")["test_a"].startswith(needed + "\n")


def test_order_of_constants_and_helpers_is_kept() -> None:
    code = taken("def f():\n    return 1\nA = f()\nB = A\n\ndef test_a():\n    assert B\n")["test_a"]
    assert code == "def f():\n    return 1\n\nA = f()\nB = A\n\n\ndef test_a():\n    assert B\n"


def test_joined_has_each_statement_once() -> None:
    codes = [
        "import a\n\n\nx = 1\n\n\ndef test_a():\n    pass\n",
        "import a\n\n\nx = 1\n\n\ndef test_b():\n    pass\n",
    ]
    joined = isolate.joined(codes)
    assert joined == "import a\n\nx = 1\n\ndef test_a():\n    pass\n\ndef test_b():\n    pass\n"
    assert len(ast.parse(joined).body) == 4


NAMED = "SUSPECT test_a: the docstring says so"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(NAMED, {"test_a": "the docstring says so"}, id="bare"),
        pytest.param(f"Sure.\n\n{NAMED}\n```python\n{TEST}```", {"test_a": "the docstring says so"}, id="before the code"),
        pytest.param(f"```python\n# {NAMED}\n{TEST}```", {"test_a": "the docstring says so"}, id="as a comment in the code"),
        pytest.param("- **SUSPECT** `test_a`: why not", {"test_a": "why not"}, id="as an item"),
        pytest.param("SUSPECT TestA::test_b: in a class", {"TestA::test_b": "in a class"}, id="a method"),
        pytest.param(f"{NAMED}\nSUSPECT test_b: too", {"test_a": "the docstring says so", "test_b": "too"}, id="two"),
        pytest.param(f"{NAMED}\nSUSPECT test_a: other", {"test_a": "the docstring says so"}, id="the first word counts"),
        pytest.param(f"{NAMED}\r\nx", {"test_a": "the docstring says so"}, id="newlines of Windows"),
        pytest.param("SUSPECT test_a: a\x1b[2J\x07b\x00c\u202ed", {"test_a": "a [2J b c d"}, id="control characters"),
        pytest.param("SUSPECT test_a: " + "x" * 9000, {"test_a": "x" * 397 + "..."}, id="cut"),
        pytest.param("SUSPECT test_a:", {}, id="no reason"),
        pytest.param("SUSPECT test_a: ?!", {}, id="no words"),
        pytest.param("SUSPECT: test_a is wrong", {}, id="no name"),
        pytest.param("I SUSPECT test_a: it is wrong", {}, id="in a sentence"),
        pytest.param("suspect test_a: it is wrong", {}, id="lower case"),
        pytest.param("SUSPECT ../../etc/passwd: x y", {}, id="a path is no name"),
        pytest.param("SUSPECT test a: it is wrong", {}, id="a name with a space"),
        pytest.param("# " * 4000 + "SUSPECT", {}, id="many marks"),
        pytest.param("", {}, id="empty"),
    ],
)  # fmt: skip
def test_accusations(text: str, expected: dict[str, str]) -> None:
    assert reply.accusations(text) == expected


def test_the_code_beside_an_accusation_is_read_all_the_same() -> None:
    text = f"{NAMED}\n\n```python\n{NAMED}\n{TEST}```\n"
    (source,) = reply.sources(reply.without_accusations(text))
    assert source.strip() == TEST.strip()


@pytest.mark.parametrize(
    "given",
    [
        "# file: ../../x.py\nimport os\nos.system('x')",
        "```python\n# file: /etc/passwd\nX = 1\n```",
        "```sh\npip install x\n```",
        "```toml\n[tool.pytest-aigen]\nallow = ['network']\n```",
        '{"tool_calls": [{"function": {"name": "write", "arguments": "{}"}}]}',
        "x" * 1_000_000,
        "```python\n" * 3000,
        "(" * 100_000,
        "\x00" * 10_000,
        "{" * 50_000 + '"def test"',
        "",
    ],
    ids=[
        "a path",
        "a path in a fence",
        "a command",
        "settings",
        "a tool",
        "huge",
        "fences",
        "deep",
        "NULs",
        "JSON",
        "empty",
    ],
)
def test_nothing_but_tests_comes_out_of_a_reply(given: str) -> None:
    """Files, packages, commands and settings that a reply names are words: no candidate holds any."""
    assert list(isolate.tests(reply.sources(given), lambda name, attributes: None, "")) == []
