"""The folder ``.pytest_aigen`` at the root of a project, which git is told to ignore.

It holds ``journal/`` (writes that were begun), ``lock`` (while a run is at work), ``unwritten/`` (patches with tests
that could not be written) and ``suspects/`` (tests that point at bugs).
"""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.errors import WriteError

NAME = ".pytest_aigen"


def journal(root: Path) -> Path:
    return root / NAME / "journal"


def suspects(root: Path) -> Path:
    return root / NAME / "suspects"


def made(folder: Path) -> Path:
    """The folder, below a `NAME`, made where it is missing. Raises WriteError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        top = next(place for place in (folder, *folder.parents) if place.name == NAME)
        ignore = top / ".gitignore"
        if not ignore.exists() or not ignore.stat().st_size:
            ignore.write_bytes(b"*\n")
    except OSError as exc:
        raise WriteError(f"the folder {NAME}, which it needs, cannot be written: {exc.strerror}") from exc
    return folder
