"""What is changed in a source, what is left alone, and which of it a candidate is tried with."""

from __future__ import annotations
import __future__

import ast
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_aigen.data import Reached
from pytest_aigen.mutants.choice import Source, chosen
from pytest_aigen.mutants.compiled import meaning, same, swaps

PATH = Path("/p/shop.py")


def all_of(text: str) -> list[tuple[str, str, str]]:
    found = (each for several in Source(PATH, text).by_line.values() for each in several)
    return [(each.mutant.operator, each.mutant.before, each.mutant.after) for each in found]


def in_function(statements: str) -> str:
    return "def f(a, b, c):\n" + indent(dedent(statements).strip("\n"), "    ") + "\n"


CHANGED = [
    ("a < b", [("ROR", "<", "<=")]),
    ("a <= b", [("ROR", "<=", "<")]),
    ("a > b", [("ROR", ">", ">=")]),
    ("a >= b", [("ROR", ">=", ">")]),
    ("a == b", [("ROR", "==", "!=")]),
    ("a != b", [("ROR", "!=", "==")]),
    ("a in b", [("ROR", "in", "not in")]),
    ("a not  in b", [("ROR", "not  in", "in")]),
    ("a is b", [("ROR", "is", "is not")]),
    ("a is not b", [("ROR", "is not", "is")]),
    ("a < b < c", [("ROR", "<", "<="), ("ROR", "<", "<=")]),
    ("(a)<(b)", [("ROR", "<", "<=")]),
    ("a + b", [("AOR", "+", "-")]),
    ("a - b", [("AOR", "-", "+")]),
    ("a * b", [("AOR", "*", "/")]),
    ("a / b", [("AOR", "/", "*")]),
    ("a // b", [("AOR", "//", "/")]),
    ("a % b", [("AOR", "%", "/")]),
    ("a ** b", [("AOR", "**", "*")]),
    ("a << b", [("SOR", "<<", ">>")]),
    ("a >> b", [("SOR", ">>", "<<")]),
    ("a & b", [("BOR", "&", "|")]),
    ("a | b", [("BOR", "|", "&")]),
    ("a ^ b", [("BOR", "^", "&")]),
    ("a and b", [("LCR", "and", "or"), ("COI", "a", "not a"), ("COI", "b", "not b")]),
    ("a or b", [("LCR", "or", "and"), ("COI", "a", "not a"), ("COI", "b", "not b")]),
    ("not a", [("UOD", "not a", "a")]),
    ("not a == b", [("UOD", "not a == b", "(a == b)"), ("ROR", "==", "!=")]),
    ("-a", [("UOD", "-a", "a")]),
    ("~a", [("UOD", "~a", "a")]),
    ("a if b else c", [("COI", "b", "not b"), ("RCN", "b", "True"), ("RCN", "b", "False")]),
    ("a if True else c", [("CRP", "True", "False")]),
    ("a if b < c else c", [("COI", "b < c", "not (b < c)"), ("RCN", "b < c", "True"), ("RCN", "b < c", "False"), ("ROR", "<", "<=")]),
    ("1", [("CRP", "1", "2")]),
    ("1.5", [("CRP", "1.5", "2.5")]),
    ("True", [("CRP", "True", "False")]),
    ("'x'", [("CRP", "'x'", "'XXxXX'"), ("CRP", "'x'", "'X'")]),
    ("'Ab: \\n'", [("CRP", "'Ab: \\n'", "'XXAb: \\nXX'"), ("CRP", "'Ab: \\n'", "'aB: \\n'")]),
    ("', '", [("CRP", "', '", "'XX, XX'")]),
    ("b'x'", [("CRP", "b'x'", "b'XXxXX'"), ("CRP", "b'x'", "b'X'")]),
    ("f'{a}'", [("CRP", "f'{a}'", '""')]),
    ("a[1]", [("CRP", "1", "2")]),
    ("a[b:c]", [("SIR", "b", ""), ("SIR", "c", "")]),
    ("lambda: 1", [("RVR", "1", "None"), ("CRP", "1", "2")]),
    ("lambda: None", []),
    ("[a + 1 for a in b if a > c]", [("AOR", "+", "-"), ("CRP", "1", "2"), ("ROR", ">", ">=")]),
    ("a(b)", [("ARR", "b", "None")]),
    ("a(b, c=1)", [("ARR", "b", "None"), ("ARD", "b, ", ""), ("ARD", ", c=1", ""), ("CRP", "1", "2")]),
    ("a(*b, c=a, **c)", [("ARR", "a", "None"), ("ARD", "*b, ", ""), ("ARD", "c=a, ", ""), ("ARD", ", **c", "")]),
    ("a(b, c,)", [("ARR", "b", "None"), ("ARR", "c", "None"), ("ARD", "b, ", ""), ("ARD", ", c", "")]),
    ("a((b), c)", [("ARR", "b", "None"), ("ARR", "c", "None")]),
    ("isinstance(a, b)", [("ARR", "a", "None"), ("ARR", "b", "None")]),
    ("a.lower()", [("MMR", "lower", "upper")]),
    ("a.b().rpartition(c)", [("MMR", "rpartition", "partition"), ("ARR", "c", "None")]),
    ("lower(a.lower)", [("ARR", "a.lower", "None")]),
    ("a(x for x in b)", []),
    ("a['ä'] < 1", [("ROR", "<", "<="), ("CRP", "'ä'", "'XXäXX'"), ("CRP", "'ä'", "'Ä'"), ("CRP", "1", "2")]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "mutants"), CHANGED, ids=[each[0] for each in CHANGED])
def test_an_expression(expression: str, mutants: list[tuple[str, str, str]]) -> None:
    assert all_of(in_function(f"assert ({expression})")) == [
        ("SDL", f"assert ({expression})", "pass"),
        *mutants,
    ]


STATEMENTS = [
    pytest.param("return a", [("RVR", "a", "None")], id="return"),
    pytest.param("return-a", [("RVR", "-a", " None"), ("UOD", "-a", " a")], id="return without a space"),
    pytest.param("return a()if b else c", [("RVR", "a()if b else c", "None"), ("COI", "b", "not b"), ("RCN", "b", "True"), ("RCN", "b", "False")], id="if without a space"),
    pytest.param("yield a", [("RVR", "a", "None")], id="yield"),
    pytest.param("raise ValueError(a)", [("SDL", "raise ValueError(a)", "pass"), ("ARR", "a", "None")], id="raise"),
    pytest.param("a.b()", [("SDL", "a.b()", "pass")], id="call"),
    pytest.param("assert a, 'text'", [("SDL", "assert a, 'text'", "pass")], id="assert"),
    pytest.param("del a[b]", [("SDL", "del a[b]", "pass")], id="del"),
    pytest.param("a.b = c", [("SDL", "a.b = c", "pass"), ("VDL", "c", "None")], id="attribute"),
    pytest.param("a.b = 1", [("SDL", "a.b = 1", "pass"), ("CRP", "1", "2")], id="attribute and constant"),
    pytest.param("a.b: int = c", [("VDL", "c", "None")], id="attribute with an annotation"),
    pytest.param("a[b] = c", [("SDL", "a[b] = c", "pass"), ("VDL", "c", "None")], id="item"),
    pytest.param("x = a", [("VDL", "a", "None")], id="name"),
    pytest.param("x: int = a", [("VDL", "a", "None")], id="name with an annotation"),
    pytest.param("x = 1", [("CRP", "1", "2")], id="name and constant"),
    pytest.param("x = None", [("CRP", "None", "''")], id="None"),
    pytest.param("x: int | None = None", [("CRP", "None", "''")], id="None with an annotation"),
    pytest.param("a += b", [("SDL", "a += b", "pass"), ("ASR", "+=", "="), ("AOR", "+=", "-=")], id="augmented"),
    pytest.param("a += 'x'", [("SDL", "a += 'x'", "pass"), ("ASR", "+=", "="), ("CRP", "'x'", "'XXxXX'"), ("CRP", "'x'", "'X'")], id="augmented by a text"),
    pytest.param("if a: x()", [("COI", "a", "not a"), ("SDL", "x()", "pass")], id="if"),
    pytest.param("if(a):\n    x()", [("COI", "a", "not a"), ("SDL", "x()", "pass")], id="if in parentheses"),
    pytest.param("if a == b: x()", [("ROR", "==", "!="), ("SDL", "x()", "pass")], id="what negates already"),
    pytest.param("while a: break", [("COI", "a", "not a"), ("BCR", "break", "continue")], id="while, break"),
    pytest.param("for x in a: continue", [("ZIL", "a", "[]"), ("BCR", "continue", "break")], id="for, continue"),
    pytest.param("try:\n    x()\nexcept ValueError:\n    y()", [("SDL", "x()", "pass"), ("EHD", "ValueError", "()"), ("SDL", "y()", "pass")], id="except"),
    pytest.param("with a(1): x()", [("CRP", "1", "2"), ("SDL", "x()", "pass")], id="with"),
    pytest.param("match a:\n    case 1 if b:\n        x()", [("SDL", "x()", "pass")], id="match"),
    pytest.param("def g(x=1):\n    return x", [("CRP", "1", "2"), ("RVR", "x", "None")], id="default"),
    pytest.param("async def g():\n    await a()", [("SDL", "await a()", "pass")], id="async"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "mutants"), STATEMENTS)
def test_a_statement(statement: str, mutants: list[tuple[str, str, str]]) -> None:
    assert all_of(in_function(statement)) == mutants


LEFT_ALONE = [
    pytest.param("'''Text 1.'''", id="docstring"),
    pytest.param("pass", id="pass"),
    pytest.param("return None", id="return None"),
    pytest.param("return", id="return"),
    pytest.param("x: Literal['a']", id="annotation"),
    pytest.param("def g(x: 'int') -> 'str': pass", id="annotations of a function"),
    pytest.param("logger.debug('x', 1)", id="log"),
    pytest.param("self._logger.info('x')", id="log of an object"),
    pytest.param("logging.getLogger('x').warning('y')", id="log by name"),
    pytest.param("if TYPE_CHECKING: x(1)", id="for type checkers"),
    pytest.param("if typing.TYPE_CHECKING: x(1)", id="for type checkers, by module"),
    pytest.param("import a", id="import"),
    pytest.param("global x", id="global"),
    pytest.param("try: pass\nexcept: pass", id="bare except"),
]  # fmt: skip


@pytest.mark.parametrize("statement", LEFT_ALONE)
def test_left_alone(statement: str) -> None:
    assert all_of(in_function(statement)) == []


@pytest.mark.parametrize(
    "expression",
    [
        "'a' + b",
        "b + 'a'",
        "'%s' % b",
        "a + 'b' + c",
        "[1] + b",
        "f'{a}' + b",
        "cast('int', a)",
        "(a # why\n < b)",
    ],
)
def test_operators_that_any_test_would_notice_or_that_cannot_be_told_are_left(expression: str) -> None:
    operators = {operator for operator, _, _ in all_of(in_function(f"x = {expression}"))}
    assert not operators & {"AOR", "ROR"}
    assert ("CRP", "'int'", "'XXintXX'") not in all_of(in_function(f"x = {expression}"))


@pytest.mark.parametrize(
    "text",
    [
        "__all__ = ['a']\n",
        "__version__ = '1'\n",
        "T = TypeVar('T')\n",
        "Id = typing.NewType('Id', int)\n",
        "x = ",
        "\0",
    ],
)
def test_names_for_readers_and_what_is_no_python_have_no_mutants(text: str) -> None:
    assert all_of(text) == []


def test_what_only_an_import_shows() -> None:
    source = Source(
        PATH,
        "X = 1\nclass A:\n    y = 2\n    z = lambda: 3\n    def f(self, a=4):\n        b = 5\n        def g(c=6): return c\n",
    )
    found = {each.mutant.before: each.at_import for several in source.by_line.values() for each in several}
    assert found == {"1": True, "2": True, "lambda: 3": True, "3": False, "4": True, "5": False, "6": False, "c": False}  # fmt: skip


# ------------------------------------------------------------------------------------------------ the choice

LONG = in_function("\n".join(f"x{n} = a + {n} if b > {n} else c - {n}" for n in range(12)))


def choose(lines: set[int], branches: set[tuple[int, int]] = frozenset(), seed: str = "s", limit: int = 10):  # type: ignore[no-untyped-def,assignment]
    reached = Reached(frozenset(lines), frozenset(branches))
    return chosen(Source(PATH, LONG).by_line, reached, seed=seed, limit=limit)


def test_every_line_has_one_before_any_has_two() -> None:
    assert sorted(each.mutant.line for each in choose({2, 3, 4, 5, 99}, limit=6))[:4] != [2, 2, 2, 2]
    assert {each.mutant.line for each in choose({2, 3, 4, 5}, limit=4)} == {2, 3, 4, 5}
    assert len({each.mutant.line for each in choose(set(range(2, 14)))}) == 10


def test_then_every_operator_has_one() -> None:
    assert {each.mutant.operator for each in choose({2}, limit=5)} == {"VDL", "COI", "ROR", "AOR", "RCN"}


def test_of_a_branch_what_decides() -> None:
    assert {each.mutant.operator for each in choose(set(), {(2, 3)})} == {"COI", "ROR"}


def test_the_same_for_the_same_candidate_and_source() -> None:
    assert choose(set(range(2, 14)), seed="a") == choose(set(range(2, 14)), seed="a")
    assert choose(set(range(2, 14)), seed="a") != choose(set(range(2, 14)), seed="b")


def test_nothing_twice() -> None:
    every = choose({2, 3}, limit=99)
    assert len(set(every)) == len(every) == 2 * 10


# ------------------------------------------------------------------------------------------------ as code

SAME = [
    pytest.param("x = 1 + 1\n", "x = 2\n", True, id="folded"),
    pytest.param("def f():\n    return 1\n", "def f():\n\n    return 1\n", True, id="lines"),
    pytest.param("def f():\n    return 1\n", "def f():\n    return 2\n", False, id="constant"),
    pytest.param("def f():\n    return 1\n", "def f():\n    return 1.0\n", False, id="type of a constant"),
    pytest.param("def f():\n    return True\n", "def f():\n    return 1\n", False, id="True and 1"),
    pytest.param("def f(a):\n    return a.b\n", "def f(a):\n    return a.c\n", False, id="name"),
    pytest.param("def f():\n    return lambda: 1\n", "def f():\n    return lambda: 2\n", False, id="inside"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), SAME)
def test_the_same_to_the_interpreter(before: str, after: str, expected: bool) -> None:
    assert same(PATH, before, after) is expected


def swapped(text: str, before: str) -> list[str] | None:
    source = Source(PATH, dedent(text))
    made = next(e for several in source.by_line.values() for e in several if e.mutant.before == before)
    found = swaps(source.change(made))
    return None if found is None else [f"{s.before.co_name}:{s.before.co_firstlineno}" for s in found]


def test_which_functions_a_change_is_about() -> None:
    text = """
        from __future__ import annotations
        X = 1
        class A:
            y = 2
            @staticmethod
            def f(a=3):
                def g():
                    return 4
                return g
            def h(self): return 5
            def i(self):
                super().i()
        """
    assert swapped(text, "super().i()") == ["i:12"]
    assert swapped(text, "4") == ["f:6", "g:8"]
    assert swapped(text, "5") == ["h:11"]
    assert [swapped(text, at_import) for at_import in "123"] == [None, None, None]


@pytest.mark.parametrize("feature", sorted({*__future__.all_feature_names} - {"barry_as_FLUFL"}))
def test_what_is_compiled_alone_is_what_the_module_has(feature: str) -> None:
    """Or its functions would not be found, and no mutant of it tried."""
    text = f"from __future__ import {feature}\n\n\ndef f(a: int):\n    return a + 1\n"
    scope: dict[str, object] = {}
    exec(compile(text, str(PATH), "exec", dont_inherit=True), scope)
    [made] = [each for each in Source(PATH, text).by_line[5] if each.mutant.operator == "AOR"]
    [swap] = swaps(Source(PATH, text).change(made)) or []
    assert meaning(swap.before) == meaning(scope["f"].__code__)  # type: ignore[attr-defined]


def test_of_a_class_only_what_changes_is_compiled() -> None:
    text = """
        @final
        class A(
            Base,
            kind=Kind,
        ):
            \'\'\'Says
            much.\'\'\'
            @property
            def f(self):
                return __class__, 1
            def g(self): return 2

        class B: x = 3; f = lambda: 4
        """
    source = Source(PATH, dedent(text))
    made = {each.mutant.before: source.change(each) for line in source.by_line.values() for each in line}
    assert (
        made["1"].before.rstrip()
        == dedent(text)[1:].partition("    def g")[0].replace("    '''Says\n    much.'''", "\n").rstrip()
    )
    assert "2" in made["2"].before
    assert "1" not in made["2"].before
    assert made["4"].before == "class B: x = 3; f = lambda: 4"
    assert (swapped(text, "1"), swapped(text, "2"), swapped(text, "4")) == (
        ["f:9"],
        ["g:12"],
        ["<lambda>:14"],
    )


# ------------------------------------------------------------------------------------------------ properties

names = st.sampled_from(
    ["a", "b", "xs", "f(a)", "a.b", "xs[0]", "xs[1:]", "'t'", "1", "2.5", "None", "True", "ä"]
)
expressions = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%", "<", "==", "not in", "is not", "and", "or", "**"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["not ", "-", "~"]), inner).map(lambda t: f"({t[0]}{t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        inner.map(lambda e: f"[{e} for a in {e} if {e}]"),
        inner.map(lambda e: f"(lambda a: {e})"),
        inner.map(lambda e: f"f({e}, k={e})"),
    ),
    max_leaves=6,
)  # fmt: skip
statements = st.one_of(
    expressions.map("return {}".format),
    expressions.map("x = {}".format),
    expressions.map("x += {}".format),
    expressions.map("a.b = {}".format),
    expressions.map("raise {}".format),
    expressions.map("f({})".format),
    expressions.map("if {}: f()".format),
    expressions.map("while {}: break".format),
    expressions.map("for i in {}: continue".format),
    expressions.map("try: f()\n    except {}: pass".format),
    expressions.map("assert {}".format),
)
functions = st.lists(statements, min_size=1, max_size=4).map(
    lambda s: "def f(a, b, xs):\n    " + "\n    ".join(s) + "\n"
)


@given(functions)
@settings(deadline=None)  # compiling takes as long as the machine likes
def test_each_mutant_is_python_and_differs_in_one_place(text: str) -> None:
    source = Source(PATH, text)
    for several in source.by_line.values():
        for each in several:
            changed = each.applied(text)
            ast.parse(changed)
            assert changed != text
            assert text[each.start : each.end] == each.mutant.before
            assert changed[: each.start] == text[: each.start]
            assert changed.endswith(text[each.end :])
            pairs = zip(text.splitlines(), changed.splitlines(), strict=True)
            assert sum(old != new for old, new in pairs) == 1
            change = source.change(each)
            assert (change.before, change.after) == (text[:-1], changed[:-1])
            assert swaps(change) is not None
