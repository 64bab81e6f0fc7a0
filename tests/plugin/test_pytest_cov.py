"""With pytest-cov, whose data is used instead of measuring twice, and whose own report and rules stay right."""

from __future__ import annotations

import re

import pytest

from tests.plugin.conftest import Project, accepted

pytestmark = pytest.mark.slow

pytest.importorskip("pytest_cov")

COV = ["-p", "pytest_cov", "--ai-gen-engine=explore"]


@pytest.fixture(autouse=True)
def half_a_suite(project: Project) -> None:
    project.write(
        "tests/test_shop.py",
        """\
        from shop import clamp

        def test_mine():
            assert clamp(1, 2, 3) == 2
        """,
    )


def table(project: Project) -> dict[str, str]:
    """pytest-cov's own report: the last column by file."""
    return dict(re.findall(r"^(\S+)\s+\d.*?(\d+%)", project.result.stdout.str(), re.MULTILINE))


def test_its_branches_are_used(project: Project) -> None:
    """11 statements, 7 executed; 6 branches, 1 taken."""
    alone = project.run(*COV[:2], "--cov=shop", "--cov-branch")
    assert alone.ret == pytest.ExitCode.OK
    numbers = table(project)
    report = project.report(*COV, "--cov=shop", "--cov-branch", "--cov-context=test")
    assert table(project) == numbers
    before = report["coverage"]["before"]
    assert f"{before['percent']:.0f}%" == numbers["TOTAL"]
    assert before["files"]["shop/__init__.py"]["branches_taken"] == 1
    assert report["coverage"]["after"]["percent"] == 100
    assert {edit["path"] for edit in report["edits"]} == {"tests/test_shop.py"}, "by its contexts"
    project.run(*COV[:2], "--cov=shop", "--cov-branch", "--cov-fail-under=100", "-p", "no:sugar")
    assert project.result.ret == pytest.ExitCode.OK


def test_without_branches_lines_count(project: Project) -> None:
    """From addopts, as most projects have it, and of two packages."""
    project.write("more/__init__.py", "def more():\n    return 1\n")
    project.write("pytest.ini", "[pytest]\naddopts = --cov=shop --cov=more --cov-report=term-missing\n")
    report = project.report(*COV, "--ai-gen-target=shop/__init__.py::label")
    assert any("--cov-branch" in note for note in report["notes"])
    project.result.stdout.fnmatch_lines(["note: pytest-cov measures no branches*"])
    assert report["coverage"]["before"]["files"]["shop/__init__.py"]["branches_missing"] == 0
    assert set(report["coverage"]["before"]["files"]) == {"shop/__init__.py", "more/__init__.py"}
    assert accepted(report)
    assert "TOTAL" in table(project)


def test_no_tests_yet(project: Project) -> None:
    (project.path / "tests" / "test_shop.py").unlink()
    report = project.report(*COV, "--cov=shop", "--cov-branch")
    assert not any("--cov-branch" in note for note in report["notes"])
    assert report["coverage"]["after"]["percent"] == 100


def test_fail_under_still_fails(project: Project) -> None:
    report = project.report(*COV, "--cov=shop", "--cov-fail-under=90", "--cov-branch")
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED, "this suite was below; the next run is not"
    assert report["coverage"]["after"]["percent"] == 100
    again = project.run(*COV[:2], "--cov=shop", "--cov-fail-under=90", "--cov-branch")
    assert again.ret == pytest.ExitCode.OK


def test_no_cov_measures_itself(project: Project) -> None:
    project.write("other.py", "def f(x: int) -> int:\n    return x\n")
    report = project.report(*COV, "--cov=shop", "--no-cov", "--ai-gen-target=shop/__init__.py::label")
    before = report["coverage"]["before"]
    assert before["files"]["shop/__init__.py"]["branches_taken"] == 1
    assert not table(project)
    assert accepted(report)
