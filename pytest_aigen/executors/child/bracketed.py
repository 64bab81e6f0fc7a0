"""Runs the same tests with one change after the other in one process, between two runs without any.

Runs in the candidate's process. A fork, with all that it buckles up, costs more than most tests. What one run leaves
behind may change the next one, so what is said here holds only where the last run, without a change, passes as the first
did. A run that passes without executing a changed line may have found what an earlier one had stored, and is told apart.
"""

from __future__ import annotations

import signal
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import pytest

from pytest_aigen.data import KILLED, Outcome
from pytest_aigen.executors.child import perform
from pytest_aigen.executors.child.functions import Functions, Plan
from pytest_aigen.executors.child.reaching import Reached

#: How much longer than without a change the tests may take, in processor time.
_TIMES_CPU, _LEAST_CPU = 10.0, 0.2
#: Seconds of a run beside which a process is cheap.
LONG = 0.25
#: How a run went: passed, passed without a changed line, failed, took too long.
PASSED, UNSEEN, FAILED, SLOW = b"p", b"u", b"f", b"t"
#: What follows from it, as far as anything does.
OUTCOMES = {PASSED: Outcome.PASSED, FAILED: Outcome.FAILED, SLOW: Outcome.TIMEOUT}
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


class _Notes:
    """The plugin that notices failures, without the reports that nobody reads, and changed lines that are executed."""

    def __init__(self) -> None:
        self.failed = False
        self.reached = Reached((), range(0))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        with self.reached.watched_closely():
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        with self.reached.watched_closely():
            return (yield)

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


def limit(cpu: float) -> float:
    """The processor time that a run with a change may take, of that which one without took."""
    return max(_LEAST_CPU, _TIMES_CPU * cpu)


def settles(known: Sequence[Outcome | None], *, only_failing: bool) -> bool:
    """Whether what is not known (None) need not be found out: where something was noticed, that something else was not
    decides nothing.
    """
    return bool(known) and (only_failing or any(each in KILLED for each in known))


def asked(items: Sequence[pytest.Item], plan: Plan) -> Sequence[pytest.Item]:
    """Those of the items that may notice the change."""
    if not plan.tests:
        return items
    names = {item: item.nodeid.partition("::")[2] for item in items}
    return [item for item in items if any(perform.is_in(names[item], test) for test in plan.tests)]


def run(
    items: Sequence[pytest.Item],
    session: pytest.Session,
    functions: Functions,
    plans: Sequence[Plan],
    say: Callable[[bytes], object],
) -> None:
    """Run the items without a change, those that are asked with each, and all without one again; ``say`` how each run went.

    Says nothing further once it is known that nothing said can hold.
    """
    with _listening(session) as notes:
        threads = threading.active_count()

        def once(items: Sequence[pytest.Item]) -> Said | None:
            notes.failed = False
            begun = time.process_time()
            stopped = perform.run_items(items, session, is_enough=lambda: notes.failed)
            if stopped or threading.active_count() > threads:
                return None
            return Said(FAILED if notes.failed else PASSED, time.process_time() - begun)

        begun = time.monotonic()
        first = once(items)
        if first is None or first.how != PASSED or time.monotonic() - begun > LONG:
            return
        say(first.encode())
        with _Clock(limit(first.cpu)) as clock:
            for plan in plans:
                undo = functions.apply(plan)
                notes.reached = Reached([code for _, code in plan.codes], plan.lines)
                clock.start()
                with notes.reached.watched():
                    now = once(asked(items, plan))
                clock.stop()
                undo()
                if now is None:
                    return
                if clock.rang:
                    now = now._replace(how=SLOW)
                elif now.how == PASSED and not notes.reached.yes:
                    now = now._replace(how=UNSEEN)
                say(now.encode())
            clock.start()
            last = once(items)
            clock.stop()
        if last is not None and last.how == PASSED and not clock.rang:
            say(last.encode())


@contextmanager
def _listening(session: pytest.Session) -> Iterator[_Notes]:
    """Notice inside the block."""
    notes = _Notes()
    session.config.pluginmanager.register(notes)
    try:
        yield notes
    finally:
        session.config.pluginmanager.unregister(notes)


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
