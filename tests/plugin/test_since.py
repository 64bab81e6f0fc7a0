"""``--ai-gen-since``: only what the branch changed, from the targets to the exit status."""

from __future__ import annotations

import subprocess

import pytest

from tests.plugin.conftest import SHOP, Project, accepted

OFFLINE = "--ai-gen-engine=explore"
MORE = '''

def shipping(cents: int) -> int:
    """What sending costs."""
    if cents >= 5000:
        return 0
    return 490
'''


def git(project: Project, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=project.path, check=True, capture_output=True)


@pytest.fixture
def branch(project: Project) -> Project:
    """A repository with thin tests, and a branch that adds a function."""
    project.write(
        "test_shop.py", "from shop import label\n\ndef test_label():\n    assert label('a') == 'A'\n"
    )
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "The shop")
    git(project, "checkout", "-qb", "shipping")
    project.write("shop/__init__.py", SHOP + MORE)
    return project


@pytest.mark.slow
def test_tests_for_what_changed_and_nothing_else(branch: Project) -> None:
    report = branch.report("-q", OFFLINE, "--ai-gen-since=main", "--cov-target=100")
    assert branch.result.ret == 0
    assert {verdict["target"] for verdict in report["verdicts"]} == {"shop/__init__.py::shipping"}
    assert accepted(report)
    assert report["since"] == "main"
    assert report["left"] == []
    coverage = report["coverage"]
    assert (coverage["before"]["percent"], coverage["after"]["percent"]) == (pytest.approx(100 / 6), 100)
    assert "clamp" not in branch.read("test_shop.py"), "which no test reaches either, but did not change"
    branch.result.stdout.fnmatch_lines(
        ["ai-gen: 1 source file, 16.6 % of the lines changed since main covered, 1 gap"]
    )


def test_a_line_of_a_function_is_enough(branch: Project) -> None:
    branch.write("shop/__init__.py", SHOP.replace("return low", "return low + 0"))
    report = branch.report("--ai-gen-mode=plan", "--ai-gen-since=main")
    assert [(target["target"], target["lines"]) for target in report["targets"]] == [
        ("shop/__init__.py::clamp", [5])
    ]


@pytest.mark.slow
def test_below_the_target(branch: Project) -> None:
    result = branch.generate(OFFLINE, "--ai-gen-since=main", "--cov-target=50", "--ai-gen-max-time=0")
    assert result.ret == 1
    branch.result.stdout.fnmatch_lines(
        ["coverage of the lines changed since main is 16.6%, below --cov-target=50"]
    )


@pytest.mark.slow
def test_what_did_not_change_does_not_count(branch: Project) -> None:
    """Of the whole, 60 percent are missing."""
    branch.write("shop/__init__.py", SHOP.replace("name.title()", "str(name).title()"))
    assert branch.generate("--ai-gen-since=main", "--cov-target=100", OFFLINE).ret == 0
    branch.result.stdout.fnmatch_lines(["next: nothing is left to do"])


@pytest.mark.slow
def test_nothing_changed(branch: Project) -> None:
    git(branch, "checkout", "-q", ".")
    branch.write("notes.txt", "no code\n")
    assert branch.generate("--ai-gen-since=main", "--cov-target=100", OFFLINE).ret == 0
    branch.result.stdout.fnmatch_lines(["note: no line that can be covered changed since main"])


@pytest.mark.slow
def test_together_with_a_target(branch: Project) -> None:
    branch.write("other.py", "def f(x):\n    return x\n")
    report = branch.report("--ai-gen-mode=plan", "--ai-gen-since=main", "--ai-gen-target=shop")
    assert [target["target"] for target in report["targets"]] == ["shop/__init__.py::shipping"]


@pytest.mark.parametrize("place", ["flag", "pyproject"])
def test_a_wrong_revision_is_a_usage_error(branch: Project, place: str) -> None:
    if place == "pyproject":
        branch.write("pyproject.toml", '[tool.pytest-aigen]\nsince = "origin/main"\n')
    result = branch.generate(*(["--ai-gen-since=origin/main"] if place == "flag" else []))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --ai-gen-since: git knows no revision 'origin/main'; *"])


def test_no_repository(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.path.parent))
    project.write("test_shop.py", "def test(): pass\n")
    result = project.generate("--ai-gen-since=main")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --ai-gen-since: * is not in a git repository*"])


@pytest.mark.slow
def test_under_xdist(branch: Project) -> None:
    pytest.importorskip("xdist")
    report = branch.report("-p", "xdist", "-n1", "--ai-gen-mode=plan", "--ai-gen-since=main")
    assert [target["target"] for target in report["targets"]] == ["shop/__init__.py::shipping"]
