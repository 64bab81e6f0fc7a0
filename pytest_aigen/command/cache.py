"""cache: lists what is kept in .pytest_aigen, with sizes, and removes it"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pytest_aigen import command, journal, lock, statefolder
from pytest_aigen.errors import AigenError
from pytest_aigen.reports.words import count


class Prune(Enum):
    """When `prune` takes a part."""

    UNASKED = 1  #: no run needs it
    NAMED = 2  #: it was paid for, or is kept nowhere else
    NEVER = 3  #: it belongs to a run


#: What each part is.
PARTS = {
    "last-run.json": ("the last run, for `pytest-aigen report` and `show`", Prune.UNASKED),
    "history.jsonl": ("what became of each test, run by run, for `pytest-aigen show`", Prune.UNASKED),
    "replies.sqlite": ("replies of models, for which an interrupted run does not pay again", Prune.NAMED),
    "suspects": ("tests that point at suspected bugs", Prune.NAMED),
    "unwritten": ("patches with tests that could not be written", Prune.NAMED),
    "journal": ("writes that were begun; the next run puts them right", Prune.NEVER),
    "lock": ("a run is at work, or was killed", Prune.NEVER),
}
_OURS = {".gitignore"}


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    what: str
    prune: Prune
    files: int
    size: int


def arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="prune")
    prune = commands.add_parser(
        "prune",
        help="remove the last run and the history; with names, those parts",
        description="Removes what no run needs. Tests that are kept nowhere else, and replies of models, which were paid for, go only where they are named.",
    )
    prune.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    prune.set_defaults(prunes=True)
    parser.set_defaults(prunes=False, parts=[])


def run(given: argparse.Namespace, say: command.Say) -> int:
    root = command.root(given.rootdir)
    folder = root / statefolder.NAME
    found = parts(folder)
    if not found:
        say(f"nothing is kept in {root}")
        return 0
    if given.prunes:
        return _prune(root, folder, found, given.parts, say)
    width = max(len(part.name) for part in found)
    say(f"{folder}")
    for part in found:
        say(
            f"  {part.name.ljust(width)}  {size(part.size).rjust(8)}  {count(part.files, 'file')}  {part.what}"
        )
    say(f"  {'total'.ljust(width)}  {size(sum(part.size for part in found)).rjust(8)}")
    return 0


def parts(folder: Path) -> list[Part]:
    """What is there, in the order of its names; empty where the folder is not."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        if path.name not in _OURS:
            inside = [path] if not path.is_dir() else [p for p in path.rglob("*") if p.is_file()]
            what, prune = PARTS.get(path.name, ("not of pytest-aigen", Prune.NEVER))
            if not inside:
                continue
            found.append(Part(path.name, what, prune, len(inside), sum(p.stat().st_size for p in inside)))
    return found


def _prune(root: Path, folder: Path, found: list[Part], wanted: list[str], say: command.Say) -> int:
    removable = sorted(name for name, (_, prune) in PARTS.items() if prune is not Prune.NEVER)
    for name in wanted:
        if name not in removable:
            raise AigenError(f"{name!r} is nothing to remove; there are {', '.join(removable)}")
    if journal.is_open(root):
        raise AigenError(
            "a run was killed while it wrote: run pytest --ai-gen, which puts it right, and try again"
        )
    with lock.held(root):  # raises LockedError while a run is at work
        gone = [part for part in found if (part.name in wanted if wanted else part.prune is Prune.UNASKED)]
        for part in gone:
            path = folder / part.name
            try:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            except OSError as error:
                raise AigenError(f"{path} cannot be removed: {error.strerror}") from error
            say(f"removed {part.name}: {count(part.files, 'file')}, {size(part.size)}")
    if not gone:
        say("nothing was there to remove")
    for part in found:
        if part not in gone and part.prune is Prune.NAMED:
            say(f"kept {part.name}: {part.what} (pytest-aigen cache prune {part.name})")
    return 0


def size(number: int) -> str:
    """
    >>> size(999), size(12_345), size(3_200_000)
    ('999 B', '12.3 kB', '3.2 MB')
    """
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number} B"
