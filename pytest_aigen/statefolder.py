"""The folder ``.pytest_aigen`` at the root of a project, which git is told to ignore.

It holds ``journal/`` (writes that were begun), ``lock`` (while a run is at work), ``unwritten/`` (patches with tests
that could not be written), ``suspects/`` (tests that point at bugs), ``last-run.json`` (the report of the last run
that wrote), ``history.jsonl`` (what became of each test, run by run) and ``replies.sqlite`` (replies of models).
"""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.errors import WriteError

NAME = ".pytest_aigen"


def journal(root: Path) -> Path:
    return root / NAME / "journal"


def last_run(root: Path) -> Path:
    return root / NAME / "last-run.json"


def history(root: Path) -> Path:
    return root / NAME / "history.jsonl"


def replies(root: Path) -> Path:
    return root / NAME / "replies.sqlite"


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
