"""How long one test may run: much longer than any that passed took, and never longer than the user said.

A candidate that never ends costs a processor for as long as it may run, and is refused in the end.
"""

from __future__ import annotations

from pathlib import Path

from pytest_aigen.data import Outcome, Run

#: Seconds that a test has in any case, and where another of the same source ran into its limit.
LEAST, LEAST_WHERE_ONE_SPUN = 5.0, 2.0
#: Times the slowest that passed.
TIMES_SLOWEST = 20.0


class Patience:
    """The time limit, by what ran so far."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._slowest: float | None = None
        self._spun: set[Path] = set()

    def seconds(self, source: Path) -> float:
        """For the next test of a source; the whole time before any test passed."""
        if self._slowest is None:
            return self._most
        least = LEAST_WHERE_ONE_SPUN if source in self._spun else LEAST
        return min(self._most, max(least, TIMES_SLOWEST * self._slowest))

    def note(self, source: Path, run: Run) -> None:
        if run.outcome is Outcome.PASSED:
            self._slowest = max(run.seconds, self._slowest or 0.0)
        elif run.outcome is Outcome.TIMEOUT:
            self._spun.add(source)
