"""What a test finds where it will stand, as a model is told it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_aigen.context import around
from pytest_aigen.data import Fixture

TESTS = dedent(
    '''\
    from __future__ import annotations

    import json
    from shop import Cart, Price

    LIMIT = 3

    def cart(*prices):
        """A cart with prices."""
        return Cart([priced(p) for p in prices])

    def priced(cents):
        return Price(cents)

    class Fake(Cart):
        pass

    def test_a():
        assert cart(LIMIT)

    class TestB:
        def test_b(self): ...
    '''
)


@pytest.mark.parametrize(
    ("examples", "rows"),
    [
        pytest.param(
            [],
            ['import json', 'from shop import Cart, Price', 'LIMIT = 3', 'def cart(*prices): ...', '    """A cart with prices."""', 'def priced(cents): ...', 'class Fake(Cart): ...'],
            id="by their first lines",
        ),
        pytest.param(
            ["def test_a():\n    assert priced(1)"],
            ['import json', 'from shop import Cart, Price', 'LIMIT = 3', 'def cart(*prices): ...', '    """A cart with prices."""', 'def priced(cents):', '    return Price(cents)', 'class Fake(Cart): ...'],
            id="what an example uses whole",
        ),
    ],
)  # fmt: skip
def test_at_hand(examples: list[str], rows: list[str]) -> None:
    assert around.at_hand(TESTS, examples).split("\n") == rows


@pytest.mark.parametrize(
    "text", ["", "def (", "def test_a(): ...\n"], ids=["no module", "no Python", "tests only"]
)
def test_nothing_at_hand(text: str) -> None:
    assert around.at_hand(text, []) == ""
    assert around.helpers(text, ["def test_a(): ..."]) == ""


@pytest.mark.parametrize(
    ("example", "rows"),
    [
        pytest.param(
            "def test_a():\n    assert cart(LIMIT)",
            ['from shop import Cart, Price', 'LIMIT = 3', 'def cart(*prices):', '    """A cart with prices."""', '    return Cart([priced(p) for p in prices])', 'def priced(cents):', '    return Price(cents)'],
            id="with the helpers of helpers",
        ),
        pytest.param("def test_a():\n    assert LIMIT", ["LIMIT = 3"], id="nothing else"),
        pytest.param("    def test_a(self):\n        Price", ["from shop import Price"], id="of a method, and of several names one"),
    ],
)  # fmt: skip
def test_helpers_of_another_module(example: str, rows: list[str]) -> None:
    assert around.helpers(TESTS, [example]).split("\n") == rows


CONFTEST = dedent(
    """\
    import pytest
    from shop import make_app, Store
    from . import near

    @pytest.fixture
    def store():
        return Store()

    @pytest.fixture(name="client")
    def make_client(store):
        return make_app(store).client()

    @pytest.fixture
    def basket(): return Basket()

    @pytest.fixture
    def other(): ...

    def client_of(): ...
    """
)
FIXTURES = [
    Fixture(name, "function", "", "", "tests/conftest.py")
    for name in ("basket", "client", "gone", "other", "store")
]


@pytest.mark.parametrize(
    ("examples", "mentions", "chosen"),
    [
        pytest.param([], [], ["client", "store"], id="ways in, with what they ask for"),
        pytest.param(["def test(other): ..."], [], ["other", "client", "store"], id="first those of the examples"),
        pytest.param([], ["Basket"], ["client", "store", "basket"], id="those that are about it"),
        pytest.param(["def test(gone): ..."], [], ["client", "store"], id="code that is not found"),
    ],
)  # fmt: skip
def test_code_of_fixtures(examples: list[str], mentions: list[str], chosen: list[str]) -> None:
    code = around.fixture_code(FIXTURES, examples, mentions, {"tests/conftest.py": CONFTEST}.get)
    names = {"def make_client": "client", "def store": "store", "def basket": "basket", "def other": "other"}
    found = [name for text in code for start, name in names.items() if start in text]
    assert found == chosen
    assert all(text.startswith("# tests/conftest.py\n@pytest.fixture") for text in code)


def test_long_fixtures_stay_out() -> None:
    text = "@pytest.fixture\ndef client():\n" + "    x = 1\n" * 99
    assert around.fixture_code(FIXTURES, [], [], {"tests/conftest.py": text}.get) == ()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("return make_app(Store())", [("shop", "Store"), ("shop", "make_app")]),
        ("return near", []),
        ("return nothing", []),
    ],
)
def test_what_code_imports(code: str, found: list[tuple[str, str]]) -> None:
    assert list(around.imported(CONFTEST, [code])) == found
