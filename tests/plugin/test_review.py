"""``--ai-gen-mode=review`` at a real terminal, and where there is none."""

from __future__ import annotations

import sys

import pytest

from tests.plugin.conftest import Project

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

from tests.plugin.screen import Screen

pytestmark = pytest.mark.slow

REVIEW = (
    "--ai-gen",
    "--ai-gen-engine=explore",
    "--ai-gen-mode=review",
    "--ai-gen-target=shop/__init__.py::label",
)


@pytest.fixture(params=[[], ["-s"]], ids=["captured", "-s"])
def screen(request: pytest.FixtureRequest, project: Project) -> Screen:
    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    return Screen(project, *REVIEW, *request.param)


def test_yes_and_no(project: Project, screen: Screen) -> None:
    screen.until("(1/")
    screen.until("+++ b/tests/test_shop.py")
    screen.until("covers  shop/__init__.py: line")
    screen.until("proven  passed in ")
    screen.answer("?\r")
    screen.until("n - leave this test out")
    screen.answer("y\r")
    screen.answer("n\r")
    assert screen.end() == 0, screen.said
    assert "added 1 test to 1 file" in screen.said
    assert "review (1): " in screen.said
    assert "you said no" in screen.said
    assert project.read("tests/test_shop.py").count("def test") == 1
    assert project.run("tests").parseoutcomes() == {"passed": 2}


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param("q\r", 0, id="q"),
        pytest.param("\x04", 0, id="end of input"),
        pytest.param("\x03", 2, id="Ctrl-C"),
    ],
)
def test_what_was_kept_so_far_is_kept(project: Project, key: str, status: int) -> None:
    project.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    screen = Screen(project, *REVIEW)
    screen.answer("y\r")
    if key == "\x03":
        # The terminal sends its own signal only to the session that it controls.
        screen.until("[y,n,e,a,d,q,?]? ")
        screen.process.send_signal(2)
    else:
        screen.answer(key)
    assert screen.end() == status, screen.said
    assert "Traceback" not in screen.said
    assert "added 1 test to 1 file" in screen.said
    assert project.read("tests/test_shop.py").count("def test") == 1


def test_an_editor(project: Project) -> None:
    """First it breaks the test, then it mends it under another name."""
    editor = project.write(
        "editor.py",
        """\
        import re, sys
        from pathlib import Path
        path, flag = Path(sys.argv[-1]), Path("edited")
        text = path.read_text()
        if flag.exists():
            text = text.replace("assert False", "pass")
        else:
            text = re.sub(r"def test\\w*", "def test_by_hand", text.rstrip() + "\\n    assert False\\n")
        flag.touch()
        path.write_text(text)
        """,
    )
    screen = Screen(project, *REVIEW, VISUAL=f"{sys.executable} {editor}")
    screen.answer("e\r")
    screen.until("your edit is not kept: gain: ")
    screen.until("as it was before you edited it")
    screen.answer("e\r")
    screen.until("::test_by_hand")
    screen.answer("y\r")
    screen.answer("d\r")
    assert screen.end() == 0, screen.said
    assert "def test_by_hand" in project.read("tests/test_shop.py")
    assert "assert False" not in project.read("tests/test_shop.py")


def test_an_editor_that_is_not_there(project: Project) -> None:
    screen = Screen(project, *REVIEW, VISUAL="no-such-editor")
    screen.answer("e\r")
    screen.until("no-such-editor: ")
    screen.until("set VISUAL or EDITOR")
    screen.answer("q\r")
    assert screen.end() == pytest.ExitCode.NO_TESTS_COLLECTED, screen.said
    assert not (project.path / "tests").exists()


@pytest.mark.parametrize(
    ("options", "environment", "message"),
    [
        pytest.param([], {}, "--ai-gen-mode=review: standard input and output have to be a terminal", id="a pipe"),
        pytest.param(["-p", "xdist", "-n2"], {}, "--ai-gen-mode=review: nobody can be asked under xdist", id="xdist"),
        pytest.param([], {"CI": "true"}, "--ai-gen-mode=review: nobody can be asked in CI", id="CI"),
    ],
)  # fmt: skip
def test_nobody_to_ask(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    environment: dict[str, str],
    message: str,
) -> None:
    project.write("tests/test_x.py", "def test_x():\n    open('ran', 'w').close()\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = project.run(*REVIEW, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}*--ai-gen-mode=diff*--ai-gen-mode=write*"])
    assert not (project.path / "ran").exists(), "found before the first test ran"
