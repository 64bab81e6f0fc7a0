"""How a run stands at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pytest_aigen.data.coverage import Gap
from pytest_aigen.data.report import Usage


class Phase(Enum):
    """What a run is at."""

    PROPOSING = "proposing"  #: tests are proposed and judged
    ENDING = "ending"  #: what was accepted is run as it will be written
    RECHECKING = "rechecking"  #: old tests are proven again


@dataclass(frozen=True, slots=True)
class Working:
    """One thing that is being worked on."""

    gap: Gap
    #: The test that is judged; empty while tests are proposed.
    test: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers that only grow, but ``done``, which begins anew with each generator and where a target is tried again."""

    phase: Phase = Phase.PROPOSING
    #: The name of the generator that proposes.
    generator: str = ""
    #: Targets that this generator is done with, or tests that were proven again; and how many there are.
    done: int = 0
    total: int = 0
    #: Total coverage, and where the run stops, in percent.
    coverage: float = 0.0
    goal: float = 100.0
    accepted: int = 0
    refused: int = 0
    suspects: int = 0
    working: tuple[Working, ...] = ()
    usage: Usage = Usage()
    #: Since the run began, and the most that it may take.
    seconds: float = 0.0
    max_time: float | None = None
