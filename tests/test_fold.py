"""Folding: what becomes one table, what does not, and that a table proves what its tests proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_aigen.data import Candidate, Gap, Target
from pytest_aigen.merge import fold, merge
from tests.running import passed

SHOP = '''\
from dataclasses import dataclass


def price(text, currency="$", *, strict=False):
    """The number in a text."""
    if not text.strip(currency):
        raise ValueError(f"no price: {text!r}")
    if strict and currency not in text:
        raise ValueError(f"no {currency}: {text!r}")
    return float(text.strip(currency))


def shout(request):
    print(request.upper())


@dataclass
class Line:
    sku: str
    count: int = 1

    def add(self, more):
        self.count += more
        return self.count
'''
SOURCE, TESTS = Path("/p/shop.py"), Path("/p/test_shop.py")


def candidate(
    name: str, body: str, head: str = "from shop import price", qualname: str = "price"
) -> Candidate:
    """``body`` is the test's, its lines parted by ``;`` or given in full."""
    lines = body.split("; ") if "\n" not in body else body.splitlines()
    arguments = "capsys" if "capsys" in body else ""
    code = f"{head}\n\n\ndef {name}({arguments}):\n" + "".join(f"    {line}\n" for line in lines)
    return Candidate(
        Target(Gap(SOURCE, qualname, 1, 9, frozenset({2})), "shop", TESTS), name, code, "explore"
    )


def several(
    *tests: tuple[str, str], head: str = "from shop import price", qualname: str = "price"
) -> list[Candidate]:
    return [candidate(name, body, head, qualname) for name, body in tests]


LINE = {"head": "from shop import Line", "qualname": "Line.add"}
FOLDED = {
    "two short ones in one line": (
        several(("test_price_of_1", 'assert price("1") == 1.0'), ("test_price_of_2", 'assert price("2") == 2.0')),
        """\
@pytest.mark.parametrize(("text", "expected"), [("1", 1.0), ("2", 2.0)])
def test_price(text, expected):
    assert price(text) == expected
""",
    ),
    "keywords name columns, what all share stays": (
        several(
            ("test_price_returns_1", 'assert price("$1", currency="$", strict=True) == 1.0'),
            ("test_price_returns_2", 'assert price("E2", currency="E", strict=True) == 2.0'),
            ("test_price_returns_3", 'assert price("F3", currency="F", strict=True) == 3.0'),
        ),
        """\
@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("$1", "$", 1.0),
        ("E2", "E", 2.0),
        ("F3", "F", 3.0),
    ],
)
def test_price(text, currency, expected):
    assert price(text, currency=currency, strict=True) == expected
""",
    ),
    "messages are named by the tests": (
        several(
            ("test_price_rejects_nothing", 'with pytest.raises(ValueError, match="no price: \'\'"):\n    price("")'),
            ("test_price_rejects_a_sign", 'with pytest.raises(ValueError, match="no price: ."):\n    price("$")'),
            ("test_price_rejects_signs", 'with pytest.raises(ValueError, match="no price"):\n    price("$$")'),
            head="import pytest\n\nfrom shop import price",
        ),
        """\
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no price: ''", id="nothing"),
        pytest.param("$", "no price: .", id="sign"),
        pytest.param("$$", "no price", id="signs"),
    ],
)
def test_price_rejects(text, message):
    with pytest.raises(ValueError, match=message):
        price(text)
""",
    ),
    "ids are what long names are about": (
        several(
            ("test_price_rejects_a_text_without_any_number_for_nothing", 'with pytest.raises(ValueError, match="no price: \'\'"):\n    price("")'),
            ("test_price_raises_value_error_for_sign", 'with pytest.raises(ValueError, match="no price: ."):\n    price("$")'),
            ("test_price_refuses_for_signs", 'with pytest.raises(ValueError, match="no price"):\n    price("$$")'),
            head="import pytest\n\nfrom shop import price",
        ),
        """\
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no price: ''", id="nothing"),
        pytest.param("$", "no price: .", id="sign"),
        pytest.param("$$", "no price", id="signs"),
    ],
)
def test_price(text, message):
    with pytest.raises(ValueError, match=message):
        price(text)
""",
    ),
    "fields of a dataclass, an attribute, the same value twice": (
        several(
            ("test_line_add_a", 'line = Line(sku="a", count=1); assert line.add(1) == 2; assert line == Line("a", 2)'),
            ("test_line_add_b", 'line = Line(sku="b", count=3); assert line.add(1) == 4; assert line == Line("b", 4)'),
            ("test_line_add_c", 'line = Line(sku="c", count=5); assert line.add(1) == 6; assert line == Line("c", 6)'),
            **LINE,
        ),
        """\
@pytest.mark.parametrize(
    ("sku", "count", "expected", "expected_count"),
    [
        pytest.param("a", 1, 2, 2, id="a"),
        pytest.param("b", 3, 4, 4, id="b"),
        pytest.param("c", 5, 6, 6, id="c"),
    ],
)
def test_line_add(sku, count, expected, expected_count):
    line = Line(sku=sku, count=count)
    assert line.add(1) == expected
    assert line == Line(sku, expected_count)
""",
    ),
    "a variable becomes the parameter, a reserved name another one": (
        several(
            ("test_shout_a", 'text = "a"; shout(text); assert capsys.readouterr().out == "A\\n"'),
            ("test_shout_b", 'text = "b"; shout(text); assert capsys.readouterr().out == "B\\n"'),
            ("test_shout_c", 'text = "c"; shout(text); assert capsys.readouterr().out == "C\\n"'),
            head="from shop import shout",
            qualname="shout",
        ),
        """\
@pytest.mark.parametrize(
    ("text", "output"),
    [
        pytest.param("a", "A\\n", id="a"),
        pytest.param("b", "B\\n", id="b"),
        pytest.param("c", "C\\n", id="c"),
    ],
)
def test_shout(text, output, capsys):
    shout(text)
    assert capsys.readouterr().out == output
""",
    ),
    "approx stays around what is expected": (
        several(
            ("test_price_of_a", 'assert price("1.1") == pytest.approx(1.1)'),
            ("test_price_of_b", 'assert price("2.2") == pytest.approx(2.2)'),
            head="import pytest\n\nfrom shop import price",
        ),
        """\
@pytest.mark.parametrize(("text", "expected"), [("1.1", 1.1), ("2.2", 2.2)])
def test_price_of(text, expected):
    assert price(text) == pytest.approx(expected)
""".replace("test_price_of", "test_price"),
    ),
    "request cannot be a parameter": (
        several(
            ("test_shout_once", 'shout("a"); assert capsys.readouterr().err == ""'),
            ("test_shout_twice", 'shout("aa"); assert capsys.readouterr().err == ""'),
            head="from shop import shout",
            qualname="shout",
        ),
        """\
@pytest.mark.parametrize("given_request", ["a", "aa"])
def test_shout(given_request, capsys):
    shout(given_request)
    assert capsys.readouterr().err == ""
""",
    ),
}  # fmt: skip
ONE = ("test_price_one", 'assert price("1") == 1.0')
TWO = ("test_price_two", 'assert price("2") == 2.0')
LONG = "1" * 45
APART = {
    "one alone": several(ONE),
    "another function": [*several(ONE), *several(TWO, qualname="other")],
    "another number of asserts": several(ONE, ("test_price_two", 'assert price("2") == 2.0; assert price("3") == 3.0')),
    "equality beside an error": several(
        ONE, ("test_price_none", 'with pytest.raises(ValueError):\n    price("")'), head="import pytest\n\nfrom shop import price"
    ),
    "different errors": several(
        ("test_price_none", 'with pytest.raises(ValueError):\n    price("")'),
        ("test_price_number", "with pytest.raises(TypeError):\n    price(3)"),
        head="import pytest\n\nfrom shop import price",
    ),
    "another operator": several(ONE, ("test_price_two", 'assert price("2") != 3.0')),
    "another argument by name": several(ONE, ("test_price_two", 'assert price(text="2") == 2.0')),
    "two rows that need more than a line": several(
        ("test_price_of_much", 'assert price("1000000000000000", currency="$$$$$$$$") == 1000000000000000.0'),
        ("test_price_of_more", 'assert price("2000000000000000", currency="EEEEEEEE") == 2000000000000000.0'),
    ),
    "values that stand otherwise in ids": several(
        ("test_price_1", r'assert price("\\1") == 1.0'), ("test_price_2", r'assert price("\\2") == 2.0')
    ),
    "literals too long to read in a row": several(
        ("test_price_a", f'assert price("{LONG}1") > 1.0'), ("test_price_b", f'assert price("{LONG}2") > 2.0')
    ),
    "comments would be lost": several(ONE, ("test_price_two", 'assert price("2") == 2.0  # two')),
    "docstrings differ": several(
        ("test_price_one", '"""One."""; assert price("1") == 1.0'), ("test_price_two", '"""Two."""; assert price("2") == 2.0')
    ),
    "computed values": several(("test_price_one", 'assert price("1") == 0.5 * 2'), ("test_price_two", 'assert price("2") == 1 + 1.0')),
    "a variable that a call may change": several(
        ("test_price_a", "items = [1]; items.append(2); assert len(items) == 2"),
        ("test_price_b", "items = [1, 2]; items.append(2); assert len(items) == 3"),
    ),
    "more columns than a reader can follow": several(
        ("test_line_a", 'assert Line("a", 1) == Line("a", 1); assert Line("c", 2).add(3) == 5; assert Line("x").add(7) == 8'),
        ("test_line_b", 'assert Line("b", 2) == Line("b", 2); assert Line("d", 3).add(4) == 7; assert Line("y").add(8) == 9'),
        ("test_line_c", 'assert Line("c", 3) == Line("c", 3); assert Line("e", 4).add(5) == 9; assert Line("z").add(9) == 10'),
        **LINE,
    ),
    "no names for two of the values": several(
        ("test_price_a", 'assert "a" + "b" == "ab"'), ("test_price_c", 'assert "c" + "d" == "cd"'), head="import shop"
    ),
    "within an f-string": several(
        ("test_price_a", 'assert f"{price(\'1\')}" == "1.0"'), ("test_price_b", 'assert f"{price(\'2\')}" == "2.0"')
    ),
    "names that mean different things": [
        candidate("test_price_one", 'assert price("1") == 1.0'),
        candidate("test_price_two", 'assert price("2") == 2.0', head="from shop import price as cost, shout as price"),
    ],
    "helpers that differ": [
        candidate("test_price_one", 'assert price(A) == 1.0', head='from shop import price\n\nA = "1"'),
        candidate("test_price_two", 'assert price(A) == 2.0', head='from shop import price\n\nA = "2"'),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("candidates", "test"), FOLDED.values(), ids=FOLDED.keys())
def test_folded(candidates: list[Candidate], test: str) -> None:
    (table,) = fold(candidates, lambda path: SHOP)
    head, _, code = table.candidate.code.partition("\n\n\n")
    assert code == test
    assert "import pytest" in head
    assert table.members == tuple(range(len(candidates)))


@pytest.mark.parametrize("candidates", APART.values(), ids=APART.keys())
def test_not_folded(candidates: list[Candidate]) -> None:
    assert fold(candidates, lambda path: SHOP) == []


def test_those_that_fit_are_folded_without_the_one_that_is_too_long() -> None:
    long = ("test_price_long", f'assert price("{LONG}") == {LONG}.0')
    (table,) = fold(several(ONE, long, TWO), lambda path: SHOP)
    assert table.members == (0, 2)
    assert table.ids == ("1-1.0", "2-2.0")


@pytest.mark.parametrize(
    "source",
    [pytest.param(None, id="gone"), pytest.param("def (", id="broken"), pytest.param("", id="empty")],
)
def test_without_the_source_one_value_needs_no_name(source: str | None) -> None:
    (table,) = fold(several(ONE, TWO), lambda path: source)
    assert '("value", "expected")' in table.candidate.code


def test_tables_run_under_the_ids_that_were_told(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    expected = set()
    text: str | None = None
    for candidates, _ in FOLDED.values():
        (table,) = fold(candidates, lambda path: SHOP)
        edit = merge(text, table.candidate, path=TESTS)
        text = edit.after
        expected |= {f"test_shop.py::{edit.tests[0]}[{row}]" for row in table.ids}
        for one in candidates:
            again = merge(text, one, path=TESTS)
            assert (again.after, again.tests) == (text, ()), "each test is found in its table"
    (tmp_path / "test_shop.py").write_text(text or "")
    assert passed(tmp_path) == expected


LITERALS = st.one_of(
    st.integers(-9, 99), st.floats(allow_nan=False), st.text(max_size=6), st.none(), st.booleans(), st.binary(max_size=3),
    st.lists(st.integers(0, 9), max_size=3), st.tuples(st.integers(0, 9), st.text(max_size=2)),
    st.dictionaries(st.text(max_size=2), st.integers(0, 9), max_size=2),
)  # fmt: skip


@settings(deadline=None, database=None)
@given(st.lists(st.tuples(LITERALS, LITERALS), min_size=2, max_size=5), st.data())
def test_any_table_holds_what_its_tests_said(rows: list[tuple[object, object]], data: st.DataObject) -> None:
    """Each test, put into the module with the table, is there already; a further one is a row or a test, once."""
    candidates = several(
        *((f"test_price_{chr(97 + n)}", f"assert price({a!r}) == {b!r}") for n, (a, b) in enumerate(rows))
    )
    for table in fold(candidates, lambda path: SHOP):
        text = merge(None, table.candidate, path=TESTS).after
        for index in table.members:
            again = merge(text, candidates[index], path=TESTS)
            assert (again.after, again.tests) == (text, ())
        a, b = data.draw(LITERALS), data.draw(LITERALS)
        new = candidate("test_price_of_another", f"assert price({a!r}) == {b!r}")
        more = merge(text, new, path=TESTS)
        assert merge(more.after, new, path=TESTS).tests == ()
        old, kept = text.splitlines(), iter(more.after.splitlines())
        if "@pytest.mark.parametrize(\n" in text:
            assert all(line in kept for line in old)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "[\r\n\t\t('1', 1.0),\r\n\t])\r\n", "[\r\n\t\t('1', 1.0),\r\n\t\t(\"2\", 2.0),  # aigen: shop:price\r\n\t])\r\n",
            id="crlf-and-tabs",
        ),
        pytest.param(
            "[\n    ('1', 1.0)  # one\n])\n", "[\n    ('1', 1.0),  # one\n    (\"2\", 2.0),  # aigen: shop:price\n])\n",
            id="a-comma-is-missing",
        ),
        pytest.param("[('ü', 1.0), ['1', 1.0], ])\n", "[('ü', 1.0), ['1', 1.0], [\"2\", 2.0], ])\n", id="in-one-line"),
        pytest.param("[('1', 1.0),\r\n  ('3', 3.0)])\r\n", "[('1', 1.0),\r\n  ('3', 3.0),\r\n  (\"2\", 2.0)])\r\n", id="the-bracket-on-the-last-line"),
    ],
)  # fmt: skip
def test_a_row_adds_and_changes_no_byte(before: str, after: str) -> None:
    newline = "\r\n" if "\r\n" in before else "\n"
    head = f"\ufeffimport pytest{newline}from shop import price{newline}@pytest.mark.parametrize('text, expected', "
    test = f"def test_price(text, expected):{newline}\tassert price(text) == expected"
    (new,) = several(TWO)
    edit = merge(head + before + test, new, path=TESTS)
    assert edit.after == head + after + test
    assert edit.tests == ("test_price[2-2.0]",)
