"""What a branch changed: real repositories, ordinary ones and those that would mislead a reader of git's output."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_aigen import changes
from pytest_aigen.changes import Changes
from pytest_aigen.errors import ConfigError

OLD = "a = 1\nb = 2\nc = 3\nd = 4\n"
NEW = "a = 1\nb = 20\nc = 3\nd = 4\ne = 5\n"


class Repository:
    """A repository with a branch ``main``, on which ``mod.py`` is ``OLD``, and a branch ``work``, which is checked out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "someone")
        self.git("config", "user.email", "someone@example.invalid")
        self.write("mod.py", OLD)
        self.commit()
        self.git("checkout", "--quiet", "-b", "work")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        command = ["git", "-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(command, cwd=cwd or self.path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return os.fsdecode(done.stdout).strip()

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")

    def changed(self, since: str = "main", root: str = "") -> dict[str, list[int]]:
        """Changed lines by path from the repository's top."""
        found = changes.since(since, self.path / root)
        top = self.path.resolve()
        paths = sorted([*found.altered, *found.untracked])
        return {
            path.relative_to(top).as_posix(): sorted(found.lines(path, path.read_text("utf-8")))
            for path in paths
        }


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture
def there(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


# ------------------------------------------------------------------------------------------- what counts


def test_nothing_changed(there: Repository) -> None:
    assert there.changed() == {}


@pytest.mark.parametrize("how", ["committed", "staged", "unstaged", "staged, then changed again"])
def test_a_change_counts(there: Repository, how: str) -> None:
    there.write("mod.py", NEW)
    if how == "committed":
        there.commit()
    elif how != "unstaged":
        there.git("add", ".")
    if how == "staged, then changed again":
        there.write("mod.py", NEW.replace("a = 1", "a = 10"))
    expected = [1, 2, 5] if "again" in how else [2, 5]
    assert there.changed() == {"mod.py": expected}


def test_untracked_files_count_whole_and_ignored_ones_do_not(there: Repository) -> None:
    there.write("new.py", "a = 1\n\nb = 2\n")
    there.write("pkg/deep/new.py", "a = 1")
    there.write(".gitignore", "ignored.py\n")
    there.write("ignored.py", "a = 1\n")
    there.write("words.txt", "a\n")
    assert there.changed() == {"new.py": [1, 2, 3], "pkg/deep/new.py": [1]}


def test_what_main_did_since_does_not_count(there: Repository) -> None:
    there.write("mine.py", "a = 1\n")
    there.commit()
    there.git("checkout", "--quiet", "main")
    there.write("mod.py", NEW)
    there.commit()
    there.git("checkout", "--quiet", "work")
    assert there.changed() == {"mine.py": [1]}


def test_of_a_renamed_file_the_lines_that_differ(there: Repository) -> None:
    there.git("mv", "mod.py", "other.py")
    there.write("other.py", NEW)
    there.git("add", ".")
    assert there.changed() == {"other.py": [2, 5]}


def test_removed_lines_and_files_leave_nothing(there: Repository) -> None:
    there.write("gone.py", "a = 1\n")
    there.write("mod.py", OLD.replace("b = 2\n", ""))
    there.commit()
    there.git("rm", "--quiet", "gone.py")
    assert there.changed() == {}


def test_the_merge_commit_of_a_pull_request_since_its_first_parent(there: Repository) -> None:
    """What GitHub checks out, with a history of two commits."""
    there.write("mod.py", NEW)
    there.commit()
    there.git("checkout", "--quiet", "main")
    there.write("mains.py", "a = 1\n")
    there.commit()
    there.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    there.git("clone", "--quiet", "--depth=2", there.path.as_uri(), str(there.path.parent / "shallow"))
    assert Repository.changed(at(there.path.parent / "shallow"), "HEAD^1") == {"mod.py": [2, 5]}


def at(path: Path) -> Repository:
    """A repository that is there already."""
    found = object.__new__(Repository)
    found.path = path
    return found


# --------------------------------------------------------------------------------------- lines of statements


@pytest.mark.parametrize(
    ("text", "altered", "lines"),
    [
        pytest.param("x = 1\ny = 2\n", {2}, [2], id="a line"),
        pytest.param("f(1,\n  2,\n)\ng()\n", {2}, [1], id="within a call"),
        pytest.param("f(1,\n  2,\n)\ng()\n", {3, 4}, [1, 4], id="the end of a call, and the next line"),
        pytest.param("if (a and\n    b):\n    c()\n", {2}, [1], id="a condition"),
        pytest.param("if a:\n    # why\n    b()\n", {2}, [], id="a comment"),
        pytest.param("x = [  # why\n  1,\n]\n", {1}, [1], id="a comment beside code"),
        pytest.param("def f(\n    a,\n):\n    return a\n", {2}, [1], id="a parameter is the def line's"),
        pytest.param("@a\n@b(\n  1)\ndef f():\n    pass\n", {3}, [2], id="a decorator"),
        pytest.param("x = '''a\nb\nc'''\ny = 1\n", {2}, [1], id="within a string"),
        pytest.param("a = 1; b = 2\n", {1}, [1], id="two on one line"),
        pytest.param("x = 1 + \\\n  2\n", {2}, [1], id="a backslash"),
        pytest.param("a = 1\r\nb = (\r\n 2)\r\n", {3}, [2], id="carriage returns"),
        pytest.param("a = 1\n\x0c\nb = 2\n", {3}, [3], id="a form feed"),
        pytest.param("a = 1", {1}, [1], id="no newline at the end"),
        pytest.param("", {1}, [], id="an empty file"),
    ],
)  # fmt: skip
def test_statements(text: str, altered: set[int], lines: list[int]) -> None:
    path = Path("a.py")
    assert sorted(Changes("main", {path: frozenset(altered)}, frozenset()).lines(path, text)) == lines


def test_a_file_that_did_not_change() -> None:
    assert Changes("main", {}, frozenset()).lines(Path("a.py"), "x = 1\n") == frozenset()


# -------------------------------------------------------------------------------------- where it is run


@pytest.mark.parametrize("name", ["a b.py", "é/ü.py", 'a "b".py', "a\\b.py", "a\tb.py", "b/x.py", "+++ b.py"])
def test_unusual_names(there: Repository, name: str) -> None:
    if sys.platform == "win32" and set(name) & set('"\\\t'):
        pytest.skip("no such names here")
    there.write(name, OLD)
    there.git("checkout", "--quiet", "main")
    there.commit()
    there.git("checkout", "--quiet", "-b", "next")
    there.write(name, NEW)
    there.write("é new.py", "a = 1\n")
    assert there.changed() == {name: [2, 5], "é new.py": [1]}


def test_lines_that_look_like_a_patch(there: Repository) -> None:
    there.write("mod.py", OLD + "++ b/evil.py\n@@ -1 +1 @@\n\\ No newline at end of file\n-- a\n")
    there.write("other.py", "a = 1")
    there.commit()
    there.write("other.py", "b = 1")
    found = changes.since("main", there.path)
    assert {p.name: sorted(lines) for p, lines in found.altered.items()} == {
        "mod.py": [5, 6, 7, 8],
        "other.py": [1],
    }


def test_no_newline_before_and_after(there: Repository) -> None:
    there.write("mod.py", OLD.rstrip())
    there.write("second.py", "a = 1\n")
    there.commit()
    there.write("mod.py", OLD.rstrip() + " + 1")
    there.write("second.py", "a = 2\n")
    assert there.changed("HEAD") == {"mod.py": [4], "second.py": [1]}


@pytest.mark.parametrize(
    "text", ["a = '\0'\n", "# -*- coding: latin-1 -*-\na = '\xe9'\n"], ids=["binary", "latin-1"]
)
def test_bytes_that_are_no_text(there: Repository, text: str) -> None:
    (there.path / "mod.py").write_bytes(OLD.encode() + text.encode("latin-1"))
    there.write("image.png", "\0\0")
    found = changes.since("main", there.path)
    assert {p.name: min(lines) for p, lines in found.altered.items()} == {"mod.py": 5}


def test_a_root_below_the_top(there: Repository) -> None:
    there.write("service/mod.py", OLD)
    there.write("mod.py", NEW)
    assert there.changed(root="service") == {"mod.py": [2, 5], "service/mod.py": [1, 2, 3, 4]}


def test_a_worktree_and_a_detached_head(there: Repository) -> None:
    there.write("mod.py", NEW)
    there.commit()
    there.git("worktree", "add", "--quiet", "--detach", "../tree")
    assert at(there.path.parent / "tree").changed() == {"mod.py": [2, 5]}


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_links(there: Repository) -> None:
    """The root may be a link; a link in the repository is no file with lines."""
    (there.path / "link.py").symlink_to("mod.py")
    there.commit()
    there.write("mod.py", NEW)
    (there.path.parent / "elsewhere").symlink_to(there.path)
    found = changes.since("main", there.path.parent / "elsewhere")
    assert found.lines((there.path / "mod.py").resolve(), NEW) == {2, 5}


def test_submodules_are_left_out(there: Repository) -> None:
    inner = Repository(there.path.parent / "inner")
    there.git("submodule", "--quiet", "add", inner.path.as_uri(), "vendored")
    there.commit()
    there.write("vendored/mod.py", NEW)
    there.write("mod.py", NEW)
    assert there.changed() == {"mod.py": [2, 5]}


def test_a_submodule_is_a_repository_too(there: Repository) -> None:
    inner = Repository(there.path.parent / "inner")
    there.git("submodule", "--quiet", "add", "-b", "main", inner.path.as_uri(), "vendored")
    there.write("vendored/mod.py", NEW)
    assert at(there.path / "vendored").changed("origin/main") == {"mod.py": [2, 5]}


CONFIGURATIONS = {
    "color.ui": "always", "color.diff": "always", "diff.noprefix": "true", "diff.mnemonicPrefix": "true",
    "diff.external": "false", "diff.renames": "false", "diff.relative": "true", "core.quotePath": "true",
    "diff.context": "10", "diff.interHunkContext": "10", "diff.suppressBlankEmpty": "true", "diff.wordRegex": ".",
    "diff.submodule": "diff", "status.showUntrackedFiles": "no", "core.pager": "false", "diff.colorMoved": "zebra",
    "diff.python.textconv": "false", "diff.python.command": "false", "diff.ignoreSubmodules": "none",
    "core.attributesFile": "attributes", "diff.orderFile": "/dev/null", "diff.algorithm": "patience",
}  # fmt: skip


def test_configuration_changes_nothing(there: Repository) -> None:
    for name, value in CONFIGURATIONS.items():
        there.git("config", name, value)
    there.write(".git/info/attributes", "*.py diff=python\n")
    there.git("mv", "mod.py", "é.py")
    there.write("é.py", NEW)
    there.write("a/new.py", "a = 1\n")
    assert there.changed(root="a") == {"a/new.py": [1], "é.py": [2, 5]}


def test_the_environment_of_a_hook_changes_nothing(
    there: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(there.path.parent / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u10")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    there.write("mod.py", NEW)
    assert there.changed() == {"mod.py": [2, 5]}


def test_looking_changes_nothing(there: Repository) -> None:
    index = there.path / ".git/index"
    os.utime(there.path / "mod.py", (1, 1))
    before = index.read_bytes()
    there.changed()
    assert index.read_bytes() == before


# --------------------------------------------------------------------------------------------- refusals


def refusal(root: Path, since: str = "main") -> str:
    with pytest.raises(ConfigError, match=r"^--ai-gen-since: ") as caught:
        changes.since(since, root)
    return str(caught.value)


@pytest.mark.parametrize("since", ["", " ", "--output=x", "a\0b"])
def test_no_revision_at_all(there: Repository, since: str) -> None:
    assert "expected a revision, such as origin/main" in refusal(there.path, since)


@pytest.mark.parametrize("since", ["nothing", "main..work", "HEAD:mod.py", "0" * 40])
def test_an_unknown_revision(there: Repository, since: str) -> None:
    said = refusal(there.path, since)
    assert f"git knows no revision {since!r}; `git branch --all`" in said


def test_a_branch_of_a_remote_that_was_not_fetched(there: Repository) -> None:
    there.git("remote", "add", "origin", "nowhere")
    said = refusal(there.path, "origin/dev/one")
    assert "`git fetch origin +refs/heads/dev/one:refs/remotes/origin/dev/one` brings it" in said
    assert "unshallow" not in said


def test_the_fetch_that_is_proposed_brings_it(there: Repository) -> None:
    clone = at(there.path.parent / "clone")
    there.git("clone", "--quiet", "--depth=1", "--branch=work", there.path.as_uri(), str(clone.path))
    said = refusal(clone.path, "origin/main")
    assert "actions/checkout with fetch-depth: 0" in said
    clone.git(*said.split("`")[1].split()[1:], "--quiet")
    clone.git(*said.split("`")[3].split()[1:], "--quiet")
    clone.write("mod.py", NEW)
    assert clone.changed("origin/main") == {"mod.py": [2, 5]}


def test_a_history_that_is_cut_off(there: Repository) -> None:
    for branch in ("main", "work"):
        there.git("checkout", "--quiet", branch)
        there.write(f"{branch}.py", "a = 1\n")
        there.commit()
    clone = at(there.path.parent / "clone")
    there.git("clone", "--quiet", "--depth=1", "--no-single-branch", there.path.as_uri(), str(clone.path))
    assert "have no common ancestor here: this clone is shallow; `git fetch --unshallow`" in refusal(
        clone.path, "origin/main"
    )


def test_no_common_ancestor(there: Repository) -> None:
    there.git("checkout", "--quiet", "--orphan", "alone")
    there.write("mod.py", NEW)
    there.commit()
    assert refusal(there.path).endswith("main and HEAD have no common ancestor")


def test_no_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "new")], check=True)
    assert "has no commit yet" in refusal(tmp_path / "new")


def test_no_repository(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith(f"{tmp_path} is not in a git repository, so nothing tells what changed")


def test_inside_of_git(there: Repository) -> None:
    assert "not in the working tree" in refusal(there.path / ".git")


def test_no_git(there: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(there.path))
    assert "git cannot be started (No such file or directory); install it, or set PATH" in refusal(there.path)


def test_a_broken_repository(there: Repository) -> None:
    there.write(".git/config", "[core")
    assert "git does not tell where the repository" in refusal(there.path)
