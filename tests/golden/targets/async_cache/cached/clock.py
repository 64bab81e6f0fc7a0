import time


class Clock:
    """The time, as tests may set it."""

    def __init__(self, start: float | None = None) -> None:
        self._start = start

    def now(self) -> float:
        return time.monotonic() if self._start is None else self._start

    def advance(self, seconds: float) -> None:
        assert self._start is not None
        self._start += seconds
