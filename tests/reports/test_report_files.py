"""Report files: replaced at once, links and devices kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_aigen.reports import files


def test_it_makes_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a/b/report.json"
    for text in ("one", "two"):
        files.write(path, text.encode())
        assert path.read_text("utf-8") == text
    assert os.listdir(path.parent) == ["report.json"]


def test_a_failure_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", "utf-8")

    def refuse(*paths: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        files.write(path, b"new")
    assert path.read_text("utf-8") == "old"
    assert os.listdir(tmp_path) == ["report.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "latest.json"
    link.symlink_to(tmp_path / "real.json")
    files.write(link, b"text")
    assert link.is_symlink()
    assert (tmp_path / "real.json").read_text("utf-8") == "text"


@pytest.mark.skipif(sys.platform == "win32", reason="devices")
def test_a_device_is_written_to() -> None:
    files.write(Path(os.devnull), b"text")
    assert not Path(os.devnull).is_file()
