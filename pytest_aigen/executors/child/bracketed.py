"""Runs the same tests with one change after the other in one process, between two runs without any.

Runs in the candidate's process. A fork, with all that it buckles up, costs more than most tests. What one run leaves
behind may change the next one, so what is said here holds only where the last run, without a change, passes as the first
did; and only of failures: a run that passes may have found what an earlier one had stored.
"""

from __future__ import annotations

import signal
import struct
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NamedTuple

import pytest

from pytest_aigen.executors.child import perform

#: Of more tests than these a process of its own ends at the first failure, which is cheaper.
MOST_TESTS = 4
#: Seconds of a run beside which a process is cheap.
LONG = 0.25
#: How a run went: passed, failed, took too long.
PASSED, FAILED, SLOW = b"p", b"f", b"t"
#: What is said of a run: how it went, and the processor time that it took.
_RECORD = struct.Struct("!cd")


class Said(NamedTuple):
    """How one run went."""

    how: bytes
    cpu: float

    def encode(self) -> bytes:
        return _RECORD.pack(*self)


#: Bytes of what is said of one run.
SIZE = _RECORD.size


def said(data: bytes) -> Said:
    """What these bytes say."""
    return Said(*_RECORD.unpack(data))


class _TooLong(BaseException):
    """Ends a run that takes too long."""


class _Failures:
    """The plugin that notices failures, without the reports that nobody reads."""

    def __init__(self) -> None:
        self.failed = False

    @pytest.hookimpl
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        if call.excinfo is None or isinstance(call.excinfo.value, pytest.skip.Exception):
            return None
        self.failed = True
        when = "call" if call.when == "collect" else call.when
        return pytest.TestReport(item.nodeid, item.location, {}, "failed", "", when)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


def run(
    items: Sequence[pytest.Item],
    session: pytest.Session,
    changes: Sequence[Callable[[], Callable[[], None]]],
    say: Callable[[bytes], object],
    limit: Callable[[float], float],
) -> None:
    """Run the items without a change, with each, and without one again; ``say`` how each run went.

    A change is made by a call, which returns the call that undoes it. ``limit`` is the processor time that a run may take,
    of that which the first took. Says nothing further once it is known that nothing said can hold.
    """
    failures = _Failures()
    session.config.pluginmanager.register(failures, "aigen-failures")
    threads = threading.active_count()

    def once() -> Said | None:
        failures.failed = False
        begun = time.process_time()
        stopped = perform.run_items(items, session)
        if stopped or threading.active_count() > threads:
            return None
        return Said(FAILED if failures.failed else PASSED, time.process_time() - begun)

    begun = time.monotonic()
    first = once()
    if first is None or first.how != PASSED or time.monotonic() - begun > LONG:
        return
    say(first.encode())
    with _Clock(limit(first.cpu)) as clock:
        for change in changes:
            undo = change()
            clock.start()
            now = once()
            clock.stop()
            undo()
            if now is None:
                return
            say((now._replace(how=SLOW) if clock.rang else now).encode())
        clock.start()
        last = once()
        clock.stop()
    if last is not None and last.how == PASSED and not clock.rang:
        say(last.encode())


class _Clock:
    """Ends a run by an exception, and what does not heed it by a signal."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.rang = False

    def __enter__(self) -> _Clock:
        signal.signal(signal.SIGPROF, self._ring)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.rang = False
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * self._seconds)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self.rang = True
        raise _TooLong
