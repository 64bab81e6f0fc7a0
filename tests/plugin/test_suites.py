"""Suites as they are: broken, chosen from, of other kinds, in odd places."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import LABEL, Project, accepted, by_target, model, python

EXPLORE = "--ai-gen-engine=explore"
LABEL_ONLY = "--ai-gen-target=shop/__init__.py::label"

PASSING = "def test_mine():\n    pass\n"


# ------------------------------------------------------------------------------------ nothing to go by


@pytest.mark.parametrize(
    ("files", "options", "status", "line"),
    [
        pytest.param(
            {"tests/test_fails.py": "def test_one():\n    assert 0\n\ndef test_two():\n    pass\n"},
            ["-x"],
            pytest.ExitCode.TESTS_FAILED,
            "*nothing was generated: the suite did not run to its end (stopping after 1 failures)*",
            id="stopped by -x",
        ),
        pytest.param(
            {"tests/test_broken.py": "import no_such_module\n", "tests/test_mine.py": PASSING},
            ["-x"],
            pytest.ExitCode.TESTS_FAILED,
            "*nothing was generated: the suite did not run to its end (stopping after 1 failures)*",
            id="stopped by -x before any test ran",
        ),
    ],
)
def test_half_a_suite_is_nothing_to_go_by(
    project: Project, files: dict[str, str], options: list[str], status: int, line: str
) -> None:
    for name, text in files.items():
        project.write(name, text)
    before = project.files()
    result = project.generate(EXPLORE, *options)
    assert result.ret == status, "pytest's own"
    assert project.files() == before
    result.stdout.fnmatch_lines([line])


@pytest.mark.parametrize("flag", ["--fixtures", "--setup-only", "--setup-plan", "--markers", "--co"])
def test_questions_to_pytest_stay_questions(project: Project, flag: str) -> None:
    project.write("tests/test_mine.py", PASSING)
    before = project.files()
    assert project.generate(EXPLORE, flag).ret == pytest.ExitCode.OK
    assert project.files() == before


# -------------------------------------------------------------------------------------- a part of the suite


def test_a_part_of_the_suite_is_said_to_be_one(project: Project) -> None:
    """With node ids, options whose values look like paths, and ``--``."""
    project.write("tests/test_mine.py", PASSING + "\n\ndef test_other():\n    pass\n")
    report = project.report(
        EXPLORE, LABEL_ONLY, "-k", "_mine and not other", "--ai-gen-tests-dir", "tests",
        "--", "tests", "tests/test_mine.py",
    )  # fmt: skip
    assert accepted(report)
    assert report["notes"] == [
        "1 tests were deselected: what only they cover counts as missing",
        "only tests/test_mine.py ran: what other tests cover counts as missing",
    ]


def test_tests_dir_with_the_name_of_testpaths(project: Project) -> None:
    """The value of an option is not taken for the path that pytest collects."""
    project.write("pytest.ini", "[pytest]\ntestpaths = tests\n")
    project.write("tests/test_mine.py", PASSING)
    assert accepted(project.report(EXPLORE, LABEL_ONLY, "--ai-gen-tests-dir", "tests"))


# ---------------------------------------------------------------------------------------------- other kinds


def test_unittest_async_doctests_and_fixtures(project: Project) -> None:
    """One suite with all of them; a model's tests use its fixtures and its asyncio mode."""
    pytest.importorskip("pytest_asyncio")
    project.write("pytest.ini", "[pytest]\naddopts = --doctest-modules\nasyncio_mode = auto\n")
    project.write(
        "shop/door.py",
        '''\
        class Door:
            """
            >>> Door(3).price
            3
            """

            def __init__(self, price):
                self.price = price

            async def open(self, pay):
                if pay < self.price:
                    raise PermissionError(pay)
                return pay - self.price

            def half(self):
                return self.price / 2
        ''',
    )
    project.write(
        "tests/conftest.py",
        """\
        import pytest
        from shop.door import Door

        @pytest.fixture
        def door():
            "A door for seven."
            return Door(7)
        """,
    )
    project.write(
        "tests/test_door.py",
        """\
        import unittest
        from shop.door import Door

        class DoorTest(unittest.TestCase):
            def test_price(self):
                self.assertEqual(Door(1).price, 1)

        async def test_open(door):
            assert await door.open(8) == 1
        """,
    )
    poor = python(
        """\
        import pytest

        async def test_too_poor(door):
            with pytest.raises(PermissionError):
                await door.open(6)
        """
    )
    half = python("def test_half(door):\n    assert door.half() == 3.5\n")
    with model(by_target({"Door.open": [poor], "Door.half": [half]})) as (server, options):
        report = project.report(*options, "-p", "asyncio", "--ai-gen-source=shop/door.py")
    assert accepted(report) == ["test_half", "test_too_poor"]
    assert report["coverage"]["after"]["percent"] == 100
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_door.py"], (
        "not the source with doctests"
    )
    asked = server.asked[0]["messages"][-1]["content"]
    assert "door" in asked
    assert "A door for seven." in asked
    assert "pytest-asyncio (auto mode" in asked
    assert project.run("-p", "asyncio", "tests").parseoutcomes() == {"passed": 4}


def test_sources_that_python_cannot_read_are_named_and_left_out(project: Project) -> None:
    project.write("shop/broken.py", "def f(:\n")
    (project.path / "shop/latin.py").write_bytes(b"# caf\xe9\ndef f():\n    return 1\n")
    (project.path / "shop/declared.py").write_bytes(b"# coding: latin-1\ndef f():\n    return '\xe9'\n")
    project.write("shop/odd.py", 'def g(x: int) -> int:\n    r = "\\d"\n    return x + len(r)\n')
    project.write("pytest.ini", "[pytest]\nfilterwarnings = error\n")
    project.caches = True
    report = project.report(EXPLORE)
    left_out = [note for note in report["notes"] if note.startswith("left out: ")]
    assert [note.partition("shop/")[2].partition(":")[0] for note in left_out] == ["broken.py", "latin.py"]
    assert set(report["coverage"]["before"]["files"]) == {
        "shop/__init__.py", "shop/declared.py", "shop/odd.py",
    }  # fmt: skip
    assert report["ended"] in ("complete", "reached")


def test_a_source_that_a_conftest_file_imports_is_measured(project: Project) -> None:
    """And with every warning an error."""
    project.write("conftest.py", "import shop\n")
    project.write("tests/test_mine.py", PASSING)
    report = project.report(EXPLORE, "--ai-gen-mode=plan", "-W", "error")
    assert {target["target"] for target in report["targets"]} == {
        "shop/__init__.py::clamp", "shop/__init__.py::label",
    }, "not the module's body"  # fmt: skip


# ----------------------------------------------------------------------------------------------- odd places


@pytest.fixture
def elsewhere(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project in a folder whose name, and whose parents', invites mistakes."""
    (pytester.path / "tests").mkdir()
    return Project(pytester, monkeypatch, "tests/My Prøject")


def test_src_layout_from_a_subfolder(elsewhere: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project = elsewhere
    (project.path / "src").mkdir()
    (project.path / "shop").rename(project.path / "src" / "shop")
    project.write(
        "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["checks"]\n'
    )
    project.write("checks/test_mine.py", PASSING)
    (project.path / "docs").mkdir()
    monkeypatch.chdir(project.path / "docs")
    report = project.report(EXPLORE, "..")
    assert report["coverage"]["after"]["percent"] == 100
    assert [edit["path"] for edit in report["edits"]] == ["checks/test_shop.py"]
    text = project.read("checks/test_shop.py")
    assert "from shop import" in text
    assert "src." not in text
    assert project.run("..").ret == pytest.ExitCode.OK


def test_a_source_folder_on_the_command_line(elsewhere: Project) -> None:
    """It is not where tests go, though the project stands in a folder ``tests``."""
    report = elsewhere.report(EXPLORE, LABEL_ONLY, "shop")
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_shop.py"]


# ------------------------------------------------------------------------------------------------- the terminal


def test_quiet_and_none(project: Project) -> None:
    with model(by_target({"label": [LABEL]})) as (_, options):
        args = [*options, LABEL_ONLY, "--ai-gen-mode=diff"]
        quiet = project.generate(*args, "-qq").stdout.str()
        assert "ai-gen: would add 2 tests to 1 file, coverage 0.0% -> " in quiet
        assert "= ai-gen =" not in quiet
        report = project.report(*args, "-p", "no:terminal")
        assert accepted(report) == ["test_no_name", "test_title"]
        assert project.result.stdout.str() == ""
    assert not (project.path / "tests").exists()


def test_what_was_imported_before_measuring_is_named(project: Project) -> None:
    project.write("early.py", "import shop\n")
    result = project.generate(EXPLORE, LABEL_ONLY, "-p", "early", "--ai-gen-source=shop")
    result.stdout.fnmatch_lines(["*shop/__init__.py was imported before measuring began*"])
