"""Files under ``tmp_path``: made for the call, left by the call, and nothing outside."""

from __future__ import annotations

import ast
import os
import tempfile
from pathlib import Path

import pytest

from pytest_aigen.explore.room import Room
from tests.explore.conftest import Propose

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="probes run in forks here")


def bodies(propose: Propose, qualname: str) -> list[str]:
    """The statements of each test."""
    found = [ast.parse(candidate.code).body[-1] for candidate in propose("paths", qualname)]
    return ["\n".join(map(ast.unparse, node.body)) for node in found if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize(
    ("qualname", "body"),
    [
        pytest.param(
            "load",
            "path = tmp_path / 'file.txt'\npath.write_text('{\"a\": 1}')\nassert load(path) == ['{\"a\":', '1}']",
            id="a file",
        ),
        pytest.param(
            "load",
            "path = tmp_path / 'file.json'\npath.write_text('{\"a\": 1}')\nassert load(path) == {'a': 1}",
            id="a file with the ending and the content that the code asks for",
        ),
        pytest.param(
            "load",
            "with pytest.raises(FileNotFoundError, match='no settings'):\n    load(tmp_path / 'missing.txt')",
            id="no file",
        ),
        pytest.param(
            "count_lines",
            "path = tmp_path / 'file.txt'\npath.write_text('{\"a\": 1}')\nassert count_lines(str(path)) == 1",
            id="a path that is a text",
        ),
        pytest.param(
            "save",
            "save(tmp_path / 'missing.txt', 'True')\nassert (tmp_path / 'missing.txt').read_text() == 'TRUE'",
            id="a file that was written",
        ),
        pytest.param(
            "names",
            "(tmp_path / 'file.toml').write_text('{\"a\": 1}')\nassert names(str(tmp_path)) == ['file.toml']",
            id="a folder with a file",
        ),
        pytest.param(
            "drop",
            "path = tmp_path / 'file.txt'\npath.write_text('{\"a\": 1}')\nassert drop(str(path)) is True\nassert not path.exists()",
            id="a file that was removed",
        ),
        pytest.param(
            "drop", "assert drop(str(tmp_path / 'missing.txt')) is False", id="a file that is not there"
        ),
        pytest.param(
            "prepare", "prepare(tmp_path)\nassert (tmp_path / 'cache').is_dir()", id="a folder that was made"
        ),
        pytest.param(
            "size",
            "path = tmp_path / 'file.txt'\npath.write_text('{\"a\": 1}')\nassert size(path) == 8",
            id="the size of a file, not of a folder",
        ),
        pytest.param(
            "beside", "assert beside(Path('file')) == Path('lock')", id="no file where none is asked for"
        ),
    ],
)
def test_files(propose: Propose, qualname: str, body: str) -> None:
    assert body in bodies(propose, qualname)


@pytest.mark.parametrize(
    "qualname",
    [
        pytest.param("outside", id="writes elsewhere"),
        pytest.param("climbs", id="writes above the folder"),
        pytest.param("links", id="makes a link that leads out"),
        pytest.param("changed", id="a moment that a file has"),
    ],
)
def test_what_is_no_test(propose: Propose, qualname: str) -> None:
    assert propose("paths", qualname) == []
    assert not Path("/tmp/aigen-outside.txt").exists()
    assert not (Path(tempfile.gettempdir()) / "aigen-outside.txt").exists()


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "..", "a//b"])
def test_names_that_lead_out_of_the_folder(name: str) -> None:
    room = Room()
    room.open()
    try:
        with pytest.raises(ValueError, match="no path below the folder"):
            room.place(name, "x")
        assert not room.changes()
    finally:
        room.close()


def test_a_link_is_followed(tmp_path: Path) -> None:
    room = Room()
    room.open()
    try:
        inside = Path(room.place("a.txt", "x"))
        assert room.holds(inside)
        assert not room.holds("a.txt")
        (inside.parent / "link").symlink_to(tmp_path)
        assert not room.holds(inside.parent / "link" / "b.txt")
        assert not room.holds(inside / ".." / ".." / ".." / "b.txt")
    finally:
        room.close()
    assert not inside.exists()
    assert not room.holds(inside)
