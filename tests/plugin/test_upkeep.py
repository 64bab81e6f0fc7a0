"""``--ai-gen-mode=check`` and ``prune``: generate, then break, rename or weaken, and look at what is said and written."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

pytestmark = pytest.mark.slow

EXPLORE = "--ai-gen-engine=explore"
CHECK = "--ai-gen-mode=check"
PRUNE = "--ai-gen-mode=prune"
#: A check that says a test without an assertion kills nothing.
#: Tests as a run leaves them, in each form, beside some that a person wrote.
TESTS = """\
    import math

    import pytest

    from shop import clamp, label

    def test_mine():
        assert clamp(5, 1, 9) == 5


    LOW = 1


    # aigen: shop:clamp
    def test_clamp_low():
        assert clamp(LOW, 2, math.ceil(3)) == 2


    class TestLabel:
        def test_mine(self):
            assert label("b") == "B"

        # aigen: shop:label
        def test_title(self):
            assert label("an apple") == "An Apple"


    # aigen: shop:clamp
    @pytest.mark.parametrize(("value", "expected"), [(9, 3), (2, 2)])
    def test_clamp(value, expected):
        assert clamp(value, 1, 3) == expected


    @pytest.mark.parametrize(
        "text",
        [
            "a",
            "b",  # aigen: shop:label
        ],
    )
    def test_labels(text):
        assert label(text)


    # aigen: shop:label
    @pytest.mark.asyncio
    async def test_label_later():
        assert label("c") == "C"
    """
UNITTEST = """\
    import unittest

    from shop import clamp

    class TestClamp(unittest.TestCase):
        # aigen: shop:clamp
        def test_high(self):
            self.assertEqual(clamp(9, 1, 3), 3)  # assert
    """


@pytest.fixture
def proven(project: Project) -> Project:
    """A project with generated tests, all of which hold."""
    project.with_all_plugins()
    project.write("tests/test_shop.py", TESTS)
    project.write("tests/test_unit.py", UNITTEST)
    return project


def reasons(report: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {stale["test"]: stale["why"] for stale in report["stale"]}


def test_generated_tests_hold_until_the_code_changes(project: Project) -> None:
    """From generating to pruning, with what the offline engine writes."""
    project.generate(EXPLORE)
    before = project.files()
    report = project.report(CHECK)
    assert project.result.ret == pytest.ExitCode.OK
    assert project.files() == before, "nothing is written"
    assert len(report["proven"]) >= 4
    assert report["stale"] == []

    project.write("shop/__init__.py", project.read("shop/__init__.py").replace("label", "title"))
    project.write(
        "tests/test_shop.py",
        project.read("tests/test_shop.py")
        .replace("label(", "title(")
        .replace("import clamp, label", "import clamp, title"),
    )
    report = project.report(CHECK)
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    assert set(reasons(report).values()) == {"gone"}
    assert all(str(stale["reason"]).startswith("there is no label in shop") for stale in report["stale"])

    report = project.report(PRUNE)
    assert project.result.ret == pytest.ExitCode.OK
    assert all(stale["removed"] for stale in report["stale"])
    text = project.read("tests/test_shop.py")
    assert "clamp" in text
    assert "title" not in text
    assert project.generate(CHECK).ret == pytest.ExitCode.OK


def test_all_forms_are_proven_without_a_key(proven: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = proven.files()
    report = proven.report(CHECK, "--ai-gen-engine=llm", "--ai-gen-model=openai:x", "--cov-target=100")
    assert sorted(test["test"] for test in report["proven"]) == [
        "TestClamp::test_high",
        "TestLabel::test_title",
        "test_clamp[2-2]",
        "test_clamp[9-3]",
        "test_clamp_low",
        "test_label_later",
        "test_labels[b]",
    ]
    assert (proven.result.ret, report["stale"]) == (pytest.ExitCode.OK, [])
    assert proven.files() == before


def test_a_broken_function_fails_and_is_not_pruned(proven: Project) -> None:
    proven.write("shop/__init__.py", proven.read("shop/__init__.py").replace("return low", "return low + 1"))
    before = proven.read("tests/test_shop.py")
    report = proven.report(PRUNE)
    assert proven.result.ret == pytest.ExitCode.TESTS_FAILED
    assert reasons(report) == {"test_clamp_low": "fails"}
    assert "assert 3 == 2" in str(report["stale"][0]["reason"])
    assert proven.read("tests/test_shop.py") == before


def test_what_proves_nothing_goes_and_all_else_stays(proven: Project) -> None:
    text = proven.read("tests/test_shop.py")
    weak = text.replace("assert clamp(LOW, 2, math.ceil(3)) == 2", "clamp(LOW, 2, math.ceil(3))")
    weak = weak.replace('assert label("an apple") == "An Apple"', "assert True")
    weak = weak.replace('        assert label("c") == "C"', "assert label")
    proven.write("tests/test_shop.py", weak)
    report = proven.report(CHECK)
    assert proven.result.ret == pytest.ExitCode.TESTS_FAILED
    assert reasons(report) == {
        "test_clamp_low": "kills_nothing",
        "TestLabel::test_title": "unreached",
    }
    others = {name: data for name, data in proven.files().items() if name != "tests/test_shop.py"}
    report = proven.report(PRUNE)
    assert proven.result.ret == pytest.ExitCode.OK
    after = proven.read("tests/test_shop.py")
    gone = [
        "import math\n\n",
        "\n\nLOW = 1\n",
        "\n\n# aigen: shop:clamp\ndef test_clamp_low():\n    clamp(LOW, 2, math.ceil(3))\n",
        "\n    # aigen: shop:label\n    def test_title(self):\n        assert True\n",
    ]
    for piece in gone:
        assert piece in weak
        weak = weak.replace(piece, "", 1)
    assert after == weak
    assert {name: data for name, data in proven.files().items() if name in others} == others
    proven.result.stdout.fnmatch_lines(
        ["removed, as they prove nothing any more: 2 tests", "next: git diff*"]
    )
    assert proven.generate(CHECK).ret == pytest.ExitCode.OK


def test_a_row_goes_alone(proven: Project) -> None:
    rows, weak = "[(9, 3), (2, 2)]", "[(9, 0), (2, 2)]"
    text = proven.read("tests/test_shop.py").replace(rows, weak)
    text = text.replace(
        "assert clamp(value, 1, 3) == expected", "assert clamp(value, 1, 3) == expected or not expected"
    )
    proven.write("tests/test_shop.py", text)
    report = proven.report(PRUNE)
    assert reasons(report) == {"test_clamp[9-0]": "kills_nothing"}
    assert proven.read("tests/test_shop.py") == text.replace(weak, "[(2, 2)]")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["-k", "clamp_low"], {"test_clamp_low"}),
        (["tests/test_unit.py"], {"TestClamp::test_high"}),
        (["tests/test_shop.py::test_clamp"], {"test_clamp[9-3]", "test_clamp[2-2]"}),
        (["--ai-gen-target=shop/__init__.py::label"], {"TestLabel::test_title", "test_labels[b]", "test_label_later"}),
    ],
    ids=["k", "path", "node", "target"],
)  # fmt: skip
def test_the_command_line_limits_it(proven: Project, options: list[str], found: set[str]) -> None:
    report = proven.report(CHECK, *options)
    assert {test["test"] for test in report["proven"]} == found


def test_nothing_to_check(project: Project) -> None:
    project.generate(EXPLORE, "--ai-gen-comment=no")
    for options in ([], ["-q"]):
        assert project.generate(CHECK, *options).ret == pytest.ExitCode.OK
        project.result.stdout.fnmatch_lines(
            ["*no test that ran carries a comment `# aigen: module:function`*"]
        )


def test_under_xdist(proven: Project) -> None:
    report = proven.report(CHECK, "-n", "2")
    assert len(report["proven"]) == 7
    assert proven.result.ret == pytest.ExitCode.OK


def test_skipped_and_expected_to_fail_are_neither(proven: Project) -> None:
    text = proven.read("tests/test_shop.py")
    text = text.replace("def test_clamp_low", "@pytest.mark.skip(reason='x')\ndef test_clamp_low")
    proven.write(
        "tests/test_shop.py", text.replace("@pytest.mark.asyncio", "@pytest.mark.xfail\n@pytest.mark.asyncio")
    )
    report = proven.report(CHECK)
    assert len(report["proven"]) == 5
    assert report["stale"] == []
    assert "not proven again (2): the suite skips them, or expects them to fail" in report["notes"]


def test_a_file_that_cannot_be_written_keeps_its_tests(proven: Project) -> None:
    path = proven.write("tests/test_unit.py", UNITTEST.replace("shop:clamp", "shop:gone"))
    path.chmod(0o444)
    report = proven.report(PRUNE)
    assert proven.result.ret == pytest.ExitCode.TESTS_FAILED
    assert [(stale["removed"], stale["hindered"]) for stale in report["stale"]] == [
        (False, "it is read-only")
    ]
    assert "test_high" in path.read_text("utf-8")


def test_verbose_shows_each(proven: Project) -> None:
    proven.generate(CHECK, "-v")
    proven.result.stdout.fnmatch_lines(
        ["proven again: 7 of 7 generated tests", "  tests/test_shop.py", "    test_clamp_low  *s"]
    )
    proven.generate(CHECK, "-q")
    proven.result.stdout.fnmatch_lines(
        ["ai-gen: 7 of 7 generated tests proven again", "next: nothing is left to do"]
    )
