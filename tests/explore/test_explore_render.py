from __future__ import annotations

import ast
from typing import Any

import pytest

from pytest_aigen.data import NOTHING
from pytest_aigen.explore import naming, phrases, render
from pytest_aigen.explore.calls import How
from pytest_aigen.explore.literals import Literals
from pytest_aigen.explore.observe import Changed, Made, Outcome, Printed, Raised, Returned, Seen
from pytest_aigen.explore.recipes import Arg, Call, Code, New, Recipe, Ref, Step

F = Ref("pkg.mod", "f")


def seen(outcome: Outcome, *values: Recipe, effects: tuple[Any, ...] = (), **more: Any) -> Seen:
    args = more.pop("args", tuple(Arg(f"arg{place}", value) for place, value in enumerate(values)))
    call = Call(more.pop("kind", "function"), more.pop("function", F), args, **more)
    how: How = getattr(outcome, "how", "plain")
    return Seen(call, outcome, effects, NOTHING, how)


def body(one: Seen) -> str:
    lines = render.module(one, "test_it").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    return "\n".join(line.removeprefix("    ") for line in lines[start + 1 :]).strip()


@pytest.mark.parametrize(
    ("outcome", "values", "expected"),
    [
        (Returned(3), (1, 2), "assert f(1, 2) == 3"),
        (Returned(True), (1,), "assert f(1) is True"),
        (Returned(None), ("a",), 'assert f("a") is None'),
        (Returned("it's"), ('say "x"',), 'assert f(\'say "x"\') == "it\'s"'),
        (Returned(0.5), (1,), "assert f(1) == 0.5"),
        (Returned(0.1), (1,), "assert f(1) == pytest.approx(0.1)"),
        (Returned([0.1, 2]), (1,), "assert f(1) == pytest.approx([0.1, 2])"),
        (Returned(float("nan")), (1,), "assert math.isnan(f(1))"),
        (Returned(float("inf")), (1,), 'assert f(1) == float("inf")'),
        (Returned({"b", "a"}), (set(),), 'assert f(set()) == {"a", "b"}'),
        (Returned(frozenset()), ((1,),), "assert f((1,)) == frozenset()"),
        (Returned(b"x"), ({"k": b"\x00"},), '''assert f({"k": b"\\x00"}) == b"x"'''),
        (Returned([1], "list"), (1,), "assert list(f(1)) == [1]"),
        (Returned([1, 2], "islice"), (1,), "assert list(itertools.islice(f(1), 20)) == [1, 2]"),
        (Returned([[1], []], "lists"), (1,), "assert [list(part) for part in f(1)] == [[1], []]"),
        (Returned(4, "await"), (2,), "assert asyncio.run(f(2)) == 4"),
        (Returned("A", "with"), ("a",), 'with f("a") as entered:\n    assert entered == "A"'),
        (Returned(Ref("pkg.mod", "Color.RED")), (), "assert f() == Color.RED"),
        (
            Raised(Ref("builtins", "ValueError"), "unknown unit"),
            ("x",),
            'with pytest.raises(ValueError, match="unknown unit"):\n    f("x")',
        ),
        (
            Raised(Ref("builtins", "ValueError"), "a (b)"),
            (),
            'with pytest.raises(ValueError, match=re.escape("a (b)")):\n    f()',
        ),
        (
            Raised(Ref("pkg.mod", "Bad"), "the whole text is long enough (x)"),
            (),
            'with pytest.raises(Bad, match="the whole text is long enough"):\n    f()',
        ),
        (
            Raised(Ref("builtins", "ValueError"), f"Signature b'.{'x' * 100}'"),
            (),
            'with pytest.raises(ValueError, match="Signature"):\n    f()',
        ),
        (Raised(Ref("pkg.mod", "Bad"), "", "list"), (), "with pytest.raises(Bad):\n    list(f())"),
        (
            Made(Ref("pkg.mod", "Box"), (("{0}.size", 3), ("len({0})", 1))),
            (3,),
            "result = f(3)\nassert isinstance(result, Box)\nassert result.size == 3\nassert len(result) == 1",
        ),
        (
            Made(Ref("builtins", "list"), (("type({0}[0])", Ref("pkg.mod", "Box")),)),
            (3,),
            "result = f(3)\nassert type(result[0]) is Box",
        ),
    ],
)
def test_outcomes(outcome: Outcome, values: tuple[Recipe, ...], expected: str) -> None:
    assert body(seen(outcome, *values)) == expected


def test_unclear_arguments_go_by_name() -> None:
    args = (Arg("text", "a"), Arg("strict", True), Arg("other", 3))
    assert body(seen(Returned(1), args=args)) == 'assert f("a", strict=True, other=3) == 1'


def test_spread_arguments() -> None:
    args = (Arg("first", 1), Arg("rest", (2, 3), "star"), Arg("more", {"a": 4}, "stars"))
    assert body(seen(Returned(1), args=args)) == "assert f(1, 2, 3, a=4) == 1"


def test_changed_arguments_get_a_name() -> None:
    one = seen(None, args=(Arg("items", [2, 1]),), effects=(Changed(0, "{0}", [1, 2]),))
    assert body(one) == "items = [2, 1]\nf(items)\nassert items == [1, 2]"


def test_variables_do_not_hide_what_is_imported() -> None:
    one = seen(None, args=(Arg("f", [2, 1]),), effects=(Changed(0, "{0}", [1, 2]),))
    assert body(one) == "the_f = [2, 1]\nf(the_f)\nassert the_f == [1, 2]"


def test_variables_do_not_hide_what_python_brings() -> None:
    one = seen(None, args=(Arg("range", [2, 1]),), effects=(Changed(0, "{0}", [1, 2]),))
    assert body(one) == "the_range = [2, 1]\nf(the_range)\nassert the_range == [1, 2]"


def test_printed_text() -> None:
    text = render.module(seen(None, "Eva", effects=(Printed("Hello\n"),)), "test_it")
    assert 'def test_it(capsys):\n    f("Eva")\n    assert capsys.readouterr().out == "Hello\\n"\n' in text


STACK = New(Ref("pkg.mod", "Stack"), ([1],))


@pytest.mark.parametrize(
    ("kind", "name", "values", "effects", "outcome", "expected"),
    [
        ("method", "push", (2,), (Changed(None, "{0}.items", [1, 2]),), None, "stack.push(2)\nassert stack.items == [1, 2]"),
        ("method", "__len__", (), (), Returned(1), "assert len(stack) == 1"),
        ("method", "__eq__", (3,), (), Returned(False), "assert not (stack == 3)"),
        ("method", "__contains__", (1,), (), Returned(True), "assert 1 in stack"),
        ("method", "__add__", (3,), (), Returned(4), "assert stack + 3 == 4"),
        ("method", "__setitem__", (0, 5), (Changed(None, "list({0})", [5]),), None, "stack[0] = 5\nassert list(stack) == [5]"),
        ("property", "top", (), (), Returned(None), "assert stack.top is None"),
        ("setter", "size", (1,), (Changed(None, "len({0})", 1),), None, "stack.size = 1\nassert len(stack) == 1"),
    ],
)  # fmt: skip
def test_methods(
    kind: str, name: str, values: tuple[Any, ...], effects: tuple[Any, ...], outcome: Outcome, expected: str
) -> None:
    one = seen(
        outcome, *values, kind=kind, function=Ref("pkg.mod", f"Stack.{name}"), receiver=STACK, effects=effects
    )
    assert body(one) == f"stack = Stack([1])\n{expected}"


def test_steps_before_the_call() -> None:
    one = seen(
        Returned(2),
        kind="method", function=Ref("pkg.mod", "Stack.pop"), receiver=STACK, before=(Step("push", (Arg("item", 2),)),),
    )  # fmt: skip
    assert body(one) == "stack = Stack([1])\nstack.push(2)\nassert stack.pop() == 2"


def test_constructions() -> None:
    one = seen(
        Made(Ref("pkg.mod", "Point"), (("{0}.x", 1),)), 1, kind="init", function=Ref("pkg.mod", "Point")
    )
    assert body(one) == "point = Point(1)\nassert point.x == 1"


def test_imports_stand_in_groups() -> None:
    text = render.module(
        seen(Returned(Ref("decimal", "ROUND_UP")), New(Ref("datetime", "date"), (2024, 1, 2))), "test_it"
    )
    assert text.startswith(
        "from datetime import date\nfrom decimal import ROUND_UP\n\nfrom pkg.mod import f\n\n\ndef test_it():"
    )


def test_names_that_mean_two_things_go_by_their_module() -> None:
    text = render.module(seen(Returned(Ref("other", "f"))), "test_it")
    assert "import other\n" in text
    assert "assert f() == other.f" in text


def test_long_values_take_an_item_a_line() -> None:
    value = [{"name": f"a long name, number {number}"} for number in range(4)]
    text = render.module(seen(Returned(value), "x" * 30, "y" * 60), "test_it")
    ast.parse(text)
    assert max(map(len, text.splitlines())) <= 100
    assert '        {"name": "a long name, number 0"},\n' in text


def test_a_long_value_in_a_long_call_is_further_in() -> None:
    made = New(Ref("pkg.mod", "Text"), (), (("title", "t" * 40), ("body", "b" * 40)))
    expected = f"""\
result = f(
    Text(
        title="{"t" * 40}",
        body="{"b" * 40}",
    ),
)
assert result == 1"""
    assert body(seen(Returned(1), made)) == expected


def test_texts_of_several_lines() -> None:
    text = body(seen(Returned("one\n" * 30)))
    assert text.startswith('assert f() == (\n    "one\\n"\n') or "result" in text
    ast.parse(text)


# ---------------------------------------------------------------------------------------------- names

CLAMP = """
def f(value, low, strict=False):
    if value < low:
        return low
    if not value:
        raise ValueError(f"unknown unit {value!r} in text")
    if isinstance(value, str) and value.startswith("a"):
        return value.upper()
    if strict:
        raise KeyError(value)
    return value * 2
"""


@pytest.mark.parametrize(
    ("outcome", "lines", "values", "expected"),
    [
        (Returned(3), {3, 4}, (1, 3), "test_f_returns_low_when_value_is_below_low"),
        (Raised(Ref("builtins", "ValueError"), "unknown unit '' in text"), {5, 6}, ("",), "test_f_rejects_unknown_unit"),
        (Returned("A"), {7, 8}, ("a",), "test_f_returns_a_when_value_is_str_and_value_starts_with_a"),
        (Raised(Ref("builtins", "KeyError"), "3"), {9, 10}, (3,), "test_f_raises_key_error_when_strict"),
        (Returned(4), {11}, (2, 1), "test_f_returns_4_for_2_and_1"),
        (Returned(True), {11}, ("",), "test_f_is_true_for_empty_text"),
        (Returned([]), {11}, ([], None), "test_f_returns_empty_list_for_empty_list_and_no_arg1"),
        (None, set(), ([2, 1],), "test_f_changes_its_argument_for_two_items"),
    ],
)  # fmt: skip
def test_names(outcome: Outcome, lines: set[int], values: tuple[Recipe, ...], expected: str) -> None:
    one = seen(outcome, *values)
    one = Seen(one.call, one.outcome, one.effects, one.reached, one.how, frozenset(lines))
    assert naming.name(one, ast.parse(CLAMP), "f", set()) == expected


def test_names_are_unique_and_short() -> None:
    one = seen(Returned("x" * 30), "some words that are quite long", "and some more words")
    taken: set[str] = set()
    for _ in range(6):
        name = naming.name(one, ast.parse(CLAMP), "f" * 60, taken)
        assert name.isidentifier()
        assert len(name) <= naming.LONGEST + 3
        assert name not in taken
        taken.add(name)


@pytest.mark.parametrize(
    ("test", "holds", "expected"),
    [
        ("a < b", True, "a_is_below_b"),
        ("a < b", False, "a_is_at_least_b"),
        ("x is None", True, "x_is_none"),
        ("not x", True, "no_x"),
        ("not x", False, "x"),
        ("len(x) > 3", True, "length_of_x_is_above_3"),
        ("self.items == []", True, ""),
        ("isinstance(x, str)", False, "x_is_not_str"),
        ("x.isdigit()", True, "x_is_digit"),
        ("a and b", True, "a_and_b"),
        ("a and b", False, ""),
        ("f(x)", False, ""),
        ("math.isfinite(x)", False, "x_is_not_finite"),
        ("callable(x)", False, "x_is_not_callable"),
        ("x < 0", True, "x_is_negative"),
        ("hasattr(x, 'keys')", True, "x_has_keys"),
        ("x.startswith('a')", False, "x_not_starts_with_a"),
        ("x[0]", True, ""),
    ],
)
def test_conditions_in_words(test: str, holds: bool, expected: str) -> None:
    assert phrases.condition(ast.parse(test, mode="eval").body, holds) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "none"), (True, "true"), (-2, "minus_2"), (1.5, "decimal"), (float("nan"), "nan"), (-0.5, "negative_fraction"), (10**9, "ten_to_the_9"), ("", "empty_text"), ("  ", "blank"), ("?!", "punctuation"), ("é", "non_ascii_text"), ("a\nb", "several_lines"), ("1.2.3.4/5", ""), ("NaN", "nan"), (b"ab", "bytes_ab"),
        ("Hello World", "hello_world"), ([], "empty_list"), ({}, "empty_dict"), ({"a": 1}, "key_a"), (Code("lambda: 1"), "function"),
        (New(Ref("m", "FileName")), "file_name"), (Ref("m", "Color.RED"), "red"), (list(range(20)), "list_of_20"),
    ],
)  # fmt: skip
def test_values_in_words(value: Recipe, expected: str) -> None:
    assert phrases.describe(value) == expected


def test_a_long_message_is_matched_by_its_first_whole_words() -> None:
    message = "Invalid format (it is neither a text that can be formatted nor a function that formats)"
    lines = body(seen(Raised(Ref("builtins", "ValueError"), message)))
    assert lines.splitlines()[0] == (
        'with pytest.raises(ValueError, match=re.escape("Invalid format (it is neither a")):'
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_000_000, "1_000_000"), (2024, "2024"), (1e40, "1e40"), (2.5e6, "2_500_000.0"), (-0.5, "-0.5"), (1e-7, "1e-7"),
        (r"\d+", r'r"\d+"'), ("\\", r'"\\"'), ("a\n\\", r'"a\n\\"'), (New(Ref("datetime", "timedelta"), (0, 7200)), "timedelta(hours=2)"),
        (New(Ref("datetime", "timedelta"), (0, 7260)), "timedelta(minutes=121)"), (New(Ref("datetime", "timedelta"), (0,)), "timedelta(0)"),
        (New(Ref("datetime", "timedelta"), (-1, 30)), "timedelta(days=-1, seconds=30)"), (New(Ref("re", "compile"), ("a",)), 're.compile("a")'),
        (Code("lambda *args: 'it' + b'\\n'"), 'lambda *args: "it" + b"\\n"'), (Code("""(i for i in ['"', f'{1}'])"""), """(i for i in ['"', f'{1}'])"""),
    ],
    ids=str,
)  # fmt: skip
def test_literals_as_a_person_writes_them(value: Recipe, expected: str) -> None:
    assert body(seen(Returned(1), value)) == f"assert f({expected}) == 1"
    assert Literals().text(value) == expected


def test_parameters_with_a_default_go_by_name_behind_others() -> None:
    args = (Arg("text", "a"), Arg("sep", ","))
    assert 'f("a", sep=",")' in render.module(seen(Returned(1), args=args), "test_it", {"sep"})
    assert 'f("a", ",")' in render.module(seen(Returned(1), args=args), "test_it", {"text"})


def test_names_say_what_tells_calls_from_each_other() -> None:
    def one(*args: Arg) -> Seen:
        return seen(Returned([1.5]), args=args)

    word, flag = Arg("text", "word"), Arg("strict", True)
    calls = [one(word), one(word, flag), one(word, Arg("low", 2)), one(Arg("text", ""))]
    assert naming.names(calls, ast.parse("def f(text, low=1, strict=False): ..."), "f") == [
        "test_f_of_word",
        "test_f_with_strict",
        "test_f_with_low",
        "test_f_of_empty_text",
    ]
