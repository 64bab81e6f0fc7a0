"""Where a project lies and how Python is started in it: odd paths, links, ``PYTHONPATH``, ``-O``."""

from __future__ import annotations

import json
import os
import shutil
import sys

import pytest

from tests.plugin.conftest import Project, accepted

pytestmark = pytest.mark.slow

MINE = "from shop import clamp\n\n\ndef test_mine():\n    assert clamp(1, 2, 3) == 2\n"
EXPLORE = ("--ai-gen-engine=explore", "--ai-gen-target=shop/__init__.py::label")


def added(project: Project) -> None:
    """Tests for one function are added to the module of the test that is there, and all pass."""
    report = project.report(*EXPLORE)
    assert project.result.ret == pytest.ExitCode.OK
    assert accepted(report)
    assert all(verdict["check"] != "neighbours" for verdict in report["verdicts"])
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_mine.py"]
    assert MINE.partition("\n")[2].strip() in project.read("tests/test_mine.py")
    assert project.run().ret == pytest.ExitCode.OK
    assert project.result.parseoutcomes()["passed"] == 1 + len(accepted(report))


@pytest.mark.parametrize("folder", ["my project", "Prüfung – été 検査", "it's 100% {new}, x=1"])
def test_a_path_with_odd_letters(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    project = Project(pytester, monkeypatch, folder)
    project.write("tests/test_mine.py", MINE)
    added(project)


def test_a_project_behind_a_symbolic_link(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tests/test_mine.py", MINE)
    link = project.path.with_name("link")
    link.symlink_to(project.path, target_is_directory=True)
    monkeypatch.chdir(link)
    added(project)


def test_a_folder_of_tests_with_a_configuration_of_its_own(project: Project) -> None:
    project.write("pyproject.toml", "[project]\nname = 'shop'\n")
    project.write("tests/pytest.ini", "[pytest]\n")
    project.write("tests/test_mine.py", MINE)
    report = project.report("--ai-gen-engine=explore", "tests/test_mine.py")
    project.result.stdout.fnmatch_lines(["*rootdir: *tests", "*ai-gen: 1 source file, *"])
    assert project.run("tests").parseoutcomes()["passed"] == 1 + len(accepted(report)) > 1


@pytest.mark.parametrize("folder", ["lib", "lib/../lib"])
def test_found_by_pythonpath(project: Project, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    project.write("tests/test_mine.py", MINE)
    (project.path / "lib").mkdir()
    (project.path / "shop").rename(project.path / "lib" / "shop")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(project.path / folder)]))
    report = project.report("--ai-gen-engine=explore", "--ai-gen-target=lib/shop/__init__.py::label")
    assert accepted(report)
    assert "from shop import" in project.read(report["edits"][0]["path"])
    assert project.run().ret == pytest.ExitCode.OK


def test_without_assert_statements(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest still rewrites those of test modules: the tests say as much as without ``-O``."""
    project.write("tests/test_mine.py", MINE)
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    added(project)
    monkeypatch.delenv("PYTHONOPTIMIZE")
    assert project.run().ret == pytest.ExitCode.OK


@pytest.mark.skipif(sys.platform == "win32", reason="modes of folders")
def test_a_read_only_checkout(project: Project) -> None:
    """The tests are kept where something can be written, and it is said where."""
    bound: list[str] = []
    if os.getuid() == 0:  # whom no mode hinders, but for a process that may not pass over them
        if (setpriv := shutil.which("setpriv")) is None:
            pytest.skip("root may write everywhere")
        bound = [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    project.write("tests/test_mine.py", MINE).chmod(0o444)
    before = project.files()
    report = project.pytester.path / "report.json"
    folders = [project.path, *(path for path in project.path.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        options = ("--ai-gen", f"--ai-gen-report=json:{report}", *EXPLORE)
        result = project.pytester.run(*bound, *project.command(*options))
        if bound and "setpriv" in result.stderr.str():
            pytest.skip("root may write everywhere")
        assert project.files() == before
    finally:
        for folder in folders:
            folder.chmod(0o755)
    found = json.loads(report.read_text("utf-8"))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert accepted(found)
    assert list(found["unwritten"]) == list(found["patches"]) == ["tests/test_shop.py"]
    result.stdout.fnmatch_lines(
        ["NOT WRITTEN: tests/test_shop.py: the folder .pytest_aigen, which it needs, *"]
    )
