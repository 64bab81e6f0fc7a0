"""What a search says while it works, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_aigen.data import Reached
from pytest_aigen.explore.recipes import Call


@dataclass(frozen=True, slots=True)
class Find:
    """A call that reaches something missing, and could become a test."""

    call: Call
    reached: Reached
    #: What it takes to read: the lower, the better.
    cost: float
    #: Whether it says so little that the search goes on for more.
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class Trying:
    """The number of the call that comes next."""

    index: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds that a search took."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """When a search ends. All but ``seconds`` count calls or steps, so the end is the same on every machine."""

    calls: int = 6000
    #: Calls in a row that reach nothing new.
    stale: int = 1500
    #: As many of those as one that never ended counts for.
    lost: int = 150
    #: Calls after everything missing was reached.
    after: int = 60
    #: Simplifications tried per find that is needed.
    shrink: int = 150
    #: Steps: lines that the calls run, and `STEPS_OF_A_CALL` for each. A quarter more to make simple what was found.
    steps: int = 500_000
    #: Processor time: the veto of the clock, for code that takes long over few steps.
    seconds: float = 8.0


DEFAULT = Limits()
#: What choosing, making and weighing a call takes, in steps.
STEPS_OF_A_CALL = 100
#: What an outcome adds to the cost that says next to nothing.
WEAK = 14.0


def best(finds: Sequence[Find], left: Reached) -> Find | None:
    """The find that reaches most of what is left, and of those the plainest."""
    useful = [find for find in finds if find.reached & left]
    return max(useful, key=lambda find: (len(find.reached & left), -find.cost), default=None)
