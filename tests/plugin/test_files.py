"""What a run does to files: those that change meanwhile, that cannot be written, and two runs at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import CLAMP, LABEL, Project, accepted, by_target, model
from tests.plugin.test_interrupt import Running, hanging

pytestmark = pytest.mark.slow

MINE = "def test_mine():\n    pass\n"
PATCH = ".pytest_aigen/unwritten/tests-test_shop.patch"
#: Something changes while the files are about to be written: after the tests were joined and run with their module.
MEANWHILE = """\
import os
from pathlib import Path

def meanwhile():
    {act}

once = []
real = os.open

def opened(path, *args, **options):
    if str(path).endswith(".before") and not once:
        once.append(path)
        meanwhile()
    return real(path, *args, **options)

os.open = opened
"""


def test_a_file_that_changed_is_joined_and_proven_again(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    act = """Path("tests/test_shop.py").write_text("# changed\\n" + Path("tests/test_shop.py").read_text())"""
    project.write("conftest.py", MEANWHILE.format(act=act))
    with model(by_target({"clamp": [CLAMP], "label": [LABEL]})) as (_, options):
        report = project.report(*options)
    assert len(accepted(report)) == 5
    assert (report["unwritten"], report["patches"]) == ({}, {})
    text = project.read("tests/test_shop.py")
    assert "# changed\ndef test_mine()" in text
    assert "def test_low()" in text
    assert project.run("tests").parseoutcomes() == {"passed": 6}


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_file_that_cannot_take_them_any_more_gets_a_patch(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    project.write("conftest.py", MEANWHILE.format(act='Path("tests/test_shop.py").write_text("def half(")'))
    with model(by_target({"clamp": [CLAMP], "label": [LABEL]})) as (_, options):
        report = project.report(*options)
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.read("tests/test_shop.py") == "def half("
    assert report["unwritten"] == {"tests/test_shop.py": "it changed since it was read"}
    assert report["patches"] == {"tests/test_shop.py": PATCH}
    project.result.stdout.fnmatch_lines([f"*its tests are in {PATCH}", f"next: *git apply {PATCH}"])
    project.write("tests/test_shop.py", MINE)
    project.write("conftest.py", "")
    subprocess.run(["git", "init", "-q"], cwd=project.path, check=True)
    subprocess.run(["git", "apply", PATCH], cwd=project.path, check=True)
    assert project.run("tests").parseoutcomes() == {"passed": 6}


def test_a_removed_file_stays_removed(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    project.write("conftest.py", MEANWHILE.format(act='Path("tests/test_shop.py").unlink()'))
    with model(by_target({"clamp": [CLAMP]})) as (_, options):
        report = project.report(*options)
    assert not (project.path / "tests/test_shop.py").exists()
    assert list(report["patches"]) == ["tests/test_shop.py"]


def test_a_read_only_file_and_the_others_go_on(project: Project) -> None:
    project.write("shop/more.py", "def twice(x: int) -> int:\n    return 2 * x\n")
    project.write("tests/test_shop.py", MINE)
    hook = 'import os\n\ndef pytest_aigen_generator():\n    os.chmod("tests/test_shop.py", 0o444)\n'
    project.write("conftest.py", hook)
    report = project.report("--ai-gen-engine=explore")
    assert report["unwritten"] == {"tests/test_shop.py": "it is read-only"}
    assert report["patches"] == {"tests/test_shop.py": PATCH}
    assert project.read("tests/test_shop.py") == MINE
    assert "twice" in project.read("tests/test_more.py")
    assert project.result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_file_that_is_read_only_from_the_start_is_not_chosen(project: Project) -> None:
    project.write("tests/test_shop.py", MINE).chmod(0o444)
    report = project.report("--ai-gen-engine=explore")
    assert report["unwritten"] == {}
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_shop_init.py"]
    assert project.read("tests/test_shop.py") == MINE


def test_a_place_outside_the_root_is_named_before_anything_is_asked(project: Project) -> None:
    with model(by_target({})) as (server, options):
        report = project.report(*options, "--ai-gen-tests-dir=../elsewhere")
    assert server.asked == []
    assert len([note for note in report["notes"] if "test_shop.py: it is outside" in note]) == 1
    assert any("no test can be added to" in skipped["reason"] for skipped in report["skipped"])
    assert not (project.path.parent / "elsewhere").exists()


def test_a_folder_where_a_file_should_be(project: Project) -> None:
    """The name is taken, so the new module gets another."""
    (project.path / "tests/test_shop.py").mkdir(parents=True)
    report = project.report("--ai-gen-engine=explore")
    assert report["unwritten"] == {}
    assert [edit["path"] for edit in report["edits"]] == ["tests/test_shop_init.py"]


def test_a_folder_that_appears_where_a_file_should_be(project: Project) -> None:
    act = 'os.makedirs("tests/test_shop.py")'
    project.write("conftest.py", MEANWHILE.format(act=act).replace('".before"', '".draft"'))
    report = project.report("--ai-gen-engine=explore")
    (reason,) = report["unwritten"].values()
    assert "not a file" in reason
    assert report["patches"] == {"tests/test_shop.py": PATCH}


def test_a_folder_of_ours_that_cannot_be_written(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    project.write(".pytest_aigen", "in the way")
    report = project.report("--ai-gen-engine=explore")
    assert any(
        note.startswith("no test module can be written: the folder .pytest_aigen") for note in report["notes"]
    )
    (patch,) = report["patches"].values()
    assert "+def test_" in (project.path / patch).resolve().read_text("utf-8")
    shutil.rmtree((project.path / patch).resolve().parent)


# -------------------------------------------------------------------------------------------- two at once


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
@pytest.mark.parametrize("others", [[], ["-n", "2"]], ids=["plain", "xdist"])
def test_a_second_run_does_not_write(project: Project, others: list[str]) -> None:
    project.write("tests/test_shop.py", MINE)
    plugins = ["-p", "xdist"] if others else []
    with model(hanging) as (server, options):
        running = Running(project, *plugins, *others, "--ai-gen", *options, "--ai-gen-concurrency=1")
        running.until(lambda: len(server.asked) == 2)
        result = project.run(*plugins, *others, "--ai-gen", *options)
        assert len(server.asked) == 2, "nothing is spent"
        result.stdout.fnmatch_lines(
            [
                f"ai-gen: nothing was generated: another run (process {running.process.pid} on *) is at work in this project; *"
            ]
        )
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert result.parseoutcomes() == {"passed": 1}
        plan = project.run(*plugins, *others, "--ai-gen", "--ai-gen-mode=plan")
        assert plan.ret == 0
        running.interrupt()
        status, said = running.end()
    assert status == pytest.ExitCode.INTERRUPTED, said
    assert "added 3 tests to 1 file" in said
    assert not (project.path / ".pytest_aigen/lock").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_hinders_nobody(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    with model(hanging) as (server, options):
        running = Running(project, "--ai-gen", *options, "--ai-gen-concurrency=1")
        running.until(lambda: len(server.asked) == 2)
        os.kill(running.process.pid, signal.SIGKILL)
        running.end()
    assert json.loads(project.read(".pytest_aigen/lock"))["pid"] == running.process.pid
    assert running.survivors() == []
    report = project.report("--ai-gen-engine=explore")
    assert report["unwritten"] == {}
    assert accepted(report)
    assert not (project.path / ".pytest_aigen/lock").exists()


# ----------------------------------------------------------------------------------- Ctrl-C while it writes

SLOW = """\
import os, time
from pathlib import Path
real = os.replace

def slow(source, goal, **options):
    if str(goal).endswith("test_shop.py"):
        Path("writing").write_text("")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            time.sleep(0.05)
    real(source, goal, **options)

os.replace = slow
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_files_are_written(project: Project, times: int) -> None:
    """The write is finished, and everything ends after it."""
    project.write("tests/test_shop.py", MINE)
    project.write("conftest.py", SLOW)
    running = Running(project, "--ai-gen", "--ai-gen-engine=explore")
    running.until((project.path / "writing").exists)
    for _ in range(times):
        running.interrupt()
    status, said = running.end()
    assert status == pytest.ExitCode.INTERRUPTED, said
    assert "Traceback" not in said
    assert "ended: interrupted" in said
    assert "added " in said
    assert "def test_mine" in project.read("tests/test_shop.py")
    assert "clamp(" in project.read("tests/test_shop.py")
    assert [p.name for p in (project.path / "tests").iterdir() if p.suffix == ".aigen"] == []
    assert list((project.path / ".pytest_aigen/journal").iterdir()) == []
    assert running.survivors() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_while_files_are_written(project: Project) -> None:
    project.write("tests/test_shop.py", MINE)
    project.write("conftest.py", SLOW)
    running = Running(project, "--ai-gen", "--ai-gen-engine=explore")
    running.until((project.path / "writing").exists)
    os.kill(running.process.pid, signal.SIGKILL)
    running.end()
    assert project.read("tests/test_shop.py") == MINE
    assert len(list(Path(project.path / "tests").glob(".test_shop.py.*.aigen"))) == 1
    project.write("conftest.py", "")
    line = "tests/test_shop.py: an interrupted write was rolled back; the file is as it was"
    result = project.run("--ai-gen", "--ai-gen-mode=plan", "-q")
    assert result.stdout.str().count(line) == 1
    assert list((project.path / "tests").glob(".test_shop.py.*")) == []
    assert line not in project.run("--ai-gen", "--ai-gen-mode=plan").stdout.str()
