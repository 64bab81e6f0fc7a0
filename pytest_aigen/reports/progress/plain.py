"""Progress in plain lines, at a pace at which a log stays readable."""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_aigen.data import Progress
from pytest_aigen.reports.progress.words import Pace, done, facts, title

#: Seconds until the first line, and between two of them.
EVERY = 20.0


class Plain:
    """A `Watcher`: a line every some seconds, where there is something new to say."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._pace = Pace(clock)
        self._last = clock()
        self._said = ""

    def show(self, progress: Progress) -> None:
        left = self._pace.left(progress)
        now = self._clock()
        if now - self._last < EVERY:
            return
        self._last = now
        parts = [done(progress), *(fact.text for fact in facts(progress))]
        line = f"ai-gen: {title(progress)}: {', '.join(part for part in parts if part)}"
        if line != self._said:
            self._said = line
            self._say(f"{line}, {left}" if left else line)

    def close(self) -> None:
        """Nothing is left on the screen that would have to go."""
