"""Writing: refusals beside acceptances, and a process that ends between any two steps."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from pytest_aigen.data import Edit
from pytest_aigen.errors import FileChanged, WriteError
from pytest_aigen.journal import recover
from pytest_aigen.write import _put, check, read, write

OLD = "def test_old():\n    pass\n"
NEW = OLD + "\n\ndef test_new():\n    pass\n"

STEPS = ["copy", "open entry", "make folders", "write temporary file", "replace"]
STEPS += ["sync folder", "close entry", "done"]


class Killed(BaseException):
    """Ends a write as SIGKILL would: nothing catches it."""


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / ".pytest_aigen" / "journal"
        self.path = root / "tests" / "test_it.py"

    def put(self, data: bytes = OLD.encode()) -> Edit:
        """A test module on disk, and the edit that adds a test to it."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_bytes(data)
        before = read(self.path)
        assert before is not None
        return Edit(self.path, before, before + NEW[len(OLD) :], ("test_new",))

    def write(self, *edits: Edit) -> dict[Path, str]:
        return {path: str(why) for path, why in write(edits, root=self.root).items()}

    def files(self) -> set[str]:
        """All files, and all empty folders, but those that always stay: the journal, and what tells git to ignore it."""
        found = {p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()}
        empty = {p for p in self.root.rglob("*") if p.is_dir() and not any(p.iterdir())}
        return (found | {p.relative_to(self.root).as_posix() for p in empty}) - {
            ".pytest_aigen/.gitignore",
            ".pytest_aigen/journal",
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "root"
    root.mkdir()
    return Project(root)


# ----------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"a\r\nb\rc\n\x0c", "a\r\nb\rc\n\x0c", id="newlines-untouched"),
        pytest.param(b"\xef\xbb\xbfx = 1\n", "\ufeffx = 1\n", id="mark-kept"),
        pytest.param(
            "# coding: latin-1\nx = 'ü'\n".encode("latin-1"), "# coding: latin-1\nx = 'ü'\n", id="declared"
        ),
        pytest.param("x = 'ü'\n".encode(), "x = 'ü'\n", id="utf-8"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_read(project: Project, data: bytes, text: str) -> None:
    edit = project.put(data)
    assert edit.before == text
    assert project.write(edit) == {}
    assert project.path.read_bytes() == data + NEW[len(OLD) :].encode()


def test_read_nothing(project: Project) -> None:
    assert read(project.path) is None


@pytest.mark.parametrize(
    "data", [b"x = '\xff'\n", b"# coding: nonsense\n", b"\xef\xbb\xbf# coding: latin-1\n"]
)
def test_read_refused(project: Project, data: bytes) -> None:
    with pytest.raises(WriteError, match=r"test_it\.py"):
        project.put(data)


def test_read_folder_refused(project: Project) -> None:
    with pytest.raises(WriteError, match="is not a file"):
        read(project.root)


# ----------------------------------------------------------------------------------------------- writing


def test_write(project: Project) -> None:
    assert project.write(project.put()) == {}
    assert project.path.read_text() == NEW
    assert project.files() == {"tests/test_it.py"}
    assert (project.state.parent / ".gitignore").read_text() == "*\n"


def test_write_new_file_in_new_folders(project: Project) -> None:
    path = project.root / "tests/a/b/test_it.py"
    assert project.write(Edit(path, None, "x = 'ü'\n", ("test_new",))) == {}
    assert path.read_bytes() == "x = 'ü'\n".encode()
    assert project.files() == {"tests/a/b/test_it.py"}


def test_write_nothing(project: Project) -> None:
    edit = project.put()
    assert project.write(Edit(edit.path, OLD, OLD, ())) == {}
    assert not project.state.exists()


def test_mode_is_kept(project: Project) -> None:
    edit = project.put()
    project.path.chmod(0o754)
    project.write(edit)
    assert stat.S_IMODE(project.path.stat().st_mode) == 0o754


def test_owner_and_extended_attributes_are_kept(project: Project) -> None:
    edit = project.put()
    owned = os.geteuid() == 0
    if owned:
        os.chown(project.path, 12345, 23456)
    try:
        os.setxattr(project.path, "user.note", b"mine")  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        if not owned:
            pytest.skip("neither another owner nor attributes can be had here")
    project.path.chmod(0o4640)
    kept = (
        {name: os.getxattr(project.path, name) for name in os.listxattr(project.path)}
        if hasattr(os, "listxattr")
        else {}
    )
    assert project.write(edit) == {}
    status = project.path.stat()
    assert not owned or (status.st_uid, status.st_gid) == (12345, 23456)
    assert stat.S_IMODE(status.st_mode) == 0o4640
    assert all(os.getxattr(project.path, name) == value for name, value in kept.items())


def test_a_private_file_is_never_readable_by_others(project: Project) -> None:
    edit = project.put()
    project.path.chmod(0o600)
    seen: dict[str, int] = {}

    def step(name: str) -> None:
        for path in project.root.rglob("*"):
            if path.is_file() and OLD.encode() in path.read_bytes():
                seen[path.suffix] = seen.get(path.suffix, 0) | path.stat().st_mode & 0o077

    assert write([edit], root=project.root, step=step) == {}
    assert seen == {".py": 0, ".before": 0, ".aigen": 0}


def test_a_new_file_obeys_the_umask(project: Project) -> None:
    path = project.root / "test_new.py"
    before = os.umask(0o027)
    try:
        assert project.write(Edit(path, None, NEW, ())) == {}
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_appears_in_the_last_moment_is_kept(project: Project) -> None:
    """Also after the last look: the name is taken without replacing what has it."""
    path = project.root / "test_new.py"

    def step(name: str) -> None:
        if name == "replace":
            path.write_text("mine")

    unwritten = write([Edit(path, None, NEW, ())], root=project.root, step=step)
    assert isinstance(unwritten[path], FileChanged)
    assert path.read_text() == "mine"
    temporary = project.root / ".temporary"
    temporary.write_text(NEW)
    with pytest.raises(FileChanged, match="it exists by now"):
        _put(temporary, path, new=True)
    assert path.read_text() == "mine"


def test_through_a_link_to_a_folder(project: Project) -> None:
    edit = project.put()
    (project.root / "linked").symlink_to(project.path.parent)
    given = project.root / "linked" / project.path.name
    assert project.write(Edit(given, OLD, NEW, edit.tests)) == {}
    assert project.path.read_text() == NEW
    assert project.write(Edit(project.root / "linked" / "test_more.py", None, NEW, edit.tests)) == {}
    assert (project.path.parent / "test_more.py").read_text() == NEW


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs limits of a process")
def test_no_room(project: Project) -> None:
    """A limit of the system on what a process writes, which holds for every user, as a full disk does."""
    import resource

    edit = project.put()
    large = Edit(edit.path, edit.before, edit.after + "# " + "x" * 100_000 + "\n", edit.tests)
    small = Edit(project.root / "test_fine.py", None, NEW, ())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        unwritten = project.write(large, small)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert unwritten == {project.path: f"it cannot be written: {os.strerror(27)}"}
    assert project.path.read_text() == OLD
    assert project.files() == {"tests/test_it.py", "test_fine.py"}


def test_trouble_after_the_file_is_written_is_no_reason(project: Project) -> None:
    edit = project.put()

    def step(name: str) -> None:
        if name == "close entry":
            raise OSError(5, os.strerror(5))

    assert write([edit], root=project.root, step=step) == {}
    assert project.path.read_text() == NEW
    (line,) = recover(project.root)
    assert line.endswith("the tests are in the file")
    assert project.files() == {"tests/test_it.py"}


@pytest.mark.parametrize("place", ["state", "folder"])
def test_folder_that_cannot_be_written(project: Project, place: str) -> None:
    """A file where a folder should be: also root cannot write there."""
    edit = project.put()
    if place == "state":
        (project.root / ".pytest_aigen").write_text("in the way")
        assert "the folder .pytest_aigen, which it needs, cannot be written" in project.write(edit)[edit.path]
        assert project.path.read_text() == OLD
    elif os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    else:
        project.write(edit)  # makes the journal
        fresh = Edit(project.path.parent / "test_new.py", None, NEW, ())
        project.path.parent.chmod(0o555)
        try:
            assert project.write(fresh)[fresh.path].startswith(
                f"the folder {project.path.parent} cannot be written"
            )
        finally:
            project.path.parent.chmod(0o755)
        assert recover(project.root) == ()


def test_written_through_links(project: Project) -> None:
    edit = project.put()
    link = project.root / "test_link.py"
    link.symlink_to(project.path)
    assert project.write(Edit(link, OLD, NEW, edit.tests)) == {}
    assert link.is_symlink()
    assert project.path.read_text() == NEW


def refuse_changed(project: Project, edit: Edit) -> Edit:
    project.path.write_text(OLD + "# changed\n")
    return edit


def refuse_changed_end(project: Project, edit: Edit) -> Edit:
    project.path.write_bytes(OLD.replace("\n", "\r\n").encode())
    return edit


def refuse_removed(project: Project, edit: Edit) -> Edit:
    edit.path.unlink()
    return edit


def refuse_existing(project: Project, edit: Edit) -> Edit:
    return Edit(edit.path, None, NEW, edit.tests)


def refuse_read_only(project: Project, edit: Edit) -> Edit:
    project.path.chmod(0o444)
    return edit


def refuse_folder(project: Project, edit: Edit) -> Edit:
    project.path.unlink()
    project.path.mkdir()
    return edit


def refuse_parent(project: Project, edit: Edit) -> Edit:
    return Edit(project.path / "test_below.py", None, NEW, edit.tests)


def refuse_outside(project: Project, edit: Edit) -> Edit:
    return Edit(project.root.parent / "test_out.py", None, NEW, edit.tests)


def refuse_link_to_outside(project: Project, edit: Edit) -> Edit:
    outside = project.root.parent / "test_out.py"
    outside.write_text(OLD)
    project.path.unlink()
    project.path.symlink_to(outside)
    return edit


def refuse_hard_link(project: Project, edit: Edit) -> Edit:
    os.link(project.path, project.root.parent / "backup.py")
    return edit


def refuse_loop(project: Project, edit: Edit) -> Edit:
    project.path.unlink()
    project.path.symlink_to("test_it.py")
    return edit


def refuse_encoding(project: Project, edit: Edit) -> Edit:
    text = "# coding: latin-1\n"
    project.path.write_text(text)
    return Edit(edit.path, text, f"{text}x = '\u20ac'\n", edit.tests)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (refuse_changed, "it changed since it was read"),
        (refuse_changed_end, "it changed since it was read"),
        (refuse_removed, "it was removed since it was read"),
        (refuse_existing, "it exists by now"),
        (refuse_read_only, "it is read-only"),
        (refuse_folder, "test_it.py is not a file"),
        (refuse_parent, "Not a directory"),
        (refuse_outside, "it is outside"),
        (refuse_link_to_outside, "it is outside"),
        (refuse_hard_link, "it is a hard link, one of 2 names"),
        (refuse_loop, "Too many levels of symbolic links"),
        (refuse_encoding, "its encoding, iso-8859-1, cannot hold the new tests"),
    ],
)
def test_refused(project: Project, spoil: object, reason: str) -> None:
    assert callable(spoil)
    edit = spoil(project, project.put())
    data = edit.path.read_bytes() if edit.path.is_file() else None
    before = project.files()

    fine = Edit(project.root / "test_fine.py", None, NEW, ("test_new",))
    unwritten = project.write(edit, fine)

    assert list(unwritten) == [edit.path]
    assert reason in unwritten[edit.path]
    assert fine.path.read_text() == NEW, "the others go on"
    assert data == (edit.path.read_bytes() if edit.path.is_file() else None)
    assert project.files() == before | {"test_fine.py"} - ({"tests"} if "tests" not in before else set())
    assert not (project.root.parent / "test_out.py").exists() or spoil is refuse_link_to_outside


def test_changed_in_the_last_moment(project: Project) -> None:
    edit = project.put()

    def step(name: str) -> None:
        if name == "replace":
            project.path.write_text("mine")

    unwritten = write([edit], root=project.root, step=step)
    assert [str(why) for why in unwritten.values()] == ["it changed since it was read"]
    assert isinstance(unwritten[project.path], FileChanged)
    assert project.path.read_text() == "mine"
    assert project.files() == {"tests/test_it.py"}


def test_failing_disk(project: Project) -> None:
    path = project.root / "a/b/test_it.py"

    def step(name: str) -> None:
        if name == "replace":
            raise OSError(28, os.strerror(28))

    unwritten = write([Edit(path, None, NEW, ())], root=project.root, step=step)
    assert str(unwritten[path]) == f"it cannot be written: {os.strerror(28)}"
    assert project.files() == set()


# ----------------------------------------------------------------------------------------------- crashing


def crash(project: Project, edit: Edit, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            raise Killed

    with pytest.raises(Killed):
        write([edit], root=project.root, step=step)


def test_steps_are_all(project: Project) -> None:
    seen: list[str] = []
    write([project.put()], root=project.root, step=seen.append)
    assert seen == STEPS


@pytest.mark.parametrize("at", STEPS)
def test_crash(project: Project, at: str) -> None:
    edit = project.put()
    crash(project, edit, at)
    complete = STEPS.index(at) > STEPS.index("replace")
    assert project.path.read_text() == (NEW if complete else OLD)

    lines = recover(project.root)

    assert project.path.read_text() == (NEW if complete else OLD)
    assert project.files() == {"tests/test_it.py"}
    opened = STEPS.index("open entry") < STEPS.index(at) < STEPS.index("done")
    assert len(lines) == opened
    assert all(line.startswith("tests/test_it.py: ") for line in lines)
    assert recover(project.root) == ()


@pytest.mark.parametrize("at", STEPS)
def test_crash_of_a_new_file(project: Project, at: str) -> None:
    path = project.root / "tests/a/test_it.py"
    crash(project, Edit(path, None, NEW, ()), at)
    recover(project.root)
    complete = at in STEPS[5:]
    assert project.files() == ({"tests/a/test_it.py"} if complete else set())


@pytest.mark.parametrize("left", [b"", None], ids=["emptied", "gone"])
def test_file_lost_by_the_system_is_restored(project: Project, left: bytes | None) -> None:
    crash(project, project.put(), "close entry")
    if left is None:
        project.path.unlink()
    else:
        project.path.write_bytes(left)
    (line,) = recover(project.root)
    assert line == "tests/test_it.py: an interrupted write was rolled back; the file was restored"
    assert project.path.read_text() == OLD
    assert project.files() == {"tests/test_it.py"}


def test_file_changed_after_the_crash_is_left_alone(project: Project) -> None:
    crash(project, project.put(), "replace")
    project.path.write_text("mine")
    (line,) = recover(project.root)
    assert (
        line == "tests/test_it.py: a write was interrupted, and the file was changed since; it was left alone"
    )
    assert project.path.read_text() == "mine"
    assert project.files() == {"tests/test_it.py"}


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../out.py"},
        {"temporary": "../out.py"},
        {"temporary": "test_it.py"},
        {"path": None},
        {"folders": ["../empty"]},
        {"id": "../../out"},
        {"unknown": 1},
    ],
)
def test_forged_entry_touches_nothing(project: Project, change: dict[str, object]) -> None:
    crash(project, project.put(), "replace")
    (record,) = project.state.glob("*.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
    outside = project.root.parent / "out.py"
    outside.write_text("mine")
    empty = project.root.parent / "empty"
    empty.mkdir()
    (line,) = recover(project.root)
    assert "cannot be rolled back" in line
    assert outside.read_text() == "mine"
    assert empty.is_dir()
    assert project.path.read_text() == OLD


def test_damaged_copy_is_not_restored(project: Project) -> None:
    crash(project, project.put(), "replace")
    (copy,) = project.state.glob("*.before")
    copy.write_bytes(b"?")
    project.path.write_bytes(b"")
    (line,) = recover(project.root)
    assert "is damaged" in line
    assert project.path.read_bytes() == b""


def test_nothing_to_recover(project: Project) -> None:
    assert recover(project.root) == ()


# ------------------------------------------------------------------------------------------- before a run


@pytest.mark.parametrize(
    "spoil", [refuse_folder, refuse_outside, refuse_link_to_outside, refuse_parent, refuse_loop]
)
def test_check_refuses_what_can_never_take_a_test(project: Project, spoil: object) -> None:
    assert callable(spoil)
    edit = spoil(project, project.put())
    with pytest.raises(WriteError):
        check(edit.path, root=project.root)


@pytest.mark.parametrize("name", ["tests/test_it.py", "tests/test_new.py", "a/b/test_new.py"])
def test_check_has_nothing_against_others(project: Project, name: str) -> None:
    project.put()
    check(project.root / name, root=project.root)
