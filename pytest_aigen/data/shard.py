"""One run in several parts, each on a machine of its own."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pytest_aigen.data.coverage import Gap


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that share the gaps of a project."""

    #: From 1 to ``of``.
    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, gap: Gap, root: Path) -> bool:
        """Whether the gap is this one's to fill. Its path below the root and its name alone decide: it is the same on
        every machine and in every run, whatever else is missing.
        """
        digest = hashlib.sha256(
            f"{place(gap.path, root)}::{gap.qualname}".encode("utf-8", "surrogateescape")
        ).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


def place(path: Path, root: Path) -> str:
    """A file's path below the root, the same on every machine."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()
