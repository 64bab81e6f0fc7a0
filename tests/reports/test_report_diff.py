"""The patch that ``--ai-gen-mode=diff`` prints, as git takes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_aigen.data import Coverage, Edit, Report
from pytest_aigen.reports.diff import patch

NONE = Coverage({})
TEXTS = [
    pytest.param(None, "def test():\n    assert f() == 1\n", id="new file"),
    pytest.param(None, "assert f()", id="new file without a last newline"),
    pytest.param("import a\n", "import a\n\n\ndef test(): ...\n", id="longer"),
    pytest.param("import a", "import a\n\n\ndef test(): ...\n", id="a last newline is added"),
    pytest.param("import a\n", "import a\nx = 1", id="a last newline is lost"),
    pytest.param("import a", "import a\nx = 1", id="never a last newline"),
    pytest.param("import a\r\nb\r\n", "import a\r\nb\r\n\r\nc\r\n", id="carriage returns"),
    pytest.param("\ufeffimport a\n", "\ufeffimport a\nb\n", id="byte order mark"),
    pytest.param(
        "a\x0cb\n\u2028c\x1cd\n", "a\x0cb\n\u2028c\x1cd\ne\x85f\n", id="line ends of others than git"
    ),
    pytest.param("", "x = 'ä€😀'\n", id="an empty file gets text"),
    pytest.param(
        "\n".join(map(str, range(50))), "\n".join(["new", *map(str, range(50)), "new"]), id="two hunks"
    ),
    pytest.param(
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-- y\n", id="text like a patch"
    ),
]


def report(root: Path, *edits: Edit, mode: str = "diff") -> Report:
    return Report(root, mode, NONE, NONE, edits=edits)


def git(*args: str, cwd: Path, given: bytes = b"") -> None:
    subprocess.run(["git", *args], cwd=cwd, input=given, check=True, capture_output=True)


needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


@needs_git
@pytest.mark.parametrize(
    "name",
    [
        "tests/test_x.py",
        "my tests/test x.py",
        "tests/test_ä.py",
        'te"st/a\\b.py',
        "tests/a\x01b.py",
        "a b/ä\n.py",
    ],
)
@pytest.mark.parametrize(("before", "after"), TEXTS)
def test_git_applies_it(tmp_path: Path, name: str, before: str | None, after: str) -> None:
    path, other = tmp_path / name, tmp_path / "other.py"
    path.parent.mkdir(exist_ok=True)
    if before is not None:
        path.write_bytes(before.encode())
    other.write_bytes(b"x\n")
    edits = Edit(path, before, after, ("test",)), Edit(other, "x\n", "x\ny\n", ("test",))
    git("init", "-q", cwd=tmp_path)
    output = (
        b"collected 3 items\n\n"
        + patch(report(tmp_path, *edits)).data
        + b"===== ai-gen =====\nwould add 2 tests\n"
    )
    git("apply", "--whitespace=nowarn", cwd=tmp_path, given=output)
    assert path.read_bytes() == after.encode()
    assert other.read_bytes() == b"x\ny\n"


@needs_git
@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param("latin-1", id="one byte a character"),
        pytest.param("shift_jis", id="several"),
    ],
)
def test_a_file_keeps_its_encoding(tmp_path: Path, encoding: str) -> None:
    word = "é" if encoding == "latin-1" else "テスト"
    path, before = tmp_path / "test_ä.py", f"# -*- coding: {encoding} -*-\nx = '{word}'\n"
    after = f"{before}y = '{word}'\n"
    path.write_bytes(before.encode(encoding))
    new = Edit(tmp_path / "test_b.py", None, "z = 'ü'\n", ("test",))
    git("init", "-q", cwd=tmp_path)
    git("apply", cwd=tmp_path, given=patch(report(tmp_path, Edit(path, before, after, ("t",)), new)).data)
    assert path.read_bytes() == after.encode(encoding)
    assert (tmp_path / "test_b.py").read_text("utf-8") == "z = 'ü'\n"


@needs_git
@pytest.mark.parametrize("where", [".", "sub/project", "sub"])
def test_the_root_may_lie_below_the_top_of_the_repository(tmp_path: Path, where: str) -> None:
    root = tmp_path / "sub" / "project"
    root.mkdir(parents=True)
    git("init", "-q", cwd=tmp_path)
    edit = Edit(root / "tests" / "test_a.py", None, "x = 1\n", ("test",))
    git("apply", cwd=tmp_path / where, given=patch(report(root, edit)).data)
    assert edit.path.read_text() == "x = 1\n"


@needs_git
def test_without_a_repository_it_applies_at_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    edit = Edit(tmp_path / "tests" / "test_a.py", None, "x = 1\n", ("test",))
    git("apply", cwd=tmp_path, given=patch(report(tmp_path, edit)).data)
    assert edit.path.read_text() == "x = 1\n"


@needs_git
@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_the_file_behind_a_link_is_changed(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "test_link.py"
    real.write_text("x = 1\n")
    link.symlink_to(real)
    git("init", "-q", cwd=tmp_path)
    git(
        "apply", cwd=tmp_path, given=patch(report(tmp_path, Edit(link, "x = 1\n", "x = 1\ny\n", ("t",)))).data
    )
    assert link.is_symlink()
    assert real.read_text() == "x = 1\ny\n"


@needs_git
def test_an_empty_new_file(tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    edits = [
        Edit(tmp_path / "tests/a/__init__.py", None, "", ()),
        Edit(tmp_path / "tests/a/test_a.py", None, "x = 1\n", ("test",)),
    ]
    git("apply", cwd=tmp_path, given=patch(report(tmp_path, *edits)).data)
    assert [edit.path.read_text() for edit in edits] == ["", "x = 1\n"]


def test_what_a_patch_cannot_hold_is_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    coded = "# coding: latin-1\n"
    made = patch(
        report(
            root,
            Edit(tmp_path / "test_far.py", None, "x = 1\n", ("t",)),
            Edit(root / "test_coded.py", coded, f"{coded}x = '€'\n", ("t",)),
            Edit(root / "test_good.py", None, "x = 1\n", ("t",)),
        )
    )
    assert made.left_out == {
        tmp_path / "test_far.py": f"it is outside {root}",
        root / "test_coded.py": "its encoding, iso-8859-1, cannot hold the new tests",
    }
    assert made.data.count(b"+++ ") == made.text.count("+++ ") == 1


def test_words(tmp_path: Path) -> None:
    new = Edit(tmp_path / "my tests/test_a.py", None, "x = 1", ("test",))
    old = Edit(tmp_path / "tests/test_b.py", "a\n", "a\nb\n", ("test",))
    made = patch(report(tmp_path, new, old))
    assert made.data.decode() == made.text
    assert made.text == (
        "diff --git a/my tests/test_a.py b/my tests/test_a.py\nnew file mode 100644\n"
        "--- /dev/null\n+++ b/my tests/test_a.py\t\n@@ -0,0 +1 @@\n+x = 1\n\\ No newline at end of file\n"
        "diff --git a/tests/test_b.py b/tests/test_b.py\n"
        "--- a/tests/test_b.py\n+++ b/tests/test_b.py\n@@ -1 +1,2 @@\n a\n+b\n"
    )


def test_what_does_not_change_is_left_out(tmp_path: Path) -> None:
    assert patch(report(tmp_path, Edit(tmp_path / "a.py", "a\n", "a\n", ()))).data == b""


PLUGIN = """
import pytest
from pathlib import Path
from pytest_aigen.data import Coverage, Edit, Report
from pytest_aigen.reports import diff
from pytest_aigen.settings import Settings

def pytest_sessionfinish(session):
    for mode in ("diff", "write"):
        new = Edit(Path.cwd() / "test_new.py", None, f"# coding: latin-1\\nx = 'ä{mode}'\\n", ("test",))
        far = Edit(Path.cwd().parent / "test_far.py", None, "x = 1", ("test",))
        report = Report(Path.cwd(), mode, Coverage({}), Coverage({}), edits=(new, far))
        diff.pytest_aigen_report(report, Settings(report=(("diff", f"{mode}.patch"),)), session.config)
"""
WORDS = "+x = 'ädiff'"


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    return pytester


def test_in_a_terminal(session: pytest.Pytester) -> None:
    output = session.runpytest_inprocess("--color=yes").stdout
    assert f"\x1b[32m{WORDS}" in output.str(), "as it reads, in colour"
    output.fnmatch_lines(["*ai-gen: not in the patch: *test_far.py: it is outside *"])
    output.no_fnmatch_line("*write'*")


def test_in_a_pipe(session: pytest.Pytester) -> None:
    command = [sys.executable, "-m", "pytest"]
    output = subprocess.run(command, cwd=session.path, capture_output=True, check=True).stdout
    assert f"\n{WORDS}\n".encode("latin-1") in output, "as it stands in the file"
    assert b"write'" not in output


def test_in_a_file(session: pytest.Pytester) -> None:
    """In every mode, and without a terminal."""
    assert session.runpytest_inprocess("-p", "no:terminal").stdout.str() == ""
    for mode in ("diff", "write"):
        lines = (session.path / f"{mode}.patch").read_bytes().splitlines()
        assert lines[0] == b"diff --git a/test_new.py b/test_new.py"
        assert lines[-1] == f"+x = 'ä{mode}'".encode("latin-1")
