"""What the code compares, and the calls that compare otherwise."""

from __future__ import annotations

import ast
import types
from typing import Any

import pytest

from pytest_aigen.explore.comparisons import Compared, Comparisons, Operation
from pytest_aigen.explore.correspondence import distance, places, suggestions
from pytest_aigen.explore.recipes import Arg, Call, Located, New, Ref, Step
from pytest_aigen.explore.trace import first_lines

FILE = "<compared>"


@pytest.fixture
def load() -> Any:
    """Runs a module's text; gives the module and what records its comparisons."""

    def run(text: str) -> tuple[types.ModuleType, Comparisons]:
        module = types.ModuleType("compared")
        exec(compile(text, FILE, "exec", dont_inherit=True), vars(module))
        comparisons = Comparisons()
        assert comparisons.install(module, text.encode(), {FILE})
        return module, comparisons

    return run


RECORDED = {
    "equal": ("def f(x): return x == 'a'", ("b",), [("==", "b", "a", False)]),
    "slice": ("def f(x): return x[:2] == b'RI'", (b"abc",), [("==", b"ab", b"RI", False)]),
    "chain": ("def f(x): return 0 <= x <= 9", (5,), [("<=", 0, 5, True), ("<=", 5, 9, True)]),
    "chain-ends-early": ("def f(x): return 0 <= x <= 9", (-1,), [("<=", 0, -1, False)]),
    "membership": ("def f(x): return x in ('a', 'b')", ("c",), [("in", "c", ("a", "b"), False)]),
    "sets-in-order": ("def f(x): return x in {'b', 'a'}", ("c",), [("in", "c", ("a", "b"), False)]),
    "prefix": ("def f(x): return x.startswith('ab')", ("abc",), [("startswith", "abc", "ab", True)]),
    "get": ("def f(x): return x.get('k', 1)", ({"a": 1},), [("has", ("a",), "k", False)]),
    "item": ("def f(x): return x['a']", ({"a": 1},), [("item", ("a",), "a", True)]),
    "separator": ("def f(x): return x.split(':')", ("a",), [("has", "a", ":", False)]),
    "lambda-and-nested": (
        "def f(x):\n    def g(y): return (lambda z: z > 1)(y)\n    return g(x)",
        (3,),
        [(">", 3, 1, True)],
    ),
    "closure": (
        "def make(n):\n    def g(x): return x < n\n    return g\ndef f(x): return make(4)(x)",
        (1,),
        [("<", 1, 4, True)],
    ),
    "method": (
        "class A:\n    def m(self, x): return x != self.__n\n    __n = 2\ndef f(x): return A().m(x)",
        (2,),
        [("!=", 2, 2, False)],
    ),
    "cached-property-and-wrapped": (
        "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return 1 == 2\n"
        "@functools.lru_cache\ndef g(x): return A().p or x > 1\ndef f(x): return g(x)",
        (2,),
        [("==", 1, 2, False), (">", 2, 1, True)],
    ),
    "defaults-stay": ("def f(x, y=7): return x == y", (7,), [("==", 7, 7, True)]),
    # Of no use to a search.
    "identity": ("def f(x): return x is None", (1,), []),
    "objects": ("def f(x): return x == object", (object(),), []),
    "huge-number": ("def f(x): return x > 1", (10**5000,), []),
    "huge-number-among-others": (
        "def f(x, y): return x in (y, 2)",
        (1, 10**5000),
        [("in", 1, (2,), False)],
    ),
    "long-text": ("def f(x): return x == 'a'", ("a" * 500,), []),
    "no-truth-value": (
        "class V:\n    def __eq__(self, other): return [1]\ndef f(x): return V() == x",
        (1,),
        [],
    ),
}


@pytest.mark.parametrize(("text", "args", "expected"), RECORDED.values(), ids=RECORDED)
def test_functions_record_what_they_compare_and_do_what_they_did(
    load: Any, text: str, args: tuple[Any, ...], expected: list[tuple[Any, ...]]
) -> None:
    plain: dict[str, Any] = {}
    exec(compile(text, "<plain>", "exec", dont_inherit=True), plain)
    module, comparisons = load(text)
    assert module.f(*args) == plain["f"](*args)
    assert [tuple(one)[1:] for one in comparisons.seen] == expected
    comparisons.clear()
    assert not comparisons.seen


RAISES = {
    "key": ("def f(x): return x['a']", {}, KeyError),
    "unhashable": ("def f(x): return [] in x", {1}, TypeError),
    "no-such-method": ("def f(x): return x.startswith('a')", 1, AttributeError),
    "wrong-argument": ("def f(x): return x.startswith(1)", "a", TypeError),
    "not-comparable": ("def f(x): return x < 'a'", 1, TypeError),
}


@pytest.mark.parametrize(("text", "arg", "error"), RAISES.values(), ids=RAISES)
def test_what_raised_raises_the_same(load: Any, text: str, arg: object, error: type[Exception]) -> None:
    module, _ = load(text)
    with pytest.raises(error) as caught:
        module.f(arg)
    plain: dict[str, Any] = {}
    exec(compile(text, "<plain>", "exec", dont_inherit=True), plain)
    with pytest.raises(error) as expected:
        plain["f"](arg)
    assert str(caught.value) == str(expected.value)


def test_lines_stay(load: Any) -> None:
    text = "def f(x):\n    if (\n        x\n        == 1\n    ):\n        return 2\n    return 3\n"
    module, _ = load(text)
    plain: dict[str, Any] = {}
    exec(compile(text, "<plain>", "exec", dont_inherit=True), plain)
    first = first_lines(ast.parse(text))
    lines = [
        {first.get(line or 0, line) for _, _, line in code.co_lines()}
        for code in (module.f.__code__, plain["f"].__code__)
    ]
    assert lines[0] == lines[1]


def compared(operation: Operation, left: Any, right: Any, outcome: bool = False) -> Compared:
    return Compared((1, 0), operation, left, right, outcome)


SUGGESTED: dict[str, tuple[Any, Compared, Any]] = {
    "whole": ("a", compared("==", "a", "zip"), "zip"),
    "whole-from-the-right": ("a", compared("==", "zip", "a"), "zip"),
    "part": (b"abcdefgh", compared("==", b"abcd", b"RIFF"), b"RIFFefgh"),
    "lowered": ("ABC", compared("==", "abc", "zip"), "zip"),
    "part-of-lowered": ("ABC.x", compared("==", "abc", "zip"), "zip.x"),
    "digits-of-a-text": ("2020-01-01", compared("==", 2020, 1999), "1999-01-01"),
    "length-of-a-text": ("ab", compared("==", 2, 5), "ababa"),
    "length-of-a-list": ([1], compared("==", 1, 3), [1, 1, 1]),
    "character-by-number": ("abc", compared("==", ord("b"), ord("+")), "a+c"),
    "text-of-bytes": (b"GET /", compared("==", "GET", "POST"), b"POST /"),
    "number": (3, compared("==", 3, 40), 40),
    "sum": (3, compared("==", 13, 40), 30),
    "multiple": (3, compared("==", 16, 40), 11),
    "above": (3, compared(">", 3, 1024), 1025),
    "not-above": (9, compared(">", 9, 3, outcome=True), 3),
    "one-of": ("x", compared("in", "x", ("red", "green")), "green"),
    "none-of": ("red", compared("in", "red", ("red", "green"), outcome=True), "x"),
    "contains": ("ab", compared("in", ":", "ab"), "a:b"),
    "prefix": ("path", compared("startswith", "path", "http://"), "http://path"),
    "suffix": ("path", compared("endswith", "path", ".gz"), "path.gz"),
    "key": ({"a": 1}, compared("has", ("a",), "k"), {"a": 1, "k": 1}),
    "other-key": ("a", compared("item", ("k",), "a"), "k"),
    "separator": ("ab", compared("has", "ab", ","), "a,b"),
    "one-more": (9, compared("!=", 9, 9), 10),
    "another-text": ("x", compared("!=", "x", "x"), "y"),
    "other-bytes": (b"a", compared("!=", b"a", b"a"), b"x"),
    "the-other-flag": (True, compared("!=", True, True), False),
    "a-flag-for-nothing": (None, compared("==", None, True), True),
    "number-that-was-written": (7, compared("==", "7", "12"), 12),
    "number-for-its-text": (7, compared("==", "7", 12), 12),
    "order-of-texts": ("a", compared(">", "a", "m"), "m"),
    "has-member": ([1], compared("in", 5, (1,)), [1, 5]),
    "set-has-member": ({1}, compared("in", 5, (1,)), {1, 5}),
    "after-a-part": ("a=b", compared("in", ":", "a"), "a:=b"),
    "no-longer-there": ("a", compared("has", ("a",), "a", outcome=True), "x"),
    "no-longer-prefixed": ("ab", compared("startswith", "ab", "a", outcome=True), "x"),
    "one-of-prefixes": ("path", compared("startswith", "path", ("a:", "b:")), "b:path"),
    "digits-of-bytes": (b"v10", compared("==", 10, 12), b"v12"),
    "bytes-of-a-text": ("GET /", compared("==", b"GET", b"PUT"), "PUT /"),
    "beside-an-empty-part": ("ab", compared("==", "", "-"), "-ab"),
    "inside-a-list": ([["a"], 1], compared("==", "a", "zip"), [["zip"], 1]),
    "inside-a-dict": ({"k": {"m": "a"}}, compared("==", "a", "zip"), {"k": {"m": "zip"}}),
    "key-of-a-dict": ({"a": 1}, compared("==", "a", "zip"), {"zip": 1}),
    "of-a-constructor": (
        New(Ref("m", "C"), ("a",), (("k", 1),)),
        compared("==", 1, 5),
        New(Ref("m", "C"), ("a",), (("k", 5),)),
    ),
}


@pytest.mark.parametrize(("value", "one", "expected"), SUGGESTED.values(), ids=SUGGESTED)
def test_an_operand_is_put_where_the_other_came_from(value: Any, one: Compared, expected: Any) -> None:
    call = Call("function", Ref("m", "f"), (Arg("x", value),))
    found = [suggestion.args[0].value for suggestion in suggestions(call, one)]
    assert expected in found
    assert len(found) <= 40


@pytest.mark.parametrize(
    ("value", "one"),
    [
        pytest.param("a", compared("==", "b", "c"), id="came-from-elsewhere"),
        pytest.param(True, compared("==", 1, 5), id="flag-is-no-number"),
        pytest.param(None, compared("==", "None", "a"), id="nothing"),
        pytest.param("ab", compared("==", 2, 10_000), id="too-long"),
        pytest.param(Ref("m", "C"), compared("==", "C", "D"), id="reference"),
        pytest.param(7, compared("==", "7", "seven"), id="text-that-is-no-number"),
        pytest.param(b"ab", compared("==", "\u20ac", "a"), id="text-that-bytes-do-not-hold"),
    ],
)
def test_nothing_is_suggested(value: Any, one: Compared) -> None:
    assert not list(suggestions(Call("function", Ref("m", "f"), (Arg("x", value),)), one))


def test_every_place_of_a_call_can_be_changed() -> None:
    call = Call(
        "method",
        Ref("m", "C.f"),
        (Arg("x", [1]),),
        New(Ref("m", "C"), (2,), (("k", 3),)),
        (Step("put", (Arg("y", {"a": 4}),)),),
    )
    changed = [repr(put(99)) for _, put in places(call)]
    assert len(changed) == len(set(changed)) == 7
    assert all("99" in each for each in changed)


def test_names_and_contents_of_files_are_places() -> None:
    call = Call(
        "function",
        Ref("m", "f"),
        (Arg("x", Located("a.txt", content="old")), Arg("y", Located("none.txt")), Arg("z", {None: 1})),
    )
    found = [(value, put("new").args) for value, put in places(call) if type(value) is str]
    assert [value for value, _ in found] == ["a.txt", "old", "none.txt"]
    assert found[1][1][0] == Arg("x", Located("a.txt", content="new"))


NEARER: dict[str, tuple[Compared, Compared]] = {
    "numbers": (compared("==", 9, 10), compared("==", 1, 10)),
    "order": (compared("<", 11, 10), compared("<", 20, 10)),
    "more-letters": (compared("==", "abd", "abc"), compared("==", "xyz", "abc")),
    "length": (compared("==", "abcd", "abc"), compared("==", "abcdefg", "abc")),
    "member": (compared("in", 4, (1, 5)), compared("in", 40, (1, 5))),
    "prefix": (compared("startswith", "abx", "abc"), compared("startswith", "xyz", "abc")),
    "suffix": (compared("endswith", "xbc", "abc"), compared("endswith", "xyz", "abc")),
}


@pytest.mark.parametrize(("near", "far"), NEARER.values(), ids=NEARER)
def test_distance(near: Compared, far: Compared) -> None:
    assert 0 < distance(near) < distance(far)


def test_distance_of_what_cannot_be_measured() -> None:
    assert distance(compared("==", float("nan"), 1.0)) > 1e8
    assert distance(compared("has", ("a",), "b")) == 2.0
