"""merge: joins what the shards of a run wrote with --ai-gen-report=shard:PATH, and adds the tests to their modules"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from pytest_aigen import command, journal, lock, patches, unite, write
from pytest_aigen.data import Ended
from pytest_aigen.errors import AigenError, WriteError
from pytest_aigen.reports import shard
from pytest_aigen.reports.shard import Part
from pytest_aigen.reports.words import count, percent, relative
from pytest_aigen.unite import United


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="one of each shard")
    parser.add_argument(
        "--diff", action="store_true", help="print the tests as a patch on standard output, and write nothing"
    )


def run(given: argparse.Namespace, say: command.Say) -> int:
    root = command.root(given.rootdir).resolve()
    parts = sorted((_read(path, root) for path in given.files), key=lambda part: part.shard.number)
    _same_run(parts)
    if given.diff:
        _as_here(parts, root)
        sys.stdout.flush()
        sys.stdout.buffer.write(patches.patch(_united(parts, root).edits, root).data)
        return 0
    with lock.held(root):
        for line in journal.recover(root):
            say(line)
        _as_here(parts, root)
        united = _united(parts, root)
        unwritten = write.write(united.edits, root=root)
    return _told(parts, united, {path: str(why) for path, why in unwritten.items()}, root, say)


def _read(path: Path, root: Path) -> Part:
    try:
        return shard.loaded(path.read_bytes(), str(path), root)
    except OSError as error:
        raise AigenError(f"{path} cannot be read: {error.strerror}") from error


def _united(parts: Sequence[Part], root: Path) -> United:
    return unite.united(
        [part.report for part in parts],
        root=root,
        read=write.read,
        comment=all(part.comment for part in parts),
    )


# ------------------------------------------------------------------------------- whether they belong together


def _same_run(parts: Sequence[Part]) -> None:
    """Raises AigenError unless these are all shards of one run, each once, of the same sources."""
    first = parts[0]
    for part in parts[1:]:
        if part.shard.of != first.shard.of:
            raise AigenError(
                f"{first.name} is shard {first.shard}, {part.name} is {part.shard}: they are not of one run"
            )
    for part, after in pairwise(parts):
        if part.shard == after.shard:
            raise AigenError(f"{part.name} and {after.name} are both shard {part.shard}")
    there = {part.shard.number for part in parts}
    if missing := [str(number) for number in range(1, first.shard.of + 1) if number not in there]:
        raise AigenError(f"shard {', '.join(missing)} of {first.shard.of} is missing")
    for part in parts[1:]:
        for path in sorted({*part.sources, *first.sources}):
            if part.sources.get(path) != first.sources.get(path):
                raise AigenError(
                    f"{path} was not the same for {first.name} and for {part.name}: all shards have to be of one commit"
                )


def _as_here(parts: Sequence[Part], root: Path) -> None:
    """Raises AigenError unless the sources and the test modules are as the shards saw them."""
    now = shard.digests(parts[0].report)
    for path, digest in parts[0].sources.items():
        if now.get(path) != digest:
            raise AigenError(f"{path} is not what the shards saw: merge in a checkout of the same commit")
    for part in parts:
        for edit in part.report.edits:
            try:
                text = write.read(edit.path)
            except WriteError as error:
                raise AigenError(str(error)) from error
            if text != edit.before:
                raise AigenError(
                    f"{relative(edit.path, root)} is not what {part.name} saw: merge in a checkout of the same commit,"
                    " and once"
                )


# --------------------------------------------------------------------------------------------- what is said


def _told(
    parts: Sequence[Part], united: United, unwritten: dict[Path, str], root: Path, say: command.Say
) -> int:
    edits = [edit for edit in united.edits if edit.path not in unwritten and edit.tests]
    tests = count(sum(len(edit.tests) for edit in edits), "test")
    say(f"merged {count(len(parts), 'shard')}: added {tests} to {count(len(edits), 'file')}")
    for edit in edits:
        say(f"  {relative(edit.path, root)}  {count(len(edit.tests), 'test')}")
    say(f"coverage {percent(united.before)} -> {percent(united.after)}")
    if united.redundant:
        say(f"left out: {count(len(united.redundant), 'test')} that those of other shards make redundant")
    for test, reason in united.refused:
        say(f"left out: {test}: {reason}")
    for path, reason in unwritten.items():
        say(f"NOT WRITTEN: {relative(path, root)}: {reason}")
    for part in parts:
        if part.report.ended not in (Ended.COMPLETE, Ended.REACHED):
            say(f"note: shard {part.shard} ended early: {part.report.ended.value}")
    modules = [relative(path, root) for path in united.mixed if path not in unwritten]
    if modules:
        say(f"note: {', '.join(modules)}: tests of several shards, which did not run together yet")
    if edits:
        say(f"run: python -m pytest {' '.join(relative(edit.path, root) for edit in edits)}")
    return command.STOPPED if unwritten or united.refused else 0
