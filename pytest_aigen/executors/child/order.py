"""The first message to a new process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_aigen.data import Workplace


@dataclass(frozen=True)
class Order:
    """What a process is to do."""

    workplace: Workplace
    #: A folder of its own, which whoever started it removes.
    temp: Path
    #: The packed job that it is to run itself; without one it serves jobs in forks.
    job: bytes | None = None
    #: What stands before all that it then says.
    word: bytes = b""
