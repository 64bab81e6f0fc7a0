"""The words of a progress, for a display and for plain lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pytest_aigen.data import Phase, Progress
from pytest_aigen.reports.words import Said, count, percent

_GENERATORS = {"explore": "offline engine", "llm": "model"}
#: What is done where no test is judged yet.
_PROPOSING = {"explore": "trying inputs", "llm": "asking the model"}
_PHASES = {Phase.ENDING: "last checks", Phase.RECHECKING: "proving again"}


def title(progress: Progress) -> str:
    """
    >>> title(Progress(generator="explore"))
    'offline engine'
    """
    return _PHASES.get(progress.phase) or _GENERATORS.get(progress.generator) or progress.generator or "start"


def doing(progress: Progress) -> str:
    """What is done for a target that no test is judged for."""
    return _PROPOSING.get(progress.generator, "waiting for tests")


def done(progress: Progress) -> str:
    """
    >>> done(Progress(done=3, total=40)), done(Progress(phase=Phase.ENDING))
    ('3/40 targets', '')
    """
    if progress.phase is Phase.ENDING:
        return ""
    noun = "test" if progress.phase is Phase.RECHECKING else "target"
    return f"{progress.done:,}/{count(progress.total, noun)}"


def facts(progress: Progress) -> Iterator[Said]:
    """What came of it, and what it cost."""
    if progress.phase is Phase.RECHECKING:
        yield Said(f"{progress.accepted:,} proven", "green")
        yield Said(f"{progress.refused:,} stale", "red" if progress.refused else "")
        return
    yield Said(f"coverage {percent(progress.coverage)} -> {progress.goal:g}%")
    yield Said(f"{progress.accepted:,} accepted", "green" if progress.accepted else "")
    yield Said(f"{progress.refused:,} refused", "yellow" if progress.refused else "")
    if progress.suspects:
        yield Said(count(progress.suspects, "suspected bug"), "red")
    usage = progress.usage
    if usage.remembered:
        yield Said(f"{usage.remembered} from the cache")
    if usage.requests:
        yield Said(count(usage.requests, "request"))
        yield Said(count(usage.tokens, "token"))
        if usage.cost is not None:
            yield Said(f"${usage.cost:.4f}")


class Pace:
    """How fast it goes, and so how long it may yet take."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step: tuple[Phase, str] | None = None
        self._since = 0.0

    def left(self, progress: Progress) -> str:
        """``1:20 left``, of this step; empty where it cannot be told.

        Targets take very different times, so this is said when one in twenty is done, and not before some seconds.
        """
        now = self._clock()
        if self._step != (progress.phase, progress.generator):
            self._step, self._since = (progress.phase, progress.generator), now
        took = now - self._since
        known = []
        if progress.done and progress.done * 20 >= progress.total and took >= 3 and progress.total:
            known.append(took / progress.done * (progress.total - progress.done))
        if progress.max_time is not None:
            known.append(max(0.0, progress.max_time - progress.seconds))
        return f"{duration(min(known))} left" if known and progress.phase is not Phase.ENDING else ""


def duration(seconds: float) -> str:
    """
    >>> duration(0.4), duration(80), duration(3725)
    ('0:01', '1:20', '1:02:05')
    """
    whole = max(1, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
