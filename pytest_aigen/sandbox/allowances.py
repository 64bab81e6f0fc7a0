"""What ``--ai-gen-allow`` grants to generated tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

NETWORK, SUBPROCESS, WRITE = "network", "subprocess", "write="


@dataclass(frozen=True, slots=True)
class Allowances:
    """Exceptions from the seat belt; by default there are none."""

    network: bool = False
    subprocess: bool = False
    #: Files, and folders with all that is in them, that may be written.
    writes: tuple[Path, ...] = ()


#: What is granted by default.
NOTHING = Allowances()


def parse(words: Iterable[str], cwd: Path) -> Allowances:
    """The record of ``network``, ``subprocess`` and ``write=PATH``, whose paths are taken from ``cwd``.

    >>> parse(["network", "write=/tmp/out"], Path("/"))
    Allowances(network=True, subprocess=False, writes=(PosixPath('/tmp/out'),))
    """
    words = tuple(words)
    paths = (word.removeprefix(WRITE) for word in words if word.startswith(WRITE))
    writes = tuple(Path(os.path.realpath(cwd / os.path.expanduser(path))) for path in paths)
    return Allowances(NETWORK in words, SUBPROCESS in words, writes)
