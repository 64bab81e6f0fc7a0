"""Each source of inputs: what the list of values holds for a function that needs it, and what it must not hold."""

from __future__ import annotations

import ast
import datetime
import enum
import importlib
import inspect
import operator
import re
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import (
    IO,
    Any,
    BinaryIO,
    ForwardRef,
    Literal,
    Optional,
    Protocol,
    SupportsInt,
    TextIO,
    TypedDict,
    TypeVar,
)

import pytest

from pytest_aigen.explore.annotations import around, namespace, resolved
from pytest_aigen.explore.arguments import Arguments
from pytest_aigen.explore.constants import harvest
from pytest_aigen.explore.examples import read
from pytest_aigen.explore.fixtures import Offers
from pytest_aigen.explore.library import RECIPES, recognised
from pytest_aigen.explore.patterns import near, samples
from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import New, Recipe, Ref, build
from pytest_aigen.explore.shapes import lettered, shaped, words_of
from pytest_aigen.explore.values import Values

SCOPE: dict[str, Any] = {"re": re, "datetime": datetime}


def values_for(code: str, name: str = "f") -> list[list[Recipe]]:
    """What is tried for each argument of a function."""
    scope = dict(SCOPE)
    exec(code, scope)
    tree = ast.parse(code)
    pool = harvest(tree, name, scope, read(tree, scope))
    arguments = Arguments(tree, scope, Offers())
    values = Values(
        pool, lambda cls, depth: [New(Ref(cls.__module__, cls.__qualname__))], evaluate=arguments.evaluate
    )
    params = arguments.params(operator.attrgetter(name)(types.SimpleNamespace(**scope)), name, values, skip=0)
    assert params is not None
    return [list(param.values) for param in params]


@pytest.mark.parametrize(
    ("code", "satisfies"),
    [
        pytest.param("def f(date):\n    return datetime.date.fromisoformat(date)", lambda x: datetime.date.fromisoformat(x), id="a date by name"),
        pytest.param("def f(x):\n    return datetime.datetime.strptime(x, '%d/%m/%y')", lambda x: datetime.datetime.strptime(x, "%d/%m/%y"), id="strptime"),
        pytest.param("def parse_duration(x): pass\nf = parse_duration", None, id="nothing asked"),
        pytest.param("def f(x):\n    return int(x, 16) > 20", lambda x: int(x, 16) > 20, id="int with a base"),
        pytest.param("def f(x):\n    'Times as hh:mm:ss.'", lambda x: re.fullmatch(r"\d\d:\d\d:\d\d", x), id="a format in letters"),
        pytest.param("def f(x):\n    raise ValueError('not an IPv4 address')", lambda x: re.fullmatch(r"(\d+\.){3}\d+", x), id="the message of an error"),
        pytest.param("def f(x):\n    a, b, c = x.split('|')", lambda x: len(x.split("|")) == 3, id="parts of a text"),
        pytest.param("P = re.compile(r'(?P<n>\\d+)(?:px|em)?')\ndef f(x):\n    return P.fullmatch(x)", lambda x: re.fullmatch(r"\d+em", x), id="a pattern of the module"),
        pytest.param("def f(x):\n    sign = '[+-]'\n    return re.match(sign + r'\\d{3}!', x)", lambda x: re.match(r"[+-]\d{3}!", x), id="a pattern put together"),
        pytest.param("def f(x):\n    n = 'q'\n    return re.match(f'{n}-%s' % n, x) or re.match(f'{n}z', x)", lambda x: x == "qz", id="a pattern in an f-string"),
        pytest.param("def f(x):\n    return re.match(r'a  b # two', x, re.X)", lambda x: x == "ab", id="a verbose pattern"),
        pytest.param("def f(x):\n    '>>> f(\"zz-9\")'", lambda x: x == "zz-9", id="a doctest"),
        pytest.param("def f(x):\n    'Such as ``g(\"zz-9\")``.'\ndef g(x): pass", lambda x: x == "zz-9", id="another function's argument of that name"),
        pytest.param("def f(x):\n    return x['a']['b'] > 1", lambda x: x["a"]["b"] > 1, id="nested keys"),
        pytest.param("def f(x):\n    return x.get('a', {}).get('b').strip()", lambda x: x["a"]["b"].strip(), id="nested get"),
        pytest.param("def f(x):\n    return [row['id'] for row in x]", lambda x: [row["id"] for row in x] != [], id="rows with keys"),
        pytest.param("def f(x):\n    for a, b in x:\n        a.upper()", lambda x: [a.upper() for a, b in x] != [], id="pairs"),
        pytest.param("def f(x):\n    for k, v in x.items():\n        v.append(1)", lambda x: [v.append(1) for v in x.values()] != [], id="values of a dict"),
        pytest.param("def f(x):\n    y = x\n    return y.strip()", lambda x: x.strip(), id="another name for it"),
        pytest.param("def f(x):\n    return g(x)\ndef g(y):\n    return y.isoformat()", lambda x: x.isoformat(), id="where it goes"),
        pytest.param("def f(x):\n    return g(x)\ndef g(y: datetime.timedelta): pass", lambda x: isinstance(x, datetime.timedelta), id="the annotation where it goes"),
        pytest.param("def f(x):\n    return x.utcoffset(), x.hour", lambda x: x.utcoffset() or True, id="a class of the library"),
        pytest.param("def f(x):\n    return x.shape.width() + 1", lambda x: x.shape.width() + 1, id="a stand-in of a stand-in"),
        pytest.param("def f(x):\n    if isinstance(x, bytearray): pass", lambda x: isinstance(x, bytearray), id="isinstance"),
        pytest.param("def f(x):\n    match x:\n        case {'kind': k}: pass", lambda x: x["kind"] or True, id="an arm with a key"),
        pytest.param("def f(x):\n    match x:\n        case [a, b]: pass", lambda x: len(x) == 2 and not isinstance(x, str), id="an arm with two items"),
        pytest.param("def f(x):\n    import struct\n    return struct.unpack('<HB', x)", lambda x: isinstance(x, bytes) and len(x) == 3, id="struct"),
        pytest.param("def f(x):\n    return x(1, 2)", lambda x: x(1, 2) or True, id="called with two arguments"),
        pytest.param("def f(**x):\n    return x.pop('width', 1)", lambda x: "width" in x, id="names of keyword arguments"),
        pytest.param("def f(**x):\n    return g(**x)\ndef g(a, *, depth=1): pass", lambda x: "depth" in x, id="keyword arguments handed on"),
        pytest.param("def f(x):\n    ':type x: datetime.timedelta'", lambda x: isinstance(x, datetime.timedelta), id="documented type"),
        pytest.param("def f(version): pass", lambda x: re.fullmatch(r"\d+\.\d+\.\d+-[a-z0-9.]+(\+.*)?", x), id="a version by name"),
        pytest.param("def f(size): pass\n", lambda x: x == 0, id="zero"),
        pytest.param("def f(x: float): pass", lambda x: x != x, id="nan"),
        pytest.param("def f(x: str): pass", lambda x: any(0xD800 <= ord(char) < 0xE000 for char in x), id="half a pair"),
        pytest.param("def f(x: int):\n    return x > 41", lambda x: x == 42, id="one above a constant"),
    ],
)  # fmt: skip
def test_something_satisfies_the_function(code: str, satisfies: Callable[[Any], object] | None) -> None:
    def fits(recipe: Recipe) -> bool:
        try:
            return bool(satisfies(build(recipe))) if satisfies is not None else True
        except (TypeError, ValueError, KeyError, AttributeError, IndexError):
            return False

    assert any(map(fits, values_for(code)[0]))


@pytest.mark.parametrize(
    "code",
    [
        "def f(x: str): pass", "def f(x: int):\n    return x > 41", "def f(x: float): pass", "def f(x): pass",
        "def f(x):\n    return re.match('[a-z]+', x)", "def f(name: str): pass",
    ],
)  # fmt: skip
def test_plain_values_come_first(code: str) -> None:
    """Readable inputs make readable tests."""
    for value in values_for(code)[0][:4]:
        assert value == value
        assert repr(value).isascii()
        assert "\\" not in repr(value)
        assert len(repr(value)) < 25


@pytest.mark.parametrize("code", ["def f(x: str): pass", "def f(x): pass", "def f(date, **options): pass"])
def test_values_are_few_each_once_and_the_same_again(code: str) -> None:
    first, again = values_for(code), values_for(code)
    assert repr(first) == repr(again)
    for values in first:
        assert len(values) <= 140
        assert len(set(map(repr, values))) == len(values)


class Flags(enum.Flag):
    READ = 1
    WRITE = 2


class Named(TypedDict):
    name: str


class Options(Named, total=False):
    size: int


class Reads(Protocol):
    def read(self) -> bytes: ...


Bound = TypeVar("Bound", bound=Path)


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (Flags, Flags), (Optional["datetime.date"], (datetime.date, type(None))), (ForwardRef("datetime.date"), datetime.date),
        (Bound, Path), (TextIO, object), (BinaryIO, object), (IO[str], object), (re.Match, re.Match), (Counter[str], Counter),
        (OrderedDict[str, int], OrderedDict), (defaultdict[str, int], defaultdict), (deque[int], deque), (memoryview, memoryview),
        (datetime.tzinfo, datetime.tzinfo), (SupportsInt, (int, float)), (AbstractContextManager[str], object),
        (Iterator[int], Iterator), (Generator[int, None, None], Iterator), (type[Path], type), (UnicodeDecodeError, UnicodeDecodeError),
        (Literal[Flags.READ], Flags), (inspect.Parameter.empty, object),
    ],
    ids=str,
)  # fmt: skip
def test_annotations_give_values_of_their_type(hint: Any, kind: Any) -> None:
    values = Values(
        Pool(), lambda cls, depth: [], evaluate=lambda text: resolved(text, {"datetime": datetime})
    )
    found = values.of(hint)
    assert found
    assert all(isinstance(build(value), kind) for value in found)


def test_flags_are_combined() -> None:
    found = [build(value) for value in Values(Pool(), lambda cls, depth: []).of(Flags)]
    assert {Flags.READ, Flags.READ | Flags.WRITE, Flags(0)} <= set(found)


def test_keys_that_may_be_absent_are_absent_once() -> None:
    found = Values(Pool(), lambda cls, depth: []).of(Options)
    assert {frozenset(value) for value in found} == {frozenset({"name"}), frozenset({"name", "size"})}


def test_protocols_are_met_by_something_of_the_library() -> None:
    found = Values(Pool(), lambda cls, depth: []).of(Reads)
    assert build(found[0]).read() is not None


@pytest.mark.parametrize(
    ("hint", "arity"),
    [(Callable[[], int], 0), (Callable[[int], bool], 1), (Callable[[int, str, int], str], 3)],
)
def test_callables_take_their_arguments(hint: Any, arity: int) -> None:
    for value in Values(Pool(), lambda cls, depth: []).of(hint):
        build(value)(*range(arity))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", int), ("list[Missing]", list[Any]), ("Missing", inspect.Parameter.empty), ("Missing | int", int),
        ("Optional[Missing]", inspect.Parameter.empty), ("'int'", int), ("not (a type", inspect.Parameter.empty),
        ("dict[str, Missing]", dict[str, Any]), ("Missing[int]", inspect.Parameter.empty),
    ],
)  # fmt: skip
def test_annotations_with_unknown_names(text: str, expected: Any) -> None:
    assert (
        resolved(text, {"int": int, "list": list, "str": str, "dict": dict, "Optional": Optional}) == expected
    )


def test_names_for_type_checkers_are_found_one_by_one() -> None:
    code = (
        "import typing\nif typing.TYPE_CHECKING:\n    from datetime import date, missing\n    import decimal as d\n"
        "    Alias = list[int]\nif not typing.TYPE_CHECKING:\n    from uuid import UUID\n"
    )
    module = types.ModuleType("m")
    exec(code, vars(module))
    del module.UUID
    found = namespace(module, ast.parse(code))
    assert found["date"] is datetime.date
    assert found["d"].Decimal
    assert found["Alias"] == list[int]
    assert "missing" not in found
    assert "UUID" not in found


PARTS = """
from __future__ import annotations
import typing
from decimal import Decimal
if typing.TYPE_CHECKING:
    from datetime import date

class Part:
    def __init__(self, day: date, price: Decimal): ...

def part(day: date): ...
"""


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    (tmp_path / "parts_of_sources.py").write_text(PARTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("parts_of_sources")
    del sys.modules["parts_of_sources"]


@pytest.mark.parametrize("name", ["Part", "part", "Screw"])
def test_annotations_are_read_where_they_are_written(parts: types.ModuleType, name: str) -> None:
    made = type("Screw", (parts.Part,), {}) if name == "Screw" else getattr(parts, name)
    assert around(made, "parts_of_sources")["date"] is datetime.date
    elsewhere = around(made, "another_package")
    assert elsewhere["Decimal"] is parts.Decimal
    assert "date" not in elsewhere


@pytest.mark.parametrize("kind", RECIPES, ids=str)
def test_recipes_of_the_library_can_be_made(kind: Any) -> None:
    for recipe in RECIPES[kind]:
        build(recipe)


@pytest.mark.parametrize(
    ("attributes", "first"),
    [
        (["utcoffset", "hour"], datetime.datetime), (["total_seconds"], datetime.timedelta), (["suffix", "stem"], Path),
        (["groupdict"], re.Match), (["readline"], None), (["name"], None), (["no_such_attribute"], None),
    ],
)  # fmt: skip
def test_classes_are_recognised_by_what_is_read(attributes: list[str], first: Any) -> None:
    found = recognised(attributes)
    if first is None:
        assert all(set(attributes) <= set(dir(kind)) for kind in found)
    else:
        assert found[0] is first


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(GET|POST|PUT) /", {"GET /", "POST /", "PUT /"}),
        (r"a(b)?(c)?$", {"abc", "ac", "ab", "a"}),
        (r"[+-]?\d+", {"+1", "-1", "1"}),
        (r"(?P<year>\d{4})-(?P<month>\d\d)", {"2024-02"}),
        (r"x{2,4}", {"xx", "xxxx"}),
    ],
)
def test_each_alternative_and_optional_part_once(pattern: str, expected: set[str]) -> None:
    assert expected <= set(samples(pattern))


@pytest.mark.parametrize("pattern", [r"\d{4}-\d{2}", r"^[a-z]+$", r"(\w+)@(\w+)\.com"])
def test_near_misses_do_not_match(pattern: str) -> None:
    assert near(pattern)
    assert not any(re.match(pattern, text) for text in near(pattern))


@pytest.mark.parametrize("pattern", ["(", ".*", ""])
def test_no_near_misses_of_what_matches_all_or_is_none(pattern: str) -> None:
    assert (
        all(not re.match(pattern, text) for text in near(pattern)) if pattern != "(" else near(pattern) == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Format: YYYY-MM-DD.", ["2024-01-15"]), ("hh:mm or hh:mm:ss", ["10:30", "10:30:45"]), ("YYYYMMDD", ["20240115"]),
        ("the DDL of MMAP and SSL", []), ("HH", []), ("DD/MM/YY", ["15/01/24"]),
    ],
)  # fmt: skip
def test_formats_in_letters(text: str, expected: list[str]) -> None:
    assert list(lettered(text)) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("parse_iso_date", "2024-W03-1"), ("ipAddress", "::1"), ("cron_expression", "*/5 * * * *"), ("json_text", "null"),
        ("semver", "1.0.0-rc.1+build.5"), ("urls", "//example.com/a"), ("BACKGROUND_COLOR", "#f80"), ("timedelta", "1h30m"),
    ],
)  # fmt: skip
def test_names_tell_the_shape(name: str, text: str) -> None:
    assert text in list(shaped(words_of(name)))


@pytest.mark.parametrize("name", ["x", "thing", "frobnicate", ""])
def test_names_that_tell_nothing(name: str) -> None:
    assert list(shaped(words_of(name))) == []
