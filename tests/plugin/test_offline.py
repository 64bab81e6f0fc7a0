"""The whole job with the offline engine: what is written, shown and returned."""

from __future__ import annotations

import shutil
import zlib

import pytest

from tests.plugin.conftest import Project

EXPLORE = "--ai-gen-engine=explore"


def test_a_project_without_tests_gets_some(project: Project) -> None:
    result = project.generate(EXPLORE)
    assert result.ret == pytest.ExitCode.OK, "there were no tests, and there are some now"
    result.stdout.fnmatch_lines(["*ai-gen: 1 source file, 0.0 % covered, 3 gaps*"])
    assert "from shop import" in project.read("tests/test_shop.py")
    again = project.run("tests")
    assert again.ret == pytest.ExitCode.OK
    assert again.parseoutcomes()["passed"] >= 4


def test_the_new_tests_reach_what_was_missing(project: Project) -> None:
    report = project.report(EXPLORE, "--cov-target=100")
    assert report["coverage"]["before"]["percent"] == 0
    assert report["coverage"]["after"]["percent"] == 100
    second = project.report(EXPLORE, "--cov-target=100")
    assert second["coverage"]["before"]["percent"] == 100, (
        "measured by the next run, from the files themselves"
    )
    assert not second["verdicts"]


def test_existing_tests_stay_as_they_are_and_share_their_module(project: Project) -> None:
    mine = project.write(
        "tests/test_prices.py",
        """\
        # mine
        from shop import clamp

        def test_mine():
            assert clamp(5, 1, 9) == 5
        """,
    )
    before = mine.read_text("utf-8")
    project.generate(EXPLORE)
    after = mine.read_text("utf-8")
    assert [path.name for path in (project.path / "tests").glob("*.py")] == ["test_prices.py"]
    assert "def test_mine():\n    assert clamp(5, 1, 9) == 5\n" in after
    assert after.startswith(before.partition("\n")[0])
    assert "label" in after


def test_failing_tests_do_not_stop_it(project: Project) -> None:
    project.write(
        "tests/test_shop.py",
        """\
        from shop import clamp

        def test_wrong():
            assert clamp(5, 1, 9) == 4

        def test_broken(no_such_fixture):
            pass
        """,
    )
    result = project.generate(EXPLORE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED, "the suite failed, and still does"
    assert "label" in project.read("tests/test_shop.py")
    outcomes = project.run("tests").parseoutcomes()
    assert (outcomes["failed"], outcomes["errors"]) == (1, 1)
    assert outcomes["passed"] >= 3


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@pytest.mark.parametrize("options", [[], ["-q"], ["-qq"]], ids=" ".join)
def test_diff_writes_nothing_and_git_applies_what_was_piped(project: Project, options: list[str]) -> None:
    """``pytest ... > x.patch``: git passes over what pytest says round the patch."""
    before = project.files()
    result = project.generate(EXPLORE, "--ai-gen-mode=diff", *options)
    assert project.files() == before
    assert "nothing was written" in result.stdout.str() or options
    piped = (project.pytester.path / "stdout").rename(project.pytester.path / "x.patch")
    project.pytester.run("git", "init", "-q")
    assert project.pytester.run("git", "apply", str(piped)).ret == 0
    assert project.run("tests").ret == pytest.ExitCode.OK


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_diff_to_a_file(project: Project) -> None:
    """The patch alone; a file with carriage returns and in another encoding is changed as it would be by writing."""
    mine = project.write("sub/tests/test_shop.py", "")
    mine.write_bytes(b"# coding: latin-1\r\nNAME = '\xe9'\r\n\r\ndef test_mine():\r\n    pass")
    project.write("sub/pytest.ini", "[pytest]\npythonpath = ..\n")
    project.pytester.run("git", "init", "-q")
    place = project.pytester.path / "x.patch"
    project.generate(
        EXPLORE, "--rootdir=sub", "--ai-gen-source=shop", "--ai-gen-mode=diff", f"--ai-gen-report=diff:{place}",
        "-c", "sub/pytest.ini", "sub", "-p", "no:terminal",
    )  # fmt: skip
    assert place.read_bytes().startswith(b"diff --git a/sub/tests/test_shop.py b/sub/tests/test_shop.py\n")
    old = mine.read_bytes()
    assert b"label" not in old
    assert project.pytester.run("git", "apply", "--whitespace=nowarn", str(place)).ret == 0
    assert b"\xe9'\r\n" in mine.read_bytes()
    assert b"label" in mine.read_bytes()
    assert b"\n" not in mine.read_bytes().replace(b"\r\n", b"")
    assert project.run("-c", "sub/pytest.ini", "sub").ret == pytest.ExitCode.OK


def test_plan_lists_targets_and_runs_nothing(project: Project) -> None:
    before = project.files()
    result = project.generate("--ai-gen-engine=llm", "--ai-gen-mode=plan")
    assert project.files() == before
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines_random(["*clamp*", "*label*"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["--cov-target=100"], pytest.ExitCode.OK, id="reached"),
        pytest.param(
            ["--cov-target=100", "--ai-gen-max-time=0"], pytest.ExitCode.TESTS_FAILED, id="not reached"
        ),
        pytest.param(["--ai-gen-max-time=0"], pytest.ExitCode.NO_TESTS_COLLECTED, id="not asked for"),
    ],
)
def test_exit_status(project: Project, options: list[str], code: int) -> None:
    assert project.generate(EXPLORE, *options).ret == code


def test_only_the_target_is_tried(project: Project) -> None:
    project.generate(EXPLORE, "--ai-gen-target=shop/__init__.py::label")
    text = project.read("tests/test_shop.py")
    assert "label(" in text
    assert "clamp(" not in text


def test_the_goal_stops_it_early(project: Project) -> None:
    project.write("more.py", "".join(f"def f{n}(x: int) -> int:\n    return x + {n}\n\n" for n in range(60)))
    report = project.report(EXPLORE, "--cov-target=30", "--ai-gen-concurrency=1")
    assert 30 <= report["coverage"]["after"]["percent"] < 60, "each gap brings 1 of 100"
    assert report["ended"] == "reached"


@pytest.mark.parametrize("flags", [["--co"], ["--setup-plan"]], ids=" ".join)
def test_runs_that_run_nothing_generate_nothing(project: Project, flags: list[str]) -> None:
    project.write("tests/test_shop.py", "def test_x():\n    pass\n")
    before = project.files()
    project.generate(EXPLORE, *flags)
    assert project.files() == before


def test_without_the_flag_nothing_happens(project: Project) -> None:
    project.write("tests/test_shop.py", "import shop\ndef test_x():\n    assert shop.clamp(1, 2, 3) == 2\n")
    before = project.files()
    result = project.run()
    assert result.ret == pytest.ExitCode.OK
    assert project.files() == before
    result.stdout.no_fnmatch_line("*ai-gen*")


def test_settings_come_from_pyproject(project: Project) -> None:
    project.write(
        "pyproject.toml",
        """\
        [tool.pytest-aigen]
        engine = "explore"
        tests-dir = "checks"
        """,
    )
    project.generate()
    assert "clamp" in project.read("checks/test_shop.py")


def test_a_sources_own_configuration_is_used(project: Project) -> None:
    project.write("other/__init__.py", "def f(x: int) -> int:\n    return x + 1\n")
    project.write(".coveragerc", "[run]\nsource = other\n")
    report = project.report(EXPLORE)
    assert list(report["coverage"]["after"]["files"]) == ["other/__init__.py"]


@pytest.mark.parametrize("executor", ["fork", "spawn"])
def test_both_executors_do_the_job(project: Project, executor: str) -> None:
    report = project.report(
        EXPLORE, f"--ai-gen-executor={executor}", "--ai-gen-target=shop/__init__.py::label"
    )
    assert [v["name"] for v in report["verdicts"] if v["accepted"]]


def test_tests_alike_become_rows_of_a_table_and_live_under_the_ids_that_are_told(project: Project) -> None:
    report = project.report(EXPLORE, "--ai-gen-target=shop/__init__.py::clamp")
    (edit,) = report["edits"]
    text = project.read("tests/test_shop.py")
    assert text.count("@pytest.mark.parametrize") == 1
    assert text.count("# aigen: shop:clamp") == 1
    told = [test for verdict in report["verdicts"] if verdict["accepted"] for test in verdict["tests"]]
    assert sorted(told) == sorted(edit["tests"])
    assert all(test.startswith("test_clamp[") for test in told)
    project.run(*(f"tests/test_shop.py::{test}" for test in told)).assert_outcomes(passed=len(told))


def test_in_a_test_case_the_tests_are_methods(project: Project) -> None:
    project.write(
        "tests/test_prices.py",
        """\
        import unittest

        from shop import clamp


        class TestClamp(unittest.TestCase):
            def test_between(self):
                self.assertEqual(clamp(5, 1, 9), 5)
        """,
    )
    report = project.report(EXPLORE, "--ai-gen-target=shop/__init__.py::clamp")
    (edit,) = report["edits"]
    assert edit["tests"]
    assert all(test.startswith("TestClamp::test_clamp") for test in edit["tests"])
    text = project.read("tests/test_prices.py")
    assert text.count("self.assertEqual(clamp(") == len(edit["tests"]) + 1
    assert "    # aigen: shop:clamp\n    def test_clamp" in text
    assert "parametrize" not in text


def test_no_comments_where_none_are_wanted(project: Project) -> None:
    project.generate(EXPLORE, "--ai-gen-comment=no")
    assert "aigen" not in project.read("tests/test_shop.py")


def test_what_is_left_is_named_with_why_and_what_a_model_would_be_asked(project: Project) -> None:
    project.write(
        "shop/tools.py",
        """\
        import hashlib
        import os
        import time

        def drop(path: str) -> None:
            if path:
                os.remove("/nowhere/" + path)

        def stamp(value: int) -> str:
            return time.strftime("%Y") + str(value)

        def secret(value: str) -> str:
            if hashlib.sha256(value.encode()).hexdigest().startswith("012345"):
                return "never"
            return "ever"
        """,
    )
    report = project.report(EXPLORE)
    why = {left["target"]: (left["why"], left["detail"]) for left in report["unreached"]}
    assert why["shop/tools.py::drop"] == ("forbidden", "removes files")
    assert why["shop/tools.py::stamp"] == ("unsteady", "")
    assert why["shop/tools.py::secret"][0] == "unreached"
    assert report["demand"]["requests"] == len(report["unreached"])
    assert report["demand"]["prompt_tokens"] > 0


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-p", "xdist", "-n1"), marks=pytest.mark.slow)], ids=str
)
def test_what_the_suite_passes_is_tried(project: Project, workers: tuple[str, ...]) -> None:
    if workers:
        pytest.importorskip("xdist")
    project.write(
        "shop/__init__.py",
        f"""\
        import zlib

        def enter(word, floor=1):
            if zlib.crc32(word.encode()) != {zlib.crc32(b"sesame-42")}:
                raise ValueError("wrong word")
            if floor > 3:
                return "lift"
            return "stairs"
        """,
    )
    project.write(
        "tests/test_shop.py",
        """\
        from shop import enter

        def test_enter():
            assert enter("sesame-42") == "stairs"
        """,
    )
    project.generate(EXPLORE, *workers)
    assert 'assert enter("sesame-42", floor=4) == "lift"' in project.read("tests/test_shop.py")


def test_code_that_works_with_files_is_tested_under_tmp_path(project: Project) -> None:
    project.write(
        "shop/__init__.py",
        """\
        import json
        from pathlib import Path


        def load(path: Path) -> dict:
            if not path.exists():
                raise FileNotFoundError("no such price list")
            return json.loads(path.read_text())


        def save(path: Path, prices: str) -> None:
            path.write_text(prices.upper())
        """,
    )
    report = project.report(EXPLORE, "--cov-target=100")
    assert report["coverage"]["after"]["percent"] == 100
    written = project.read("tests/test_shop.py")
    assert (
        'path = tmp_path / "file.txt"\n    path.write_text(\'{"a": 1}\')\n    assert load(path) == {"a": 1}'
        in written
    )
    assert '(tmp_path / "missing.txt").read_text() == ' in written
    assert {path.name for path in project.path.iterdir() if path.suffix in (".txt", ".json")} == set()
