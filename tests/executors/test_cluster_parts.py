"""What is sent to a cluster, and how it is named there; nothing here needs dask."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Job, Outcome, Reached, Run, Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.executors import cluster
from pytest_aigen.executors.cluster import inventory, tree
from pytest_aigen.executors.cluster.moved import packed, unpacked
from pytest_aigen.executors.cluster.tree import Tree, foreign, portable, unpack
from tests.executors.conftest import write

FILES = {
    ".gitignore": "*.secret\nbuild/\n",
    ".env": "not ignored\n",
    "a.secret": "",
    "build/made.py": "",
    "src/shop/__init__.py": "VALUE = 1\n",
    "src/shop/__pycache__/x.cpython-312.pyc": "",
    "tests/data/new file.txt": "not committed\n",
    ".pytest_aigen/replies.sqlite": "",
    "env/pyvenv.cfg": "",
    "env/lib/thing.py": "",
}


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y", *words], cwd=root, check=True)


def place(root: Path, **changes: object) -> Workplace:
    source = root / "src/shop/__init__.py"
    made = Workplace(root, root, (), (str(root / "src"),), (root / "tests",), (source,))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write(tmp_path / "repo", FILES)
    git(root, "init", "-q")
    return root


def test_the_archive_holds_what_git_does_not_ignore(project: Path) -> None:
    git(project, "add", "src")
    git(project, "commit", "-qm", "x")
    (project / "src/shop/__init__.py").write_text("VALUE = 2\n", "utf-8")
    (project / "link").symlink_to("src")
    (project / "run.sh").write_text("#!/bin/sh\n", "utf-8")
    (project / "run.sh").chmod(0o755)
    git(project, "add", "run.sh")
    (project / "src/gone.py").write_text("", "utf-8")
    git(project, "add", "src")
    (project / "src/gone.py").unlink()
    there = project.parent / "there"
    unpack(Tree(project).archive(), there)
    assert sorted(p.relative_to(there).as_posix() for p in there.rglob("*") if not p.is_dir() or p.is_symlink()) == [
        ".env", ".gitignore", "link", "run.sh", "src/shop/__init__.py", "tests/data/new file.txt"
    ]  # fmt: skip
    assert (there / "src/shop/__init__.py").read_text("utf-8") == "VALUE = 2\n"
    assert os.readlink(there / "link") == "src"
    assert os.access(there / "run.sh", os.X_OK)
    assert not os.access(there / ".env", os.X_OK)


def test_other_repositories_in_it(project: Path) -> None:
    inner = write(project / "vendor/inner", {"code.py": "", ".gitignore": "*.log\n", "x.log": ""})
    git(inner, "init", "-q")
    assert {"vendor/inner/code.py", "vendor/inner/.gitignore"} == {
        name for name in Tree(project).files() if name.startswith("vendor")
    }


def test_where_git_is_no_help_caches_are_left_out(tmp_path: Path) -> None:
    root = write(tmp_path / "plain", FILES)
    files = Tree(root).files()
    assert files == [
        ".env",
        ".gitignore",
        "a.secret",
        "build/made.py",
        "src/shop/__init__.py",
        "tests/data/new file.txt",
    ]


def test_the_key_is_that_of_the_content(project: Path) -> None:
    key = Tree(project).key()
    os.utime(project / "src/shop/__init__.py", (1, 1))
    (project / "a.secret").write_text("other", "utf-8")
    assert Tree(project).key() == key
    (project / "src/shop/__init__.py").write_text("VALUE = 3\n", "utf-8")
    assert Tree(project).key() != key


def test_a_checkout_is_made_whole_or_not_at_all(project: Path) -> None:
    archive, there = Tree(project).archive(), project.parent / "deep/there"
    with pytest.raises(EOFError):
        unpack(archive[: len(archive) // 2], there)
    assert list(there.parent.iterdir()) == []
    unpack(archive, there)
    (there / "mark").touch()
    unpack(archive, there)
    assert [path.name for path in there.parent.iterdir()] == ["there"]
    assert (there / "mark").exists(), "the one that is there stays"


def test_what_is_too_large_is_not_sent(project: Path) -> None:
    with (project / "large").open("wb") as stream:
        stream.truncate(tree.LARGEST + 1)
    with pytest.raises(
        ConfigError, match=r"that git does not ignore are more than 1024 MB, large the largest"
    ):
        Tree(project).archive()


def test_the_tree_is_as_small_as_it_can_be(project: Path) -> None:
    write(project, {"one/src/a.py": "", "two/b.py": "", "two/tests/test_b.py": ""})
    two = place(project / "two", folders=(), sources=(project / "two/b.py",), sys_path=())
    moved, found = portable(two, "OPTION")
    assert found.folder == project / "two"
    assert moved.sys_path == (str(project / "two"),), "where an import hook finds it, for instance"
    _, found = portable(replace(two, sys_path=(str(project / "one/src"),)), "OPTION")
    assert found.folder == project
    _, found = portable(replace(two, cwd=project / "one"), "OPTION")
    assert found.folder == project


def test_of_the_path_only_what_is_not_installed_counts(project: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    environment = [
        os.path.join(sys.prefix, "bin"),
        *(entry for entry in sys.path if "site-packages" in entry),
    ]
    given = ("", *environment, str(more), str(tmp_path / "nowhere"), os.__file__.rpartition("/")[0])
    moved, found = portable(place(project, sys_path=given), "OPTION")
    assert moved.sys_path == tuple(map(str, (project, more, tmp_path / "nowhere", project / "src")))
    assert foreign(moved, found) == [str(more)], "workers have to have it"


def test_by_a_link(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    moved, found = portable(place(project, cwd=link, sys_path=(str(link / "src"),)), "OPTION")
    assert (moved.cwd, moved.sys_path, found.folder) == (project, (str(project / "src"),), project)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"cwd": Path("/")}, "/, the folder in which pytest was started"),
        ({"cov_config": Path("/etc/coveragerc")}, "/etc/coveragerc, the configuration of coverage.py"),
        ({"sources": (Path(os.__file__),)}, "os.py, a source file"),
    ],
    ids=["working directory", "configuration", "source"],
)
def test_what_no_other_machine_has(project: Path, change: dict[str, object], what: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"^OPTION: .*{what}, is not in {project}, and so on no other machine"
    ):
        portable(place(project, **change), "OPTION")


def test_records_on_their_way() -> None:
    home, there, none = Path("/home/me/repo"), Path("/scratch/pytest-aigen-0a1b"), Path("/elsewhere/x.py")
    sent = place(
        home,
        args=("--cov-config=/home/me/repo/x.ini", "-k", "/home/me/repository"),
        allow=("write=/home/me/repo/out",),
    )
    found = unpacked(packed(sent, home), there)
    assert found == place(there, args=("--cov-config=/scratch/pytest-aigen-0a1b/x.ini", "-k", "/home/me/repository"), allow=("write=/scratch/pytest-aigen-0a1b/out",))  # fmt: skip
    text = "PLACE = '/home/me/repo/data'\n"
    job = Job(home / "tests/test_a.py", ("test_a",), {home / "tests/test_a.py": text, none: ""})
    moved = unpacked(packed(job, home), there)
    assert moved == replace(
        job, path=there / "tests/test_a.py", overlay={there / "tests/test_a.py": text, none: ""}
    )
    run = Run(
        Outcome.FAILED,
        {there / "src/a.py": Reached(frozenset({1})), none: Reached(frozenset({2}))},
        detail=f"{there}/src/a.py:1: AssertionError: ('{there}')",
        value=({"where": (there, f"<{there}>")}, there / "b"),
    )
    assert unpacked(packed(run, there, anywhere=True), home) == Run(
        Outcome.FAILED,
        {home / "src/a.py": Reached(frozenset({1})), none: Reached(frozenset({2}))},
        detail=f"{home}/src/a.py:1: AssertionError: ('{home}')",
        value=({"where": (home, f"<{home}>")}, home / "b"),
    )


def test_the_inventory_is_that_of_the_interpreter() -> None:
    found = inventory.of_candidates()
    assert found["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert found["packages"]["pytest"] == pytest.__version__
    assert "pip" not in found["packages"]
    assert inventory.differences(found, found) == []
    editable = found.copy()
    editable["packages"] = {**found["packages"], "pytest": inventory.EDITABLE}
    assert inventory.differences(found, editable) == [], "whatever version that says it is"


@pytest.mark.parametrize("name", ["fork", "dusk", "daskish"])
def test_other_names(project: Path, name: str) -> None:
    assert cluster.pytest_aigen_executor(name, place(project)) is None


@pytest.mark.parametrize("name", ["dask", "dask:"])
def test_without_an_address(project: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="address of the scheduler is missing: dask:tcp://HOST:8786"):
        cluster.pytest_aigen_executor(name, place(project))


@pytest.mark.skipif(importlib.util.find_spec("distributed") is not None, reason="distributed is installed")
def test_without_the_extra(project: Path) -> None:
    with pytest.raises(ConfigError, match=r"dask:tcp://x:1: this needs pip install pytest-aigen\[dask\]$"):
        cluster.pytest_aigen_executor("dask:tcp://x:1", place(project))


def test_the_archive_says_nothing_of_this_machine(project: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(Tree(project).archive())) as tar:
        owners = {(info.uid, info.gid, info.uname, info.gname, info.mtime) for info in tar.getmembers()}
    assert len(owners) == 1
    assert owners.pop()[:4] == (0, 0, "", "")
