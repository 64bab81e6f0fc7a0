"""The patch that ``--ai-gen-mode=diff`` prints, as git takes it."""

from __future__ import annotations

import shutil
import subprocess
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


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@pytest.mark.parametrize(
    "name", ["tests/test_x.py", "my tests/test x.py", "tests/test_ä.py", 'te"st/a\\b.py']
)
@pytest.mark.parametrize(("before", "after"), TEXTS)
def test_git_applies_it(tmp_path: Path, name: str, before: str | None, after: str) -> None:
    path, other = tmp_path / name, tmp_path / "other.py"
    path.parent.mkdir()
    if before is not None:
        path.write_bytes(before.encode())
    other.write_bytes(b"x\n")
    edits = Edit(path, before, after, ("test",)), Edit(other, "x\n", "x\ny\n", ("test",))
    text = (
        "collected 3 items\n\n" + patch(report(tmp_path, *edits)) + "===== ai-gen =====\nwould add 2 tests\n"
    )
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=tmp_path, input=text.encode(), check=True)
    assert path.read_bytes() == after.encode()
    assert other.read_bytes() == b"x\ny\n"


def test_words(tmp_path: Path) -> None:
    new = Edit(tmp_path / "tests/test_a.py", None, "x = 1", ("test",))
    old = Edit(tmp_path / "tests/test_b.py", "a\n", "a\nb\n", ("test",))
    assert patch(report(tmp_path, new, old)) == (
        "--- /dev/null\n+++ b/tests/test_a.py\n@@ -0,0 +1 @@\n+x = 1\n\\ No newline at end of file\n"
        "--- a/tests/test_b.py\n+++ b/tests/test_b.py\n@@ -1 +1,2 @@\n a\n+b\n"
    )


def test_what_does_not_change_is_left_out(tmp_path: Path) -> None:
    assert patch(report(tmp_path, Edit(tmp_path / "a.py", "a\n", "a\n", ()))) == ""


PLUGIN = """
import pytest
from pathlib import Path
from pytest_aigen.data import Coverage, Edit, Report
from pytest_aigen.reports import diff

def pytest_terminal_summary(config):
    for mode in ("diff", "write"):
        edit = Edit(Path.cwd() / "test_new.py", None, f"x = {mode!r}\\n", ("test",))
        diff.pytest_aigen_report(Report(Path.cwd(), mode, Coverage({}), Coverage({}), edits=(edit,)), None, config)
"""


def test_in_a_session(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:sugar")
    pytester.makepyfile("def test(): pass")
    output = pytester.runpytest_inprocess().stdout
    output.fnmatch_lines(["--- /dev/null", "+++ b/test_new.py", "@@ -0,0 +1 @@", "+x = 'diff'"])
    output.no_fnmatch_line("*'write'*")
    assert "\x1b[32m+x = 'diff'" in pytester.runpytest_inprocess("--color=yes").stdout.str()
