"""Suspected bugs, end to end: found, kept, runnable, and written only where that is asked for."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from tests.plugin.conftest import Project, accepted, by_target, model, python, refused

pytestmark = pytest.mark.slow

SHOP = dedent(
    '''\
    """A shop."""


    def discounted(price: int, off: int) -> int:
        """The price after a discount.

        Returns:
            The price, never negative.
        """
        if off == 0:
            return price
        return price - off


    def label(name: str) -> str:
        """The label of a thing; an unknown name is shown as a dash."""
        if not name:
            return ""
        return name.title()
    '''
)
DISCOUNTED = python(
    """\
    from shop import discounted

    def test_more_off_than_it_costs():
        assert discounted(1, 2) == 0

    def test_wrong():
        assert discounted(5, 2) == 4

    def test_nothing_off():
        assert discounted(5, 0) == 5
    """
)
BUG = ".pytest_aigen/suspects/suspect_shop_discounted_test_more_off_than_it_costs.py"
TESTS = "from shop import label\n\ndef test_label():\n    assert label('a b') == 'A B'\n"


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop/__init__.py", SHOP)
    project.write("tests/test_shop.py", TESTS)
    return project


def _summed(suspect: dict[str, Any]) -> tuple[str, ...]:
    return suspect["name"], suspect["contract"]["kind"], suspect["contract"]["text"], suspect["expected"], suspect["actual"]  # fmt: skip


def test_a_bug_by_the_docstring_is_listed_and_kept_and_nothing_else_changes(shop: Project) -> None:
    pasted = DISCOUNTED.replace("== 0", "== -1").replace("== 4", "== 3")
    with model(by_target({"discounted": [DISCOUNTED, pasted]})) as (server, options):
        report = shop.report(*options, "--ai-gen-target=shop/__init__.py::discounted")
    (suspect,) = report["suspects"]
    promise = "The price, never negative."
    assert _summed(suspect) == ("test_more_off_than_it_costs", "docstring", promise, "0", "-1")
    assert suspect["call"] == "discounted(1, 2)"
    assert suspect["path"] == BUG
    shop.result.stdout.fnmatch_lines(
        [
            "=* ai-gen *=",
            "1 suspected bug: the code does not do what it promises",
            "  shop/__init__.py::discounted:4  test_more_off_than_it_costs",
            f"    docstring: {promise}",
            "    call: discounted(1, 2)",
            "    expected: 0",
            "    actual: -1",
            f"    run: pytest {BUG}",
            "added 2 tests to 1 file",
            "  tests/test_shop.py",
            "    test_*",
            "    test_*",
            "  1 of them is a characterisation: what the code does today, not what it should do",
        ],
        consecutive=True,
    )
    # The bug was not made the truth; a wrong test was asked about before its value was pasted, and is called that.
    assert accepted(report) == ["test_nothing_off", "test_wrong"]
    assert "discounted(1, 2)" not in shop.read("tests/test_shop.py")
    assert "SUSPECT <test name>" in server.asked[1]["messages"][-1]["content"]
    said = {v["name"]: v["proofs"] for v in report["verdicts"] if v["accepted"]}
    assert [p["says"] for p in said["test_wrong"] if p["check"] == "origin"] == [
        "characterisation: says what the code does, not what it should"
    ]
    assert not [p for p in said["test_nothing_off"] if p["check"] == "origin"]

    assert shop.run().ret == pytest.ExitCode.OK  # plain pytest does not collect it
    shop.run(BUG)
    shop.result.assert_outcomes(failed=1)
    shop.result.stdout.fnmatch_lines(["E  *assert -1 == 0"])
    shop.write("shop/__init__.py", SHOP.replace("return price - off", "return max(0, price - off)"))
    shop.run(BUG)
    shop.result.assert_outcomes(passed=1)


def test_the_same_suspect_again_is_the_same_file(shop: Project) -> None:
    only = python("from shop import discounted\n\ndef test_x():\n    assert discounted(1, 2) == 0\n")
    for _ in range(2):
        with model(by_target({"discounted": [only]})) as (_server, options):
            shop.report(*options, "--ai-gen-target=shop/__init__.py::discounted", "--ai-gen-attempts=1")
        found = sorted(path.name for path in (shop.path / ".pytest_aigen/suspects").iterdir())
        assert found == ["suspect_shop_discounted_test_x.py"]


LABEL = python(
    """\
    from shop import label

    def test_no_name():
        assert label("") == "-"
    """
)


@pytest.mark.parametrize(
    ("reason", "kind", "text"),
    [
        ('"an unknown name is shown as a dash", and it is not', "docstring", "an unknown name is shown as a dash"),
        ('"a missing name is shown as a star" is not so', "model", '"a missing name is shown as a star" is not so'),
    ],
    ids=["words that are there", "words that are not there"],
)  # fmt: skip
def test_the_model_is_asked_once_and_says_that_the_code_is_wrong(
    shop: Project, reason: str, kind: str, text: str
) -> None:
    with model(by_target({"label": [LABEL, f"SUSPECT test_no_name: {reason}"]})) as (server, options):
        report = shop.report(*options, "--ai-gen-target=shop/__init__.py::label")
    (suspect,) = report["suspects"]
    assert _summed(suspect) == ("test_no_name", kind, text, "'-'", "''")
    assert suspect["said"] == reason
    assert len(server.asked) == 2
    assert shop.read("tests/test_shop.py") == TESTS
    shop.run(suspect["path"])
    shop.result.assert_outcomes(failed=1)


def test_a_wrong_test_is_no_suspect(shop: Project) -> None:
    wrong = python("from shop import label\n\ndef test_no_name():\n    assert label('') == 'none'\n")
    with model(by_target({"label": [wrong, wrong.replace("'none'", "''")]})) as (_server, options):
        report = shop.report(*options, "--ai-gen-target=shop/__init__.py::label")
    assert report["suspects"] == []
    assert refused(report) == {"test_no_name": "gain"}
    assert accepted(report) == ["test_no_name"]
    shop.result.stdout.no_fnmatch_line("*suspected bug*")
    assert not (shop.path / ".pytest_aigen/suspects").exists()


def test_written_as_expected_failure_only_when_asked(shop: Project) -> None:
    with model(by_target({"discounted": [DISCOUNTED]})) as (_server, options):
        report = shop.report(*options, "--ai-gen-target=shop/__init__.py::discounted", "--ai-gen-attempts=1", "--ai-gen-write-suspects")  # fmt: skip
    assert len(report["suspects"]) == 1
    text = shop.read("tests/test_shop.py")
    assert "def test_label():\n    assert label('a b') == 'A B'\n" in text
    assert (
        'xfail(strict=True, reason="suspected bug: its docstring says: The price, never negative.")' in text
    )
    shop.run()
    shop.result.assert_outcomes(passed=2, xfailed=1)


@pytest.mark.parametrize("mode", ["diff", "plan"])
def test_modes_that_write_nothing_keep_no_files(shop: Project, mode: str) -> None:
    before = shop.files()
    with model(by_target({"discounted": [DISCOUNTED]})) as (_server, options):
        report = shop.report(
            *options, "--ai-gen-target=shop/__init__.py::discounted", f"--ai-gen-mode={mode}"
        )
    after = shop.files()
    replies = [
        name for name in after if name.startswith(".pytest_aigen/replies") or name.endswith(".gitignore")
    ]
    assert {name: text for name, text in after.items() if name not in replies} == before
    assert bool(replies) == (mode == "diff"), "what was paid for is kept"
    assert [suspect["path"] for suspect in report["suspects"]] == ([None] if mode == "diff" else [])


OFFLINE = '''
def sign(n: int) -> int:
    """The sign.

    >>> sign(5)
    1
    """
    if n > 4:
        return 2
    return 0


def initial(name: str) -> str:
    if name.startswith("x"):
        return None
    return name[:1]


def double(n: int) -> int:
    """Twice.

    >>> double(3)
    6
    """
    return n * 2
'''


def test_the_offline_engine_makes_no_bug_the_truth(project: Project) -> None:
    project.write("shop/__init__.py", OFFLINE)
    report = project.report("--ai-gen-engine=explore")
    assert sorted(map(_summed, report["suspects"])) == [
        ("test_initial_as_annotated", "annotation", "def initial(name: str) -> str", "a value of type str", "None"),
        ("test_sign_as_documented", "docstring", ">>> sign(5)\n1", "1", "2"),
    ]  # fmt: skip
    text = project.read(report["edits"][0]["path"])
    assert "sign(5)" not in text
    assert "is None" not in text
    # What the docstring shows is no mere characterisation.
    said = {
        v["code"].rpartition("assert ")[2].strip(): v["proofs"] for v in report["verdicts"] if v["accepted"]
    }
    origins = {test: any(p["check"] == "origin" for p in proofs) for test, proofs in said.items()}
    assert origins["double(3) == 6"] is False
    assert set(origins.values()) == {True, False}
