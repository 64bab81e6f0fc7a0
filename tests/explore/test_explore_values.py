from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, TypeVar, Union

import pytest

from pytest_aigen.explore.constants import harvest
from pytest_aigen.explore.definitions import find
from pytest_aigen.explore.lists import distinct, interleave
from pytest_aigen.explore.parts import Guess
from pytest_aigen.explore.patterns import samples
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import Arg, Code, New, Recipe, Ref, build, cost
from pytest_aigen.explore.simpler import smaller
from pytest_aigen.explore.usage import guess
from pytest_aigen.explore.values import Values
from pytest_aigen.explore.words import documented

Number = TypeVar("Number", int, float)
UserId = NewType("UserId", int)


class Movie(TypedDict):
    name: str
    year: int


def of(hint: Any, name: str = "value", pool: Pool | None = None) -> list[Recipe]:
    return Values(pool or Pool(), lambda cls, depth: [New(Ref(cls.__module__, cls.__qualname__))]).of(
        hint, name
    )


@pytest.mark.parametrize(
    ("hint", "kinds"),
    [
        (int, {int}),
        (bool, {bool}),
        (float, {float}),
        (complex, {complex}),
        (str, {str}),
        (bytes, {bytes}),
        (None, {type(None)}),
        (int | None, {int, type(None)}),
        (Optional[str], {str, type(None)}),  # noqa: UP045
        (Union[int, str], {int, str}),  # noqa: UP007
        (list[int], {list}),
        (Sequence[str], {list}),
        (Iterable[int], {list}),
        (set[int], {set}),
        (frozenset[str], {frozenset}),
        (tuple[int, str], {tuple}),
        (tuple[int, ...], {tuple}),
        (dict[str, int], {dict}),
        (Mapping[str, Any], {dict}),
        (Movie, {dict}),
        (Number, {int, float}),
        (UserId, {int}),
        (Annotated[int, "positive"], {int}),
        (Literal["a", 1], {str, int}),
    ],
)
def test_values_have_the_annotated_type(hint: Any, kinds: set[type]) -> None:
    assert {type(build(value)) for value in of(hint)} == kinds


@pytest.mark.parametrize(
    ("hint", "kind"),
    [(Path, Path), (Decimal, Decimal), (re.Pattern, re.Pattern), (range, range), (Exception, ValueError)],
)
def test_values_of_the_library_are_made(hint: Any, kind: type) -> None:
    assert all(isinstance(build(value), kind) for value in of(hint))


def test_typed_dicts_have_their_keys() -> None:
    assert all(set(value) == {"name", "year"} for value in of(Movie))


def test_callables_take_what_they_are_given() -> None:
    from collections.abc import Callable

    function = build(of(Callable[[int, int], bool])[0])
    assert function(1, 2) is True


@pytest.mark.parametrize("hint", ["no type", 3, ...], ids=["text", "number", "ellipsis"])
def test_nothing_for_what_is_no_type(hint: Any) -> None:
    assert of(hint) == []


def test_constants_and_their_neighbours_come_early() -> None:
    pool = Pool()
    pool.add(42)
    assert {41, 42, 43} <= set(of(int, pool=pool)[:8])


def test_names_choose_texts() -> None:
    assert of(str, "email")[0] == "user@example.com"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x.upper()", str),
        ("return x.items()", dict),
        ("x.append(1)", list),
        ("return x['key']", dict),
        ("return x * 2", int),
        ("return 'a' == x", str),
        ("return sum(x)", list),
        ("for y in x: pass", list),
        ("return x < y", int),
        ("return re.match('a', x)", str),
        ("return x in ('a', 'b')", str),
        ("return x.decode()", bytes),
    ],
)
def test_usage_tells_the_type(body: str, expected: type) -> None:
    found = guess(ast.parse(f"def f(x, y):\n    {body}"), "x")
    assert next(iter(found.types)) is expected


def test_attributes_make_a_stand_in() -> None:
    found = guess(ast.parse("def f(order):\n    return order.total, order.close()"), "order")
    assert {name: inner.result is not None for name, inner in found.attributes.items()} == {
        "total": False,
        "close": True,
    }
    stand_in = build(Values(Pool(), lambda cls, depth: []).guessed(found, "order")[0])
    assert stand_in.total == "hello"
    assert stand_in.close() == 1


def test_isinstance_names_classes() -> None:
    assert list(guess(ast.parse("isinstance(x, (Point, str))"), "x").classes) == ["Point", "str"]


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        (":param str x: who", [str]),
        (":type x: int or float", [int, float]),
        ("Args:\n    x (list): things", [list]),
        ("x : dict\n    things", [dict]),
        ("nothing about it", []),
    ],
)
def test_docstrings_give_types(docstring: str, expected: list[type]) -> None:
    assert documented(docstring, "x") == expected


def test_harvest_follows_calls_within_the_module() -> None:
    tree = ast.parse(
        "def f(x):\n    'doc 99'\n    if x == 7: raise ValueError('message')\n    return g(x)['key']\n"
        "def g(x):\n    return x if len(x) == 3 else LIMIT\n"
        "def h(x):\n    return 555\n"
    )
    pool = harvest(tree, "f", {"LIMIT": -12})
    assert list(pool.ints) == [7, 3, -12]
    assert list(pool.keys) == ["key"]
    assert "123" in pool.shaped
    assert "message" not in pool.texts


@pytest.mark.parametrize("name", ["A.f", "A.B.g", "outer.inner", "hidden"])
def test_find_definitions(name: str) -> None:
    tree = ast.parse(
        "class A:\n    def f(self): pass\n    class B:\n        def g(self): pass\n"
        "def outer():\n    def inner(): pass\n"
        "try:\n    import x\nexcept ImportError:\n    def hidden(): pass\n"
    )
    found = find(tree, name)
    assert isinstance(found, ast.FunctionDef)
    assert found.name == name.rpartition(".")[2]


def test_find_nothing() -> None:
    assert find(ast.parse("x = 1"), "x") is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{4}-\d{2}-\d{2}", r"[A-Z]{2,4}-(\d+)(?:/(S|M))?", r"^a+b*?$", r"(['\"])x\1", r"(?P<n>a)(?(n)b|c)",
        r"[^abc]x", r"\w+@\w+\.(com|org)", r"\s*\S+", r"(?i)hello", r".", r"a|b|c", r"\D\W", r"(?=a)a",
    ],
)  # fmt: skip
def test_samples_match_their_pattern(pattern: str) -> None:
    found = samples(pattern)
    assert found
    assert all(re.search(pattern, text) for text in found)
    assert found == samples(pattern)


@pytest.mark.parametrize("pattern", ["(", "a{3", "[z-a]"])
def test_no_samples_for_what_is_no_pattern(pattern: str) -> None:
    assert isinstance(samples(pattern), list)


@pytest.mark.parametrize(
    ("plainer", "stranger"),
    [
        (2, -17), (2, 100), ("hello", "h_1e"), ("hello", ""), ("a", "\x00"), ("word", "-"), ("word", "é"),
        ([1], [1, 2, 3, 4, 5]), ([1], []), ({"a": 1}, {"a": 1, "b": 2}), (1, 1.5), ("a", Code("lambda *args: 1")),
        (New(Ref("m", "C")), New(Ref("m", "C"), (1, 2))),
    ],
)  # fmt: skip
def test_cost_prefers_what_a_person_writes(plainer: Recipe, stranger: Recipe) -> None:
    assert cost(plainer) < cost(stranger)


def test_build_gives_fresh_values() -> None:
    recipe = [
        {"a": [1]},
        (New(Ref("pathlib", "PurePosixPath"), ("x",)),),
        {1},
        frozenset({2}),
        Ref("math", "pi"),
    ]
    one, two = build(recipe), build(recipe)
    assert one == two
    assert one[0] is not two[0]
    assert one[0]["a"] is not two[0]["a"]


def test_build_refuses_what_is_no_recipe() -> None:
    with pytest.raises(TypeError, match="no recipe"):
        build(object())


def test_distinct_keeps_types_apart() -> None:
    assert distinct([1, True, 1.0, 1]) == [1, True, 1.0]


def test_interleave() -> None:
    assert list(interleave([[1, 2, 3], ["a"], [None, 4]])) == [1, "a", None, 2, 4, 3]


@pytest.mark.parametrize(
    ("code", "part", "expected"),
    [
        ("x == 2.5", "floats", [2.5]),
        ("x == -3", "ints", [-3, 3]),
        ("x == b'ab'", "bytes", [b"ab"]),
        ("x == 'ab'", "texts", ["ab"]),
        ("x['k'], x.get('g'), 'in' in x", "keys", ["k", "g", "in"]),
        ("x.startswith('pre')", "affixed", ["pre10", "preabc", "pre abc"]),
        ("x.endswith('post')", "affixed", ["hellopost", "1post"]),
        ("strptime(x, '%Y-%m-%d')", "shaped", ["2024-01-15"]),
        ("re.match('[a]b', x)", "shaped", ["ab"]),
        ("TABLE[x]", "texts", ["one", "two"]),
        ("TABLE[x]", "ints", [1, 7, 8]),
        ("x in NAMES", "texts", ["n", "s"]),
        ("PATTERN.match(x)", "shaped", ["a-1"]),
        ("f'{x}text'", "texts", []),
        ("x is True", "ints", []),
        ("self.other(x)", "ints", []),
    ],
)
def test_constants_of_the_code(code: str, part: str, expected: list[Any]) -> None:
    names = {"TABLE": {"one": 1, 7: ["two", 8]}, "NAMES": ({"n"}, "s"), "PATTERN": re.compile("a-1")}
    pool = harvest(ast.parse(f"def f(x):\n    return {code}"), "f", names)
    assert list(getattr(pool, part)) == expected


def test_constants_of_methods_and_classes() -> None:
    tree = ast.parse(
        "class A:\n    def f(self, x: int = 5):\n        y: str = 'ann'\n        return self.g(x), B(x), self.p\n"
        "    def g(self, x): return 6\n    p = 7\n"
        "class B:\n    def __init__(self, x): self.x = 8\n"
    )
    pool = harvest(tree, "A.f", {})
    assert list(pool.ints) == [5, 6, 8]
    assert list(pool.texts) == ["ann"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x.add(1)", set), ("x()", "callable"), ("return len(x)", list), ("return int(x)", str), ("return abs(x)", int),
        ("return ord(x)", str), ("return ','.join(x)", list), ("return x[1:]", str), ("return x[0]", list),
        ("return y in x", list), ("return 'k' in x", str), ("return x.get('k')", dict), ("return y + x", int),
        ("return x[y]", list), ("return x == y", None),
    ],
)  # fmt: skip
def test_more_usage(body: str, expected: object) -> None:
    found = next(iter(guess(ast.parse(f"def f(x, y):\n    {body}"), "zz").types), None)
    assert found is None
    types = list(
        guess(ast.parse(f"def f(qq, y):\n    {body.replace('x', 'qq').replace('eqqt', 'ext')}"), "qq").types
    )
    if expected == "callable":
        assert "Callable" in repr(types[0])
    else:
        assert (types or [None])[0] is expected


def _said(found: Guess) -> dict[str, Any]:
    """What a guess says, without what it does not say."""
    parts = {
        "types": [getattr(kind, "__name__", str(kind)) for kind in found.types],
        "classes": list(found.classes),
        "keys": list(found.keys),
        "attributes": list(found.attributes),
        "width": found.width,
        "item": _said(found.item) if found.item else None,
    }
    return {name: part for name, part in parts.items() if part}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("with qq as y:\n        y.total", {"attributes": ["total"]}),
        ("if type(qq) in (int, Point): pass", {"types": ["int"]}),
        ("if 3 not in qq: pass", {"types": ["list", "dict"]}),
        ("if qq in {2, 'b'}: pass", {"types": ["int", "str"]}),
        ("a, *b = qq", {"types": ["list"]}),
        ("a, b = qq\n    a.upper()", {"types": ["list"], "width": 2, "item": {"types": ["str"]}}),
        ("a, b = y, qq\n    b.total", {"attributes": ["total"]}),
        ("y.kept = qq\n    y.kept.total", {"attributes": ["total"]}),
        ("if (y := qq): y.total", {"attributes": ["total"]}),
        ("for n, y in enumerate(qq): y.upper()", {"types": ["list", "str"], "item": {"types": ["str"]}}),
        ("for k, y in qq.items(): y.append(1)", {"types": ["dict"], "item": {"types": ["list"]}}),
        ("for a, b in qq: b.upper()", {
            "types": ["list", "str"], "item": {"types": ["tuple"], "width": 2, "item": {"types": ["str"]}},
        }),
        ("for y in range(2): y.upper()", {}),
        ("return qq % 2", {"types": ["int", "float"]}),
        ("return '%s' % qq", {}),
        ("return hasattr(qq, 'total') or getattr(qq, '__len__')", {"attributes": ["total"]}),
        ("match qq:\n        case Point(): pass", {"classes": ["Point"]}),
        ("match qq:\n        case {'k': 1, 2: y}: pass", {"types": ["dict"], "keys": ["k"]}),
        ("match qq:\n        case [1, 'a']: pass", {"types": ["list"], "width": 2, "item": {"types": ["int", "str"]}}),
        ("match qq:\n        case 'a' | (2 as y): pass", {"types": ["str", "int"]}),
        ("match y:\n        case 'a': pass", {}),
        ("shown(qq)", {"types": ["str"], "classes": ["Text"]}),
        ("shown(text=qq, other=qq)", {"types": ["str"], "classes": ["Text"]}),
        ("shown(y)", {}),
        ("Shop(qq)", {"attributes": ["city"]}),
    ],
)  # fmt: skip
def test_what_is_done_with_an_argument(body: str, expected: dict[str, Any]) -> None:
    tree = ast.parse(
        f"def f(qq, y):\n    {body}\n"
        "def shown(text: 'Text'): return text.upper()\n"
        "class Shop:\n    def __init__(self, place): self.place = place.city\n"
    )
    node = tree.body[0]
    assert _said(guess(node, "qq", tree=tree)) == expected


def test_methods_say_what_a_constructor_keeps() -> None:
    tree = ast.parse(
        "class Shop:\n    def __init__(self, qq):\n        self.place = qq\n        self.check(qq)\n"
        "    def check(self, other): return other.open\n"
        "    @classmethod\n    def made(cls, qq): return cls(qq)\n"
        "    def show(self): return self.place.address\n"
    )
    shop = tree.body[0]
    assert isinstance(shop, ast.ClassDef)
    init, _, made, _ = shop.body
    assert sorted(guess(init, "qq", tree=tree, owner="Shop").attributes) == ["address", "open"]
    assert sorted(guess(made, "qq", tree=tree, owner="Shop").attributes) == ["address", "open"]


def test_docstrings_name_classes() -> None:
    assert list(guess(None, "qq", ":type qq: Version or str").classes) == ["Version"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("is_open", bool),
        ("count", int),
        ("title", str),
        ("items", list),
        ("options", dict),
        ("payload", bytes),
    ],
)
def test_names_tell_the_type(name: str, kind: type) -> None:
    assert next(iter(guess(None, name).types)) is kind


def test_keys_make_a_dict() -> None:
    found = guess(ast.parse("def f(row):\n    return row['name'].strip() + row.get('mail').upper()"), "row")
    values = Values(Pool(), lambda cls, depth: []).guessed(found, "row")
    assert values[0].keys() == {"name", "mail"}
    assert {type(value) for value in values[0].values()} == {str}
    assert {"name": "Alice"} in values


@pytest.mark.parametrize("hint", [type[int], type, object, Any, dict, list, tuple, set, bytearray], ids=repr)
def test_bare_types(hint: Any) -> None:
    found = of(hint)
    assert found
    assert [build(value) for value in found]


def test_iterators_are_made_anew() -> None:
    from collections import deque
    from collections.abc import Iterator

    recipe = of(Iterator[int])[0]
    assert list(build(recipe)) == list(build(recipe)) != []
    assert all(isinstance(build(value), deque) for value in of(deque[int]))


def test_nothing_for_containers_of_what_cannot_be_made() -> None:
    values = Values(Pool(), lambda cls, depth: [])
    assert values.of(list[Guess]) == [[]]
    assert values.of(dict[str, Guess]) == [{}]
    assert values.of(tuple[Guess, int]) == []


@pytest.mark.parametrize("needed", ["..", "x : int", ".A."], ids=["two", "together", "apart"])
def test_a_long_text_is_made_short_in_few_steps(needed: str) -> None:
    text = ".ers\n----------\nx : int\n    A number.\n\nReturns\n-------\nstr\n"

    def serves(value: str) -> bool:
        rest = iter(value)
        return all(letter in rest for letter in needed)

    tries = 0
    while True:
        for value in smaller(Arg("text", text)):
            tries += 1
            if serves(value):
                text = value
                break
        else:
            break
    assert text == needed
    assert tries <= 150
