"""What the last targets brought for the tokens that they took: targets come best first, so that once little comes, less follows."""

from __future__ import annotations

from collections import deque

from pytest_aigen.data import Coverage

#: So many targets are looked back on, so that a few hard ones end nothing.
LAST = 20
#: A floor is so many lines and branches for so many tokens.
TOKENS = 100_000


class Harvest:
    """Of one generator. One that takes no tokens is never poor."""

    def __init__(self, floor: float, coverage: Coverage, tokens: int) -> None:
        """``floor``: the fewest lines and branches for `TOKENS`; 0 for none. ``tokens``: those used so far."""
        self._floor, self._missing, self._covered = floor, _missing(coverage), 0
        #: Tokens used, and lines and branches covered, when each of the last targets was done.
        self._marks = deque([(tokens, 0)], maxlen=LAST + 1)
        #: Why no further target is worth while; empty where it is.
        self.poor = ""

    def note(self, coverage: Coverage, tokens: int) -> None:
        """A target is done; what was covered by then, and all tokens used."""
        missing = _missing(coverage)
        # More may be missing than before, where tests are taken back: that is no fault of this target.
        self._covered += max(0, self._missing - missing)
        self._missing = missing
        self._marks.append((tokens, self._covered))
        used, covered = tokens - self._marks[0][0], self._covered - self._marks[0][1]
        if len(self._marks) > LAST and used and covered * TOKENS < self._floor * used:
            self.poor = (
                f"the last {LAST} targets took {used:,} tokens for {covered:,} lines and branches"
                f" (--ai-gen-min-yield={self._floor:g})"
            )


def _missing(coverage: Coverage) -> int:
    return sum(len(file.missing) for file in coverage.files.values())
