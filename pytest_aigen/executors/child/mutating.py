"""Runs the tests of a job with each of its changes to the code under test, each in a fork of its own.

The test module is collected once, in the job's process, under the seat belt. Then that process forks: once for all
changes, one after the other between two runs without one, which tells what fails with which change; then, unless they
failed with one, for each change with which they passed without executing it. Where the tests do not bear being run in one
process, it forks for a run without a change, which has to pass and tells how long it takes, and for each change. A change is
made by swapping the code objects of the changed functions. What is forked starts from the same state each time, buckles up
itself, and says how it went over a pipe of its own, which none but this process reads.
"""

from __future__ import annotations

import functools
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_aigen.data import Job, Outcome
from pytest_aigen.executors.child import bracketed, perform
from pytest_aigen.executors.child.folders import Folders
from pytest_aigen.executors.child.functions import Functions, Plan
from pytest_aigen.executors.child.overlay import Overlay
from pytest_aigen.executors.wire import Channel
from pytest_aigen.sandbox import limits
from pytest_aigen.sandbox.enter import Sandbox

#: How much longer than without a change the tests may take by the clock.
_TIMES, _LEAST = 20.0, 2.0
#: The part of the job's time limit that one run may take: the job itself must outlive it.
_PART = 0.8
_SAYS = {**bracketed.OUTCOMES, b"b": Outcome.BLOCKED}


class _Watch:
    """The plugin that says at the first failure that there is one: nobody reads more about it."""

    def __init__(self, say: Callable[[bytes], None]) -> None:
        self._say = say

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        if call.excinfo is not None and not isinstance(call.excinfo.value, pytest.skip.Exception):
            self._say(b"f")
        report = yield
        if report.failed:  # of a unittest class, which tells it later
            self._say(b"f")
        return report


def perform_changes(
    job: Job,
    *,
    channel: Channel,
    session: pytest.Session,
    folders: Folders,
    overlay: Overlay,
    temp: Path,
    writable: Sequence[Path],
    settle: Callable[[Path, pytest.Config], None],
    sandbox: Sandbox,
    cpu_seconds: int,
) -> None:
    """Run the job and say what became of each change; the ``result`` is that of the run without one."""
    overlay.install()
    verdicts = perform.Verdicts()
    session.config.pluginmanager.register(verdicts, "aigen-verdicts")
    refused: list[str] = []
    with sandbox.watched(writable, refused.append):
        try:
            items, problem = perform.collect(job, session, folders, overlay, verdicts)
        except BaseException as exc:
            items, problem = [], f"{type(exc).__name__}: {exc}"
    if refused:
        problem = f"the sandbox did not allow it: {refused[0]}"
    elif not hasattr(os, "fork") or threading.active_count() > 1:
        problem = "a process that holds threads is not forked"
    if problem:
        _answer(channel, Outcome.ERROR, problem)
        return
    runs = _Runs(items, session, temp, writable, settle, sandbox, cpu_seconds)
    functions = Functions.all({change.path for change in job.changes})
    plans = [functions.plan(change) for change in job.changes]
    channel.event(at="a run without a mutant")
    begun = time.monotonic()
    tell, patience = functools.partial(channel.event, at="a mutant"), job.timeout * _PART
    known, cpu = runs.together(functions, [plan for plan in plans if plan], wall=patience, tell=tell)
    if cpu is None:
        outcome, cpu = runs.run(items, lambda: None, wall=patience)
        if outcome is not Outcome.PASSED:
            _answer(channel, outcome, "does not pass in a fork of the process that collected it")
            return
    wall = min(patience, max(_LEAST, _TIMES * (time.monotonic() - begun)))
    settled = bracketed.settles(known, only_failing=job.only_failing)
    outcomes = iter(known)
    for plan in plans:
        changed = next(outcomes, None) if plan else Outcome.NOT_RUN
        if changed is None and not settled:
            apply = functools.partial(functions.apply, plan)
            changed, _ = runs.run(bracketed.asked(items, plan), apply, wall=wall, cpu=bracketed.limit(cpu))
        changed = changed or Outcome.PASSED
        channel.event(changed=changed.value, at="a mutant")
    _answer(channel, Outcome.PASSED, "")


def _answer(channel: Channel, outcome: Outcome, detail: str) -> None:
    channel.event(result={"outcome": outcome.value, "detail": detail, "failed": [], "covered": {}})


class _Runs:
    """Forks of this process that run the same tests."""

    def __init__(
        self,
        items: Sequence[pytest.Item],
        session: pytest.Session,
        temp: Path,
        writable: Sequence[Path],
        settle: Callable[[Path, pytest.Config], None],
        sandbox: Sandbox,
        cpu_seconds: int,
    ) -> None:
        self._items, self._session, self._temp = items, session, temp
        self._writable, self._settle = writable, settle
        self._sandbox, self._seconds = sandbox, cpu_seconds
        self._number = 0

    def run(
        self,
        items: Sequence[pytest.Item],
        prepare: Callable[[], object],
        *,
        wall: float,
        cpu: float | None = None,
    ) -> tuple[Outcome, float]:
        """How it went, and the processor time that it took."""
        before = _children_cpu()
        pid, read = self._fork(lambda write: self._child(write, items, prepare, cpu))
        try:
            outcome = _SAYS.get(_read(read, 1, wall), Outcome.CRASHED)
        except TimeoutError:
            outcome = Outcome.TIMEOUT
        finally:
            status = _end(pid, read)
        if outcome is Outcome.CRASHED and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
            outcome = Outcome.TIMEOUT
        return outcome, _children_cpu() - before

    def together(
        self,
        functions: Functions,
        plans: Sequence[Plan],
        *,
        wall: float,
        tell: Callable[[], None],
    ) -> tuple[list[Outcome | None], float | None]:
        """What becomes of the tests with each plan, all in one process, None where that is not known; ``tell`` is called
        after each run.

        None of it, and no processor time of a run without a change, where that proves nothing.
        """
        if not plans:
            return [], None
        pid, read = self._fork(lambda write: self._children(write, functions, plans))
        said: list[bracketed.Said] = []
        try:
            while len(said) < len(plans) + 2:
                begun = time.monotonic()
                data = _read(read, bracketed.SIZE, wall)
                if len(data) < bracketed.SIZE:
                    return [], None
                said.append(bracketed.said(data))
                if len(said) == 1:
                    wall = min(wall, max(_LEAST, _TIMES * (time.monotonic() - begun)))
                tell()
        except TimeoutError:
            return [], None
        finally:
            _end(pid, read)
        return [bracketed.OUTCOMES.get(each.how) for each in said[1:-1]], said[0].cpu

    def _fork(self, child: Callable[[int], None]) -> tuple[int, int]:
        """The process and what is read of it."""
        self._number += 1
        read, write = os.pipe()
        perform.flush()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(read)
                child(write)
            finally:
                os._exit(70)
        os.close(write)
        return pid, read

    def _child(
        self, write: int, items: Sequence[pytest.Item], prepare: Callable[[], object], cpu: float | None
    ) -> None:
        if cpu is not None:
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, cpu)
        say, leave = os.write, os._exit  # code under test may leave them patched

        def ends(how: bytes) -> None:
            say(write, how)
            leave(0)

        self._buckle_up(lambda what: ends(b"b"))
        prepare()
        self._session.config.pluginmanager.register(_Watch(ends), "aigen-watch")
        stopped = perform.run_items(items, self._session)
        ends(b"f" if stopped else b"p")

    def _children(self, write: int, functions: Functions, plans: Sequence[Plan]) -> None:
        say, leave = os.write, os._exit
        self._buckle_up(lambda what: leave(0))
        bracketed.run(self._items, self._session, functions, plans, lambda data: say(write, data))
        leave(0)

    def _buckle_up(self, alarm: Callable[[str], None]) -> None:
        limits.die_with_parent()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        temp = self._temp / f"run-{self._number}"
        self._settle(temp, self._session.config)
        self._sandbox.enter([temp, *self._writable], alarm, cpu_seconds=self._seconds)


def _read(read: int, size: int, wall: float) -> bytes:
    """What a process says; nothing where it ended. Raises TimeoutError."""
    ready, _, _ = select.select([read], [], [], wall)
    if not ready:
        raise TimeoutError
    return os.read(read, size)


def _end(pid: int, read: int) -> int:
    """End a process; how it ended."""
    os.close(read)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system
