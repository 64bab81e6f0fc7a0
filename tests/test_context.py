"""What a generator is told about a target."""

from __future__ import annotations

import ast
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_aigen.context import definitions, evidence, examples, source
from pytest_aigen.context.build import Contexts
from pytest_aigen.context.suite import (
    from_plain,
    note_fixture,
    own_fixtures,
    suite_of,
    to_plain,
    visible_fixtures,
    with_given,
)
from pytest_aigen.data import Coverage, FileCoverage, Fixture, Gap, Observation, Suite, Target

MODULE = dedent(
    '''\
    """Shop."""
    from __future__ import annotations

    from .prices import Price, LIMIT
    from . import errors as err
    import os.path

    RATES = {"a": 1}
    low, high = 1, 2

    try:
        import fast
    except ImportError:
        fast = None

    @decorated
    def total(items: list[Price], *, rate: float = 1.0) -> Price:
        """Sum up.

        More.
        """
        if not items:
            raise err.Empty(RATES)
        return sum(items) * rate

    class Cart(Base, metaclass=Meta):
        """Holds items."""
        size: int = 3

        async def add(self, item):
            if self.size:
                return total([item])
    '''
)
PATH = Path("/p/src/shop/cart.py")


def gap(
    qualname: str, first: int, last: int, lines: set[int], branches: Iterable[tuple[int, int]] = ()
) -> Gap:
    return Gap(PATH, qualname, first, last, frozenset(lines), frozenset(branches))


def test_a_function_with_its_missing_lines_marked() -> None:
    assert source.marked(MODULE, gap("total", 16, 24, {23})).splitlines() == [
        "    16 @decorated",
        "    17 def total(items: list[Price], *, rate: float = 1.0) -> Price:",
        '    18     """Sum up.',
        "    19",
        "    20     More.",
        '    21     """',
        "    22     if not items:",
        ">   23         raise err.Empty(RATES)",
        "    24     return sum(items) * rate",
    ]


def test_a_method_stands_in_the_header_of_its_class() -> None:
    rows = source.marked(MODULE, gap("Cart.add", 30, 32, {32})).splitlines()
    assert rows[0].strip() == "class Cart(Base, metaclass=Meta):"
    assert rows[-1] == ">   32             return total([item])"


def test_of_a_module_body_only_what_is_missing_is_shown() -> None:
    rows = source.marked(MODULE, gap("", 1, 32, {14, 8})).splitlines()
    assert ">   14     fast = None" in rows
    assert '>    8 RATES = {"a": 1}' in rows
    assert not any("class Cart" in row for row in rows)
    assert "       ..." not in rows[:1]


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (
            gap("total", 16, 24, set(), {(22, 23)}),
            ('line 22: the case where "not items" is true (on to line 23)',),
        ),
        (
            gap("total", 16, 24, set(), {(22, 24)}),
            ('line 22: the case where "not items" is false (on to line 24)',),
        ),
        (
            gap("Cart.add", 30, 32, set(), {(31, -30)}),
            ('line 31: the case where "self.size" is false (out of the function)',),
        ),
        (
            gap("total", 16, 24, set(), {(24, 22)}),
            ('line 24: "return sum(items) * rate" never goes on to line 22',),
        ),
        (gap("total", 16, 24, {22, 23}, {(22, 23)}), ()),
    ],
    ids=["true", "false", "out", "no condition", "a line that is missing itself needs no words"],
)
def test_branches_in_words(given: Gap, rows: tuple[str, ...]) -> None:
    assert source.branches_in_words(MODULE, given) == rows


def test_outline() -> None:
    rows = source.outline(MODULE, "shop.cart").splitlines()
    assert rows[0] == "# module shop.cart"
    assert "from shop.prices import Price, LIMIT" in rows
    assert "from shop import errors as err" in rows
    assert "import fast" in rows
    assert "def total(items: list[Price], *, rate: float=1.0) -> Price: ..." in rows
    assert "class Cart(Base, Meta):" in rows
    assert "    async def add(self, item): ..." in rows
    assert not any("raise" in row for row in rows), "bodies stay out"


@pytest.mark.parametrize(
    ("statement", "module", "is_package", "absolute"),
    [
        ("from .b import c", "pkg.a", False, "from pkg.b import c"),
        ("from . import b", "pkg.a", False, "from pkg import b"),
        ("from ..x import y as z", "pkg.sub.a", False, "from pkg.x import y as z"),
        ("from .b import c", "pkg", True, "from pkg.b import c"),
        ("from x import y", "pkg.a", False, "from x import y"),
        ("import x.y as z", "pkg.a", False, "import x.y as z"),
    ],
)
def test_imports_made_absolute(statement: str, module: str, is_package: bool, absolute: str) -> None:
    node = ast.parse(statement).body[0]
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    assert source.absolute(node, module, is_package=is_package) == absolute


def test_importable_names() -> None:
    names = source.importable_names(MODULE, "shop.cart")
    assert names["total"] == "from shop.cart import total"
    assert names["low"] == "from shop.cart import low"
    assert names["Price"] == "from shop.prices import Price"
    assert names["err"] == "from shop import errors as err"
    assert names["os"] == "import os.path"
    assert {"fast", "Cart", "RATES"} <= names.keys()
    assert "add" not in names


def test_names_used_come_class_first_and_without_builtins() -> None:
    assert source.used_names(MODULE, gap("Cart.add", 30, 32, {32})) == ["Cart", "self", "total", "item"]
    assert "sum" not in source.used_names(MODULE, gap("total", 16, 24, {23}))


def test_attributes_used() -> None:
    assert source.used_attributes(MODULE, gap("total", 16, 24, {23})) == ["err.Empty"]
    assert source.used_attributes(MODULE, gap("Cart.add", 30, 32, {32})) == ["self.size"]


TEXTS = {
    "shop.cart": MODULE,
    "shop.prices": "from shop.money import Price\nLIMIT = 3\n",
    "shop": "from .prices import LIMIT\nfrom . import prices\nfrom .... import cart as far\n",
    "shop.errors": "class Empty(Exception): ...\nif True:\n    class Other(Exception): ...\n",
    "shop.money": 'class Price(Base):\n    """An amount."""\n    cents: int\n    def __init__(self, cents): ...\n    def add(self): ...\n',
}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param(["total"], ["# shop.cart\n@decorated\ndef total"], id="a function beside it"),
        pytest.param(["RATES"], ["# shop.cart\nRATES = {'a': 1}"], id="a constant"),
        pytest.param(["LIMIT"], ["# shop.prices\nLIMIT = 3"], id="through an import"),
        pytest.param(["Price"], ['# shop.money\nclass Price(Base):\n    """An amount."""\n    cents: int\n    def __init__'], id="through two"),
        pytest.param(["err.Empty"], ["# shop.errors\nclass Empty(Exception):"], id="of a module imported under another name"),
        pytest.param(["err.Other"], ["# shop.errors\nclass Other(Exception):"], id="in a branch of its module"),
        pytest.param(["LIMIT", "LIMIT"], ["# shop.prices\nLIMIT = 3"], id="once"),
        pytest.param(["os.path", "self.x", "err.Gone"], [], id="attributes of other things"),
        pytest.param(["fast", "err", "nothing"], [], id="outside the project, or nowhere"),
    ],
)  # fmt: skip
def test_definitions(names: list[str], found: list[str]) -> None:
    texts = definitions.definitions(names, "shop.cart", definitions.Project(TEXTS.get))
    assert len(texts) == len(found)
    assert all(text.startswith(start) for text, start in zip(texts, found, strict=True))


def test_definitions_through_the_imports_of_a_package() -> None:
    names = ["LIMIT", "prices", "far"]
    package = definitions.Project(TEXTS.get, lambda module: module == "shop")
    assert definitions.definitions(names, "shop", package) == ("# shop.prices\nLIMIT = 3",)
    assert definitions.definitions(names, "shop", definitions.Project(TEXTS.get)) == ()


def test_the_outline_of_a_package_says_where_things_come_from() -> None:
    rows = source.outline(TEXTS["shop"], "shop", is_package=True).split("\n")
    assert rows[1:3] == ["from shop.prices import LIMIT", "from shop import prices"]


def test_definitions_name_other_methods_and_end_at_the_limit() -> None:
    (text,) = definitions.definitions(
        ["Price", "LIMIT"], "shop.prices", definitions.Project(TEXTS.get), limit=1
    )
    assert text.endswith("# methods: add")


LONG = "\n".join(f"        self.n{n} = {n}" for n in range(31))
DOC = "\n".join(f"        Line {n}." for n in range(31))
MADE = {
    "shop.base": f"class Base:\n    def __init__(self, a, *, b=1):\n{LONG}\n    def go(self):\n        return 1\n",
    "shop.cart": (
        "from shop.base import Base\n"
        "class Cart(Base):\n"
        f'    def _told(self):\n        """Says.\n{DOC}\n        """\n        return self.n\n'
        f"    def _long(self):\n{LONG}\n"
        "    def add(self):\n        return self._told() + self._long() + self.go()\n"
    ),
}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param(
            ["Cart"],
            [
                "# shop.cart\nclass Cart(Base):\n    def _told(self):\n        return self.n\n    # methods: add",
                "# shop.base\nclass Base:\n    def __init__(self, a, *, b=1): ...\n    def go(self):\n        return 1",
            ],
            id="a long constructor that is inherited, and a method that is long by what it says",
        ),
        pytest.param(
            ["Base", "Cart"],
            [
                "# shop.base\nclass Base:\n    def __init__(self, a, *, b=1): ...\n    def go(self):\n        return 1",
                "# shop.cart\nclass Cart(Base):\n    def _told(self):\n        return self.n\n    # methods: add",
            ],
            id="a base class that is named too, once",
        ),
    ],
)
def test_definitions_of_inherited_things(names: list[str], found: list[str]) -> None:
    texts = definitions.definitions(
        names,
        "shop.cart",
        definitions.Project(MADE.get),
        used={"_told", "_long", "go"},
        outlined="shop.cart",
        target="Cart.add",
    )
    assert list(texts) == found


def test_packages_that_a_module_imports() -> None:
    assert source.imported_packages(MODULE) == ["__future__", "os", "fast"]


def test_names_of_which_the_source_does_not_tell_what_they_are() -> None:
    assert source.undecided(MODULE) == {"fast"}


TESTS = (
    dedent(
        """\
    class TestCart:
        @mark
        def test_add(self):
            assert 1

    def test_total():
        assert 2

    def test_long():
    """
    )
    + "    x = 1\n" * 70
)


@pytest.mark.parametrize(
    ("nodeids", "found"),
    [
        (["tests/test_cart.py::test_total"], ["def test_total():\n    assert 2"]),
        (
            ["tests/test_cart.py::TestCart::test_add[a-b]"],
            ["class TestCart:\n    @mark\n    def test_add(self):\n        assert 1"],
        ),
        (["tests/test_cart.py::TestCart"], []),
        (["tests/test_cart.py::test_gone"], []),
        (["tests/test_cart.py::test_long"], []),
        (["tests/test_other.py::test_x"], []),
        (["tests/broken.py::test_x"], []),
    ],
    ids=[
        "function",
        "method with a parameter",
        "a class",
        "not there",
        "too long",
        "no file",
        "does not parse",
    ],
)
def test_examples(nodeids: list[str], found: list[str]) -> None:
    root = Path("/p")
    files = {root / "tests/test_cart.py": TESTS, root / "tests/broken.py": "def ("}
    assert list(examples.examples(nodeids, root, files.get)) == found


def test_examples_are_looked_for_no_longer_than_needed() -> None:
    root, asked = Path("/p"), list[Path]()

    def read(path: Path) -> str:
        asked.append(path)
        return TESTS

    rows = [f"tests/test_cart.py::TestCart::test_add[{row}]" for row in range(100)]
    nodeids = [*rows, "tests/test_cart.py::test_total", *(f"tests/test_{n}.py::test_total" for n in range(9))]
    assert len(examples.examples(nodeids, root, read)) == 2
    assert asked == [root / "tests/test_cart.py"] * 2


FIXTURE = Fixture("cart", "function", "cart(db)", "A cart.", "tests/conftest.py")
OWN = Fixture("basket", "function", "basket()", "", "tests/test_cart.py")


@pytest.mark.parametrize(
    ("base", "nodeid", "visible"),
    [
        ("", "tests/test_a.py", True),
        (".", "tests/test_a.py", True),
        ("tests", "tests/test_a.py", True),
        ("tests", "tests/deep/test_a.py", True),
        ("tests/deep", "tests/test_a.py", False),
        ("tests/test_b.py", "tests/test_a.py", False),
        ("test", "tests/test_a.py", False),
    ],
)
def test_visible_fixtures(base: str, nodeid: str, visible: bool) -> None:
    assert visible_fixtures(Suite(fixtures=((base, FIXTURE),)), nodeid) == ((FIXTURE,) if visible else ())


@pytest.mark.parametrize(
    ("base", "own"), [("tests/test_a.py", True), ("tests/test_b.py", False), ("tests", False), ("", False)]
)
def test_own_fixtures(base: str, own: bool) -> None:
    found = own_fixtures(Suite(fixtures=((base, FIXTURE),)), "tests/test_a.py")
    assert found == ((FIXTURE,) if own else ())


def annotated() -> Path:
    return Path()


def yielding() -> Iterator[Path]:
    yield Path()


def untold(): ...  # type: ignore[no-untyped-def]


def unknown() -> Iterator[Nowhere]: ...  # type: ignore[name-defined,empty-body]  # noqa: F821


def listed() -> list[Path]: ...  # type: ignore[empty-body]


async def awaited() -> Path: ...  # type: ignore[empty-body]


async def collected() -> AsyncIterator[Path]:
    yield Path()


PATHS = "pathlib:Path" if sys.version_info < (3, 13) else "pathlib._local:Path"


@pytest.mark.parametrize(
    ("function", "scope", "params", "is_plain", "gives"),
    [
        pytest.param(annotated, "function", None, True, PATHS, id="annotated"),
        pytest.param(yielding, "function", None, True, PATHS, id="what a generator yields"),
        pytest.param(untold, "function", None, True, "", id="no annotation"),
        pytest.param(unknown, "function", None, True, "", id="a name that is not there"),
        pytest.param(listed, "function", None, True, "", id="no class"),
        pytest.param(annotated, "module", None, False, PATHS, id="shared by tests"),
        pytest.param(annotated, "function", [1, 2], False, PATHS, id="several values"),
        pytest.param(awaited, "function", None, False, PATHS, id="a coroutine"),
        pytest.param(collected, "function", None, False, "", id="an asynchronous generator"),
    ],
)
def test_what_is_known_of_a_fixture(
    function: Any, scope: str, params: Any, is_plain: bool, gives: str
) -> None:
    here = Path(__file__)
    definition = SimpleNamespace(
        argname="cart", func=function, baseid="tests", scope=scope, params=params, argnames=()
    )
    session = SimpleNamespace(
        config=SimpleNamespace(
            rootpath=here.parent,
            pluginmanager=SimpleNamespace(list_plugin_distinfo=list, has_plugin=lambda name: False),
            getini=lambda name: [],
        ),
        items=[],
        _fixturemanager=SimpleNamespace(_get_all_fixture_defs=lambda: [definition]),
    )
    (_, fixture), *_ = suite_of(cast(Any, session)).fixtures
    assert (fixture.is_plain, fixture.gives) == (is_plain, gives)


@pytest.mark.parametrize(
    ("scope", "value", "gives"),
    [
        pytest.param("function", Decimal(1), "decimal:Decimal", id="seen"),
        pytest.param("function", None, "a:A", id="nothing to see"),
        pytest.param("session", Decimal(1), "a:A", id="shared by tests"),
    ],
)
def test_what_the_values_of_a_fixture_are(scope: str, value: object, gives: str) -> None:
    given: dict[tuple[str, str], str] = {}
    note_fixture(given, SimpleNamespace(baseid="tests", argname="cart", scope=scope), value)
    suite = Suite(fixtures=(("tests", replace(FIXTURE, gives="a:A")), ("", replace(FIXTURE, gives="a:A"))))
    told = with_given(suite, given).fixtures
    assert [fixture.gives for _, fixture in told] == [gives, "a:A"]


def test_a_suite_survives_the_way_from_a_worker() -> None:
    fixture = replace(FIXTURE, is_plain=True, gives="shop.cart:Cart")
    suite = Suite((Path("/p/tests/test_a.py"),), (("tests", fixture),), (), ("pytest-mock",))
    assert from_plain(to_plain(suite)) == suite


def test_context_as_a_whole() -> None:
    coverage = Coverage(
        {PATH: FileCoverage(PATH, frozenset({8, 22, 23, 24}), frozenset({8}))},
        {PATH: {"tests/test_cart.py::test_total": frozenset({8})}},
    )
    contexts = Contexts(
        {PATH: MODULE},
        {"shop.cart": PATH},
        coverage,
        Suite(fixtures=(("tests", FIXTURE), ("tests/test_cart.py", OWN)), tools=("pytest-mock",)),
        root=Path("/p"),
        read={Path("/p/tests/test_cart.py"): TESTS}.get,
        nearest=lambda coverage, path, lines: [
            t for t, hit in coverage.contexts[path].items() if hit & lines
        ],
        is_installed=lambda package: package != "fast",
    )
    target = Target(gap("total", 16, 24, {22, 23, 24}), "shop.cart", Path("/p/tests/test_cart.py"))
    context = contexts(target, gap("total", 16, 24, {23}))
    assert context.relative == "src/shop/cart.py"
    assert context.source.count(">") == 2, "what is left is marked, not all of the gap; the other is an arrow"
    assert context.examples == ("def test_total():\n    assert 2",)
    assert context.fixtures == (FIXTURE,)
    assert context.own_fixtures == (OWN,)
    assert context.tools == ("pytest-mock",)
    assert "`fast` is not installed" in context.evidence
    assert context.beside == TESTS
    assert contexts(target, target.gap).outline is context.outline, "shared by all targets of the file"


def test_what_a_target_and_its_tests_both_use_is_shown_once() -> None:
    cart, money = PATH, PATH.with_name("money.py")
    test = "from shop.money import Price\n\ndef test_total():\n    assert Price(2)\n"
    contexts = Contexts(
        {
            cart: "from shop.money import Price\ndef total(price):\n    return Price(price)\n",
            money: TEXTS["shop.money"],
        },
        {"shop.cart": cart, "shop.money": money},
        Coverage({cart: FileCoverage(cart, frozenset({1, 2, 3}), frozenset({1, 2}))}, {}),
        Suite(),
        root=Path("/p"),
        read={Path("/p/tests/test_cart.py"): test}.get,
        nearest=lambda coverage, path, lines: ["tests/test_cart.py::test_total"],
    )
    left = gap("total", 2, 3, {3})
    shown = contexts(Target(left, "shop.cart", Path("/p/tests/test_cart.py")), left).definitions
    assert [text.split("\n")[:2] for text in shown] == [["# shop.money", "class Price(Base):"]]


def observed(qualname: str, receiver: str = "", **arguments: str) -> Observation:
    return Observation(PATH, qualname, 1, tuple(arguments.items()), receiver)


TOTAL = gap("total", 16, 24, {23}, {(22, 23)})
CAME = "line 22, `not items`: 2 tests came here"


@pytest.mark.parametrize(
    ("left", "seen", "tests", "said"),
    [
        pytest.param(TOTAL, [], 2, [CAME], id="no calls"),
        pytest.param(TOTAL, [], 0, [], id="not reached"),
        pytest.param(gap("total", 16, 24, {22, 23}), [], 2, [], id="the condition is missing itself"),
        pytest.param(gap("total", 16, 24, {24}), [], 2, [], id="what is missing is elsewhere"),
        pytest.param(
            TOTAL,
            [observed("total", items="[1]", rate="2"), observed("total", items="[1]", rate="10")],
            2,
            [
                f"{CAME}; `items` was [1] in each call that was noted",
                "the tests call it so: `total(items=[1], rate=2)`",
                "the tests call it so: `total(items=[1], rate=10)`",
            ],
            id="always the same",
        ),
        pytest.param(
            TOTAL,
            [observed("total", items="[1, 2]"), observed("total", items="[1]"), observed("Cart.add")],
            1,
            [
                "line 22, `not items`: 1 test came here",
                "the tests call it so: `total(items=[1])`",
                "the tests call it so: `total(items=[1, 2])`",
            ],
            id="different each time, of the function alone",
        ),
        pytest.param(
            gap("Cart.add", 30, 32, {32}),
            [observed("Cart.__init__", size="3")],
            0,
            ["the tests make `Cart` so: `Cart(size=3)`"],
            id="the object",
        ),
        pytest.param(
            gap("Cart.add", 30, 32, {32}),
            [observed("Cart.__init__", size="3"), observed("Cart.add", "Cart(size=4)", item="1")],
            0,
            ["the tests call it so: `Cart(size=4).add(item=1)`"],
            id="the object as it was called",
        ),
    ],
)  # fmt: skip
def test_evidence(left: Gap, seen: list[Observation], tests: int, said: list[str]) -> None:
    assert list(evidence.evidence(MODULE, left, seen, lambda line: tests)) == said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("'read'", True, id="in a test"),
        pytest.param("['read', 12, None, True]", True, id="in a list"),
        pytest.param("'wrong'", False, id="from elsewhere"),
        pytest.param("1795642385.125", False, id="the time"),
        pytest.param("datetime.datetime(2026, 1, 2, 3, 4, 5, 678901)", False, id="the time to the microsecond"),
        pytest.param("b'read'", True, id="bytes"),
        pytest.param("b'else'", False, id="other bytes"),
        pytest.param("'it'", True, id="short"),
        pytest.param("(", False, id="no expression"),
    ],
)  # fmt: skip
def test_only_values_that_are_written_somewhere_are_shown(value: str, shown: bool) -> None:
    texts = ["f(2026)", "open_it('read')"]
    assert evidence.is_written_in(observed("total", items=value), texts) is shown


def test_evidence_holds_no_secret_and_nothing_private() -> None:
    tests, private = Path("/p/tests/test_cart.py"), Path("/p/src/shop/hidden.py")
    seen = [observed("total", items=f"'{value}'") for value in ("plain", "secret", "hidden")]
    contexts = Contexts(
        {PATH: MODULE, private: "VALUE = 'hidden'\n"},
        {"shop.cart": PATH},
        Coverage({PATH: FileCoverage(PATH, frozenset({22, 23}), frozenset({22}))}, {}),
        Suite((tests,), observations=tuple(seen)),
        root=Path("/p"),
        read={tests: "total('plain'); total('secret')"}.get,
        nearest=lambda coverage, path, lines: [],
        is_private=lambda path: path == private,
        redacted=lambda text, place: text.replace("secret", "[REDACTED]"),
    )
    context = contexts(Target(TOTAL, "shop.cart", tests), TOTAL)
    assert context.evidence == ("the tests call it so: `total(items='plain')`",)
    assert len(context.observations) == 2, "the offline engine, which sends nothing, may use the other one"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        pytest.param(["anyio"], "anyio: in use", id="its mark is on a test"),
        pytest.param([], "anyio", id="installed only"),
        pytest.param(["anyio", "asyncio"], "anyio", id="beside the other one's"),
    ],
)
def test_anyio_is_in_use_where_the_tests_say_so(
    pytester: pytest.Pytester, marks: list[str], expected: str
) -> None:
    lines = [f"@pytest.mark.{mark}\ndef test_{mark}():\n    pass\n" for mark in [*marks, "slow"]]
    pytester.makeini("[pytest]\nmarkers =\n    anyio\n    asyncio\n    slow\n")
    pytester.makepyfile("import pytest\n\n" + "\n".join(lines))
    items, _ = pytester.inline_genitems("-p", "no:asyncio", "-p", "anyio")
    assert [tool for tool in suite_of(items[0].session).tools if tool.startswith("anyio")] == [expected]
