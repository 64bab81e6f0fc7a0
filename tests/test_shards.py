"""Shards: who has which gap, and how what came of them is joined again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_aigen import lock
from pytest_aigen.command import main
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Coverage,
    Edit,
    Ended,
    FileCoverage,
    Gap,
    Job,
    Outcome,
    Reached,
    Report,
    Run,
    Shard,
    Target,
    Trial,
)
from pytest_aigen.errors import AigenError
from pytest_aigen.merge import merge
from pytest_aigen.reports.shard import dumped, loaded

ROOT = Path("/project")


def gap(place: str, qualname: str) -> Gap:
    return Gap(ROOT / place, qualname, 1, 2, frozenset({2}))


# ------------------------------------------------------------------------------------------------ who has it


@given(st.text(min_size=1), st.text(), st.integers(1, 50))
def test_each_gap_is_of_one_shard(place: str, qualname: str, of: int) -> None:
    holds = [Shard(number, of).holds(gap(f"a{place}.py", qualname), ROOT) for number in range(1, of + 1)]
    assert holds.count(True) == 1


def test_the_same_on_every_machine_and_about_as_much_for_each() -> None:
    names = [(f"src/m{number % 7}.py", f"Class.f{number}") for number in range(900)]
    shares = [{n for n in names if Shard(i, 3).holds(gap(*n), ROOT)} for i in (1, 2, 3)]
    assert [len(share) for share in shares] == [300, 293, 307]
    moved = replace(
        gap("src/m1.py", "Class.f1"), path=Path("/elsewhere/src/m1.py"), first=9, lines=frozenset({9})
    )
    assert [Shard(i, 3).holds(moved, Path("/elsewhere")) for i in (1, 2, 3)] == [
        ("src/m1.py", "Class.f1") in share for share in shares
    ]


# --------------------------------------------------------------------------------------------- joined again

SHOP = "def price(number):\n    return number * 2\n\n\ndef label(name):\n    return name.title()\n"
TESTS = "from shop import price\n\n\ndef test_mine():\n    assert price(1) == 2\n"
PRICE = "from shop import price\n\n\ndef test_it():\n    assert price(2) == 4\n"
LABEL = "from shop import label\n\n\ndef test_it():\n    assert label('a') == 'A'\n"
FIXTURE = "import pytest\nfrom shop import label\n\n\n@pytest.fixture\ndef given():\n    return 'a'\n\n\ndef test_given(given):\n    assert label(given) == 'A'\n"


@dataclass(frozen=True)
class Proven:
    """A test that a shard accepted, and the lines of the source that it executes; the first of them were missing."""

    code: str
    lines: Sequence[int]
    path: str = "tests/test_shop.py"
    name: str = "test_it"
    reserved: Sequence[str] = field(default_factory=tuple)


class Checkout:
    """A project with a module and a test module, and the files of two shards, which ran in another folder."""

    def __init__(self, here: Path) -> None:
        self.here, self.there = here / "here", here / "there"
        for root in (self.here, self.there):
            for name, text in {"shop.py": SHOP, "tests/test_shop.py": TESTS}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, "utf-8")

    def read(self, name: str = "tests/test_shop.py") -> str:
        return (self.here / name).read_text("utf-8")

    def ran(self, number: int, *proven: Proven, of: int = 2, ended: Ended = Ended.COMPLETE) -> Path:
        """The file of a shard that accepted these tests."""
        root, shop = self.there, self.there / "shop.py"
        edits: dict[Path, Edit] = {}
        verdicts = []
        for one in proven:
            path = root / one.path
            before = path.read_text("utf-8") if path.exists() else None
            target = Target(Gap(shop, "price", 1, 2, frozenset(one.lines)), "shop", path)
            candidate = Candidate(target, one.name, one.code, "explore")
            text = edits[path].after if path in edits else before
            edit = merge(text, candidate, path=path, reserved=one.reserved, comment=True)
            tests = (*edits[path].tests, *edit.tests) if path in edits else edit.tests
            edits[path] = replace(edit, before=before, tests=tests)
            run = Run(Outcome.PASSED, {shop: Reached(frozenset(one.lines))})
            gained = {shop: Reached(frozenset(one.lines[:1]))}
            verdicts.append(Accepted(Trial(candidate, edit, Job(path, edit.tests), run, gained)))
        report = Report(
            root=root,
            mode="diff",
            before=Coverage({shop: FileCoverage(shop, frozenset({1, 2, 5, 6}), frozenset({1, 5}))}),
            after=Coverage({}),
            verdicts=tuple(verdicts),
            edits=tuple(edits.values()),
            ended=ended,
            shard=Shard(number, of),
            reserved={root / one.path: frozenset(one.reserved) for one in proven},
        )
        place = self.here.parent / f"shard-{number}.json"
        place.write_bytes(dumped(report, comment=True))
        return place

    def merge(self, *files: Path, options: Sequence[str] = ()) -> int:
        return main(["merge", "--rootdir", str(self.here), *options, *map(str, files)])


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_one_module_of_two_shards(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    """Names stay apart, in the order of the shards whatever the order of the files."""
    files = [checkout.ran(1, Proven(PRICE, [2])), checkout.ran(2, Proven(LABEL, [6]))]
    assert checkout.merge(*reversed(files)) == 0
    text = checkout.read()
    assert text.startswith("from shop import label, price\n\n\ndef test_mine():\n    assert price(1) == 2\n")
    assert text.index("assert price(2) == 4") < text.index("assert label('a') == 'A'")
    assert text.count("def test_it():") == 1
    assert text.count("# aigen: shop:price") == 2
    assert capsys.readouterr().out.splitlines() == [
        "merged 2 shards: added 2 tests to 1 file",
        "  tests/test_shop.py  2 tests",
        "coverage 50.0% -> 100.0%",
        "note: tests/test_shop.py: tests of several shards, which did not run together yet",
        "run: python -m pytest tests/test_shop.py",
    ]


def test_a_module_of_one_shard_is_what_that_shard_ran(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    first = checkout.ran(1, Proven(PRICE, [2]))
    second = checkout.ran(2, Proven(LABEL, [6], "tests/unit/test_label.py"), ended=Ended.BUDGET)
    ran = [loaded(path.read_bytes(), "", checkout.here).report.edits[0].after for path in (first, second)]
    assert checkout.merge(first, second) == 0
    assert [checkout.read(), checkout.read("tests/unit/test_label.py")] == ran
    said = capsys.readouterr().out
    assert "did not run together" not in said
    assert "note: shard 2/2 ended early: a budget is spent\n" in said


def test_a_new_module_of_two_shards(checkout: Checkout) -> None:
    path = "tests/test_new.py"
    files = checkout.ran(1, Proven(PRICE, [2], path)), checkout.ran(2, Proven(LABEL, [6], path))
    assert checkout.merge(*files) == 0
    assert checkout.read(path).count("\ndef test_it") == 2


def test_what_another_shard_makes_redundant_is_left_out(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    files = checkout.ran(1, Proven(PRICE, [2])), checkout.ran(2, Proven(LABEL, [6, 2]))
    assert checkout.merge(*files) == 0
    assert "price(2)" not in checkout.read()
    assert "label('a')" in checkout.read()
    assert "left out: 1 test that those of other shards make redundant" in capsys.readouterr().out


def test_a_fixture_keeps_off_those_that_the_module_sees(checkout: Checkout) -> None:
    """Of plugins and of conftest files: what the shard knew of them."""
    files = (
        checkout.ran(1, Proven(PRICE, [2])),
        checkout.ran(2, Proven(FIXTURE, [6], name="test_given", reserved=["given"])),
    )
    assert checkout.merge(*files) == 0
    assert "def given(" not in checkout.read()
    assert "return 'a'" in checkout.read()


def test_a_patch_and_nothing_written(checkout: Checkout, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    files = checkout.ran(1, Proven(PRICE, [2])), checkout.ran(2)
    assert checkout.merge(*files, options=["--diff"]) == 0
    assert b"+    assert price(2) == 4\n" in capfdbinary.readouterr().out
    assert checkout.read() == TESTS
    assert not (checkout.here / ".pytest_aigen").exists()


def test_what_cannot_be_written_is_told(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout.here / "tests/test_shop.py").chmod(0o444)
    files = checkout.ran(1, Proven(PRICE, [2])), checkout.ran(2)
    assert checkout.merge(*files) == 1
    assert checkout.read() == TESTS
    assert "NOT WRITTEN: tests/test_shop.py: it is read-only" in capsys.readouterr().out


# ------------------------------------------------------------------------------------------------- refusals


def both(checkout: Checkout) -> list[Path]:
    return [checkout.ran(1, Proven(PRICE, [2])), checkout.ran(2, Proven(LABEL, [6]))]


def missing(checkout: Checkout) -> list[Path]:
    return both(checkout)[1:]


def twice(checkout: Checkout) -> list[Path]:
    first, second = both(checkout)
    return [first, second, first]


def of_another_run(checkout: Checkout) -> list[Path]:
    return [both(checkout)[0], checkout.ran(3, of=3)]


def of_another_commit(checkout: Checkout) -> list[Path]:
    first = both(checkout)[0]
    (checkout.there / "shop.py").write_text(SHOP.replace("2", "3"), "utf-8")
    return [first, checkout.ran(2)]


def in_another_checkout(checkout: Checkout) -> list[Path]:
    (checkout.here / "shop.py").write_text(SHOP + "\n", "utf-8")
    return both(checkout)


def changed_tests(checkout: Checkout) -> list[Path]:
    (checkout.here / "tests/test_shop.py").write_text(TESTS + "\n", "utf-8")
    return both(checkout)


def a_second_time(checkout: Checkout) -> list[Path]:
    assert checkout.merge(*both(checkout)) == 0
    return both(checkout)


def no_json(checkout: Checkout) -> list[Path]:
    first, second = both(checkout)
    second.write_bytes(b"\xff{")
    return [first, second]


def another_json(checkout: Checkout) -> list[Path]:
    first, second = both(checkout)
    second.write_text('{"schema_version": 1, "verdicts": []}', "utf-8")
    return [first, second]


def damaged(checkout: Checkout) -> list[Path]:
    first, second = both(checkout)
    body = json.loads(second.read_bytes())
    body["run"]["report"] = {"is": "Popen", "of": {"root": {"path": "x"}}}
    second.write_text(json.dumps(body), "utf-8")
    return [first, second]


def another_version(checkout: Checkout) -> list[Path]:
    first, second = both(checkout)
    body = json.loads(second.read_bytes())
    body["run"]["version"] = "0.0.0"
    second.write_text(json.dumps(body), "utf-8")
    return [first, second]


def not_there(checkout: Checkout) -> list[Path]:
    return [*both(checkout), checkout.here / "shard-3.json"]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (missing, "shard 1 of 2 is missing"),
        (twice, "are both shard 1/2"),
        (of_another_run, "shard-3.json is 3/3: they are not of one run"),
        (of_another_commit, "shop.py was not the same for"),
        (in_another_checkout, "shop.py is not what the shards saw"),
        (changed_tests, "tests/test_shop.py is not what"),
        (a_second_time, "tests/test_shop.py is not what"),
        (no_json, "shard-2.json: it is damaged"),
        (another_json, "shard-2.json: it is not of --ai-gen-report=shard:PATH"),
        (damaged, "shard-2.json: it is damaged: ValueError: no record: 'Popen'"),
        (another_version, "shard-2.json: it was kept by pytest-aigen 0.0.0"),
        (not_there, "shard-3.json cannot be read"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_not_merged(
    checkout: Checkout,
    prepare: Callable[[Checkout], list[Path]],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = prepare(checkout)
    before = checkout.read()
    assert checkout.merge(*files) == 2
    assert words in capsys.readouterr().err
    assert checkout.read() == before


def test_nothing_is_merged_while_a_run_is_at_work(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    files = both(checkout)
    with lock.held(checkout.here):
        assert checkout.merge(*files) == 2
    assert str(os.getpid()) in capsys.readouterr().err
    assert checkout.read() == TESTS


def test_a_place_outside_the_root_is_not_written(checkout: Checkout) -> None:
    files = checkout.ran(1, Proven(PRICE, [2], "../elsewhere/test_x.py")), checkout.ran(2)
    assert checkout.merge(*files) == 1
    assert not (checkout.here.parent / "elsewhere").exists()


def test_a_report_of_no_shard(checkout: Checkout) -> None:
    part = loaded(checkout.ran(1).read_bytes(), "x", checkout.here)
    with pytest.raises(AigenError, match="of no shard"):
        loaded(dumped(replace(part.report, shard=None), comment=True), "x", checkout.here)
