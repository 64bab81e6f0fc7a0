"""The end of a run: what is written, what is made again, and what is kept as a patch."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from pytest_aigen import patches
from pytest_aigen.data import Edit
from pytest_aigen.deliver import Delivery
from pytest_aigen.write import read

OLD, TEST = "def test_old():\n    pass\n", "\n\ndef test_new():\n    pass\n"
PATCH = ".pytest_aigen/unwritten/test_a.patch"
needs_git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def edit(path: Path, data: bytes = OLD.encode()) -> Edit:
    path.write_bytes(data)
    text = read(path)
    assert text is not None
    return Edit(path, text, text + TEST, ("test_new",))


class Again:
    """Makes edits anew, as a run does, or says that nothing is left."""

    def __init__(self, *, refuses: bool = False, spoils: bool = False, ends: bool = False) -> None:
        self.refuses, self.spoils, self.ends = refuses, spoils, ends
        self.asked: list[Path] = []

    async def __call__(self, paths: Collection[Path]) -> Sequence[Edit]:
        self.asked += paths
        if self.ends:
            raise asyncio.CancelledError
        texts = {path: read(path) or "" for path in paths}
        if self.spoils:
            for path in paths:
                path.write_text("changed again\n")
        return (
            [] if self.refuses else [Edit(p, text, text + TEST, ("test_new",)) for p, text in texts.items()]
        )


def deliver(root: Path, edits: Sequence[Edit], again: Again) -> Delivery:
    done = Delivery(root)
    asyncio.run(done.run(edits, again))
    return done


def git_apply(root: Path, patch: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=root, check=True)


def test_written_at_once(tmp_path: Path) -> None:
    again = Again()
    done = deliver(tmp_path, [edit(tmp_path / "test_a.py")], again)
    assert (done.unwritten, done.saved, again.asked) == ({}, {}, [])
    assert (tmp_path / "test_a.py").read_text() == OLD + TEST


def test_a_changed_file_is_made_again_and_the_others_are_not(tmp_path: Path) -> None:
    a, b = edit(tmp_path / "test_a.py"), edit(tmp_path / "test_b.py")
    a.path.write_text("# mine\n" + OLD)
    again = Again()
    done = deliver(tmp_path, [a, b], again)
    assert again.asked == [a.path]
    assert (done.unwritten, done.saved) == ({}, {})
    assert a.path.read_text() == "# mine\n" + OLD + TEST
    assert b.path.read_text() == OLD + TEST
    assert [e.before for e in done.edits] == ["# mine\n" + OLD, OLD]


def test_a_changed_file_whose_tests_are_refused_by_now_has_no_edit(tmp_path: Path) -> None:
    a = edit(tmp_path / "test_a.py")
    a.path.write_text("# mine\n")
    done = deliver(tmp_path, [a], Again(refuses=True))
    assert (done.edits, done.unwritten, done.saved) == ((), {}, {})
    assert a.path.read_text() == "# mine\n"


@needs_git
def test_a_file_that_changes_again_and_again_is_left_alone(tmp_path: Path) -> None:
    a = edit(tmp_path / "test_a.py")
    a.path.write_text("# mine\n" + OLD)
    done = deliver(tmp_path, [a], Again(spoils=True))
    assert done.unwritten == {a.path: "it changed since it was read"}
    assert a.path.read_text() == "changed again\n"
    assert done.saved == {a.path: tmp_path / PATCH}
    a.path.write_text("# mine\n" + OLD)
    git_apply(tmp_path, tmp_path / PATCH)
    assert a.path.read_text() == "# mine\n" + OLD + TEST


def test_ctrl_c_while_it_is_made_again_keeps_the_tests(tmp_path: Path) -> None:
    a = edit(tmp_path / "test_a.py")
    a.path.write_text("# mine\n")
    done = Delivery(tmp_path)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(done.run([a], Again(ends=True)))
    assert done.begun
    assert done.unwritten == {a.path: "it changed since it was read"}
    assert TEST.replace("\n", "\n+").strip("+") in done.saved[a.path].read_text()


@needs_git
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(OLD.encode(), id="plain"),
        pytest.param(OLD.replace("\n", "\r\n").encode(), id="carriage-returns"),
        pytest.param("# coding: latin-1\nX = 'ü'\n".encode("latin-1"), id="latin-1"),
        pytest.param("\ufeffX = 'ü'\n".encode(), id="byte-order-mark"),
        pytest.param(b"def test_old():\n    pass", id="no-last-newline"),
        pytest.param(b"\x0c\nX = 1 \n\t\n", id="form-feed-and-blanks"),
    ],
)
def test_a_patch_gives_the_bytes_that_would_have_been_written(tmp_path: Path, data: bytes) -> None:
    a = edit(tmp_path / "test_a.py", data)
    a.path.chmod(0o444)
    done = deliver(tmp_path, [a], Again())
    assert done.unwritten == {a.path: "it is read-only"}
    assert done.saved[a.path].read_bytes().startswith(b"Not written: it is read-only\ndiff --git a/test_a.py")
    a.path.chmod(0o644)
    git_apply(tmp_path, done.saved[a.path])
    assert a.path.read_bytes() == data + TEST.encode()


@needs_git
def test_a_new_module_as_a_patch(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("in the way")
    new = Edit(tmp_path / "tests" / "test_ä b.py", None, "X = 'ü'\n", ("test_new",))
    done = deliver(tmp_path, [new], Again())
    assert list(done.unwritten) == [new.path]
    (tmp_path / "tests").unlink()
    git_apply(tmp_path, done.saved[new.path])
    assert new.path.read_text("utf-8") == "X = 'ü'\n"


def test_no_patch_replaces_another(tmp_path: Path) -> None:
    a = edit(tmp_path / "test_a.py")
    names = [patches.saved(a, "why\nnot", root=tmp_path).name for _ in range(3)]
    assert names == ["test_a.patch", "test_a-2.patch", "test_a-3.patch"]


def test_where_the_project_cannot_be_written_the_patch_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / ".pytest_aigen").write_text("in the way")
    a = edit(root / "test_a.py")
    done = deliver(root, [a], Again())
    assert "the folder .pytest_aigen, which it needs, cannot be written" in done.unwritten[a.path]
    assert done.saved[a.path].is_relative_to(tmp_path / "temp")
    (tmp_path / "temp").chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    done = deliver(root, [a], Again())
    assert list(done.unwritten) == [a.path]
    assert done.saved == {}, "the report shows the tests"


def test_where_there_is_no_room_for_a_patch_no_half_of_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    temp, root = tmp_path / "temp", tmp_path / "root"
    temp.mkdir()
    root.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    a = edit(root / "test_a.py")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        done = deliver(root, [a], Again())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (list(done.unwritten), done.saved) == ([a.path], {})
    assert list(temp.iterdir()) == []
    assert list((root / ".pytest_aigen/unwritten").iterdir()) == []
    assert list((root / ".pytest_aigen/journal").iterdir()) == []
    assert a.path.read_text() == OLD
