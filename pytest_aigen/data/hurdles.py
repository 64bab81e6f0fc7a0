"""Why something is left without a test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pytest_aigen.data.coverage import Gap
from pytest_aigen.data.work import Target


class Hurdle(Enum):
    """What a generator could not get over; the value says it to a person."""

    UNREACHED = "too hard: no input was found that gets there"
    ACCIDENT = "the calls that get there end in an error that the code does not raise on purpose"
    SILENT = "nothing of what it does can be observed"
    UNSTEADY = "what it does depends on the clock, on chance or on the machine"
    FORBIDDEN = "it does what generated tests may not do"
    UNIMPORTED = "it cannot be imported"
    NOT_FOUND = "Python does not find it: the project is not installed"
    ELSEWHERE = "Python imports another copy of it"
    UNMADE = "no arguments or instance for it could be made"
    LOST = "calling it takes too long, or ends the process"
    UNCALLED = "it cannot be called from a test"
    REFUSED = "the tests that get there were refused"
    UNTRIED = "the run ended before it was tried"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stood in the way of one target."""

    hurdle: Hurdle
    #: More about it, for a person: the forbidden effect, the accident, the check and its reason.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a target, and why."""

    target: Target
    gap: Gap
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Demand:
    """What a model would be asked for what is left: the first request for each target."""

    requests: int
    prompt_tokens: int
    #: The most that the replies may have.
    reply_tokens: int
    #: The most that it may cost in US dollars; None where no price is known.
    cost: float | None = None
