"""Lines and branches that a call reaches, numbered as coverage.py does, and the limits under which it runs."""

from __future__ import annotations

import ast
import asyncio
import dis
import functools
import io
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pytest_aigen.data import Branch
from pytest_aigen.explore.calls import (
    How,
    Prepared,
    SetupFailed,
    drive,
    drive_looped,
    how,
    prepare,
    prepare_looped,
    wants_loop,
)
from pytest_aigen.explore.comparisons import NAMES, Comparisons
from pytest_aigen.explore.effects import Belt, Blocked, words
from pytest_aigen.explore.hearing import unlogged
from pytest_aigen.explore.recipes import Call
from pytest_aigen.explore.room import ROOM, Left

_YIELDS = frozenset(number for name, number in dis.opmap.items() if name.startswith("YIELD"))
_SUSPENDS = 0x20 | 0x80 | 0x200  # generator, coroutine, asynchronous generator
#: Frames that Python has no more from 3.12 on; what they hold belongs to the statement round them.
_INLINED = ("<listcomp>", "<setcomp>", "<dictcomp>")
_PRINTED = 20_000
#: Alarms that a call may swallow.
_PATIENCE = 8
#: Seconds from one alarm to the next.
_TICK = 0.05
T = TypeVar("T")
#: A trace function.
Watch: TypeAlias = Callable[..., Any]


class TooLong(BaseException):
    """The call used up its steps or its time."""


@dataclass(slots=True)
class Traced:
    """What happened in one call."""

    #: Arcs between first lines of statements; negative numbers enter or leave a scope.
    arcs: set[Branch]
    prepared: Prepared | None = None
    result: Any = None
    how: How = "plain"
    error: BaseException | None = None
    printed: str = ""
    #: Blocked by the belt or the sandbox, over a limit, not even begun, or with a thread left at work.
    spoiled: str = ""
    #: Whether it failed for want of an event loop that runs.
    loopless: bool = False
    #: What it did to files in the folder of the test.
    left: tuple[Left, ...] = ()

    @property
    def lines(self) -> set[int]:
        return {to for _, to in self.arcs if to > 0}


@functools.lru_cache(maxsize=8)
def first_lines(tree: ast.AST) -> Mapping[int, int]:
    """Of statements and headers that span lines: each further line -> the first one."""
    found: dict[int, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        last = node.end_lineno or node.lineno
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        if body:
            start = body[0] if isinstance(body[0], ast.stmt) else body[0].pattern
            last = max(node.lineno, min(line for line in (start.lineno, *_decorators(start))) - 1)
            for expression in ast.iter_child_nodes(node):
                if isinstance(expression, ast.expr) and expression not in getattr(node, "decorator_list", ()):
                    last = max(node.lineno, min(last, expression.end_lineno or last))
                    break
        for line in range(node.lineno + 1, last + 1):
            found[line] = node.lineno
    return found


def _decorators(node: ast.AST) -> list[int]:
    return [decorator.lineno for decorator in getattr(node, "decorator_list", ())]


def magnitude(number: int) -> int:
    """About that many, the same for numbers that differ a little.

    >>> [magnitude(n) for n in (0, 1, 5, 6, 234, 236)]
    [0, 3, 3, 12, 192, 192]
    """
    about = 3
    while 2 * about <= number:
        about *= 4
    return about if number else 0


class Output(io.StringIO):
    """Keeps the beginning of what is printed."""

    def write(self, text: str) -> int:
        if self.tell() < _PRINTED:
            super().write(text)
        return len(text)

    def clear(self) -> str:
        text = self.getvalue()
        if text:
            self.seek(0)
            self.truncate()
        return text


@contextmanager
def _traced_by(watch: Watch) -> Iterator[None]:
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


class Tracer:
    """Carries out calls, one at a time, and watches the given file."""

    def __init__(
        self,
        filenames: frozenset[str],
        first: Mapping[int, int],
        belt: Belt,
        *,
        steps: int = 40_000,
        seconds: float = 0.3,
        idle: float = 1.0,
        deaf: float = 0.8,
    ) -> None:
        """A call may take ``steps``, ``seconds`` of the processor, and ``idle`` seconds by the clock in which the process
        was not halted; one that heeds no exception ends the process after ``deaf`` processor seconds, as compiled code
        does that computes on and on.
        """
        self.filenames = filenames
        self.first = first
        self.belt = belt
        self.steps = steps
        self.seconds, self.idle, self.deaf = seconds, idle, deaf
        #: Statements and frames of all calls so far: a measure of work that is the same on every machine and Python. What
        #: a statement repeats within itself counts once, comprehensions have no frames, as from Python 3.12 on, and of the
        #: frames elsewhere, which are others in each standard library, only the order of magnitude counts.
        self.work = 0
        #: The frames elsewhere in the present call.
        self._elsewhere = 0
        self._ours: dict[types.CodeType, bool] = {}
        #: What the calls compare, where the code records it.
        self.comparisons = Comparisons()
        self._armed = False
        self._alarms = self._ticks = 0
        self._began = 0.0
        self._timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

    @contextmanager
    def quiet(self) -> Iterator[Output]:
        """Standard streams replaced, limits in place; calls are made inside."""
        output = Output()
        before = sys.stdout, sys.stderr, sys.stdin, sys.gettrace(), sys.getrecursionlimit(), sys.argv
        handlers = []
        if self._timed:
            handlers = [(signal.SIGALRM, signal.signal(signal.SIGALRM, self._alarm))]
            handlers += [(signal.SIGPROF, signal.signal(signal.SIGPROF, signal.SIG_DFL))]
        self.output = output
        sys.stdout, sys.stderr, sys.stdin, sys.argv = output, io.StringIO(), io.StringIO(), ["program"]
        try:
            with unlogged():
                yield output
        finally:
            sys.stdout, sys.stderr, sys.stdin, trace, limit, sys.argv = before
            sys.settrace(trace)
            sys.setrecursionlimit(limit)
            for number, handler in handlers:
                signal.signal(number, handler)

    def run(self, call: Call) -> Traced:
        """The call, traced. Never raises what the code under test raises, KeyboardInterrupt apart."""
        traced = Traced(set())
        threads = {*threading.enumerate()}
        self.belt.refused = ""
        self.belt.on = True
        try:
            self._arm(True)
            try:
                if call.looped:
                    asyncio.run(self._looped(call, traced))
                else:
                    self._straight(call, traced)
            finally:
                self._arm(False)
        except (SetupFailed, TooLong) as error:
            traced.spoiled = type(error).__name__
            traced.loopless = wants_loop(error)
        except BaseException as error:  # of what was called: SystemExit and the like included
            traced.error = error
            traced.loopless = wants_loop(error)
            if isinstance(error, Blocked) or (
                isinstance(error, PermissionError) and type(error).__name__ == "Blocked"
            ):
                traced.spoiled = "Blocked"
                self.belt.all_refused.add(words(str(error)))
        finally:
            self.belt.on = False
        if self.belt.refused:
            traced.spoiled = "Blocked"
        elif not traced.spoiled and not threads.issuperset(threading.enumerate()):
            traced.spoiled = "Threads"
        self.work += magnitude(self._elsewhere)
        self._elsewhere = 0
        traced.printed = self.output.clear()
        traced.left = ROOM.changes()
        return traced

    def limited(self, look: Callable[[], T]) -> T:
        """What is asked of an object, under the same limits. Raises TooLong, and what it raises."""
        self.belt.on = True
        try:
            self._arm(True)
            try:
                return look()
            finally:
                self._arm(False)
        finally:
            self.belt.on = False

    def _straight(self, call: Call, traced: Traced) -> None:
        traced.prepared = prepare(call)
        watch = self._begin(traced)
        with _traced_by(watch):
            result = traced.prepared.run()
        traced.result, traced.how = result, how(result)
        if traced.how != "plain":
            with _traced_by(watch):
                traced.result, traced.how = drive(result)

    async def _looped(self, call: Call, traced: Traced) -> None:
        traced.prepared = await prepare_looped(call)
        watch = self._begin(traced)
        with _traced_by(watch):
            result = traced.prepared.run()
        traced.result, traced.how = result, how(result)
        if traced.how != "plain":
            with _traced_by(watch):
                traced.result, traced.how = await drive_looped(result)

    def _begin(self, traced: Traced) -> Watch:
        self.output.clear()
        self.comparisons.clear()
        return self._watch(traced.arcs)

    def _arm(self, on: bool) -> None:
        self._armed = on
        self._alarms = self._ticks = 0
        self._began = time.process_time()
        if self._timed:
            signal.setitimer(signal.ITIMER_REAL, self.seconds if on else 0, _TICK if on else 0)
            signal.setitimer(signal.ITIMER_PROF, self.deaf if on else 0)

    def _alarm(self, *_: object) -> None:  # pragma: no cover - fires in children
        """Ends the call; the whole process where the call catches that again and again."""
        # A process that was halted gets one alarm for all that were due: what is counted is the time in which it was
        # there to be waked, and the first alarm alone proves nothing.
        self._ticks += 1
        if self._ticks == 1:
            return
        busy, waited = time.process_time() - self._began, self.seconds + _TICK * (self._ticks - 1)
        if self._armed and (busy >= self.seconds or waited >= self.idle):
            self._alarms += 1
            if self._alarms > _PATIENCE:
                os._exit(1)
            raise TooLong

    def _watch(self, arcs: set[Branch]) -> Watch:
        """The trace function of one call."""
        ours, filenames, first, last = self._ours, self.filenames, self.first, {}
        most = self.steps
        end = self.work + most

        def enter(frame: types.FrameType, event: str, arg: Any) -> Any:  # pragma: no cover - not traced
            names = frame.f_globals
            if names is NAMES:  # what records is no work of the call
                return None
            # Each look at a frame's code is an audit event, for which hooks in Python are called.
            file = names.get("__file__")
            if type(file) is str and file in filenames:
                code = frame.f_code
                known = ours.get(code)  # once: to hash code is no small thing
                if known is None:
                    known = ours[code] = code.co_filename in filenames and code.co_name not in _INLINED
                if known:
                    self.work += 1
                    if frame not in last:
                        last[frame] = -code.co_firstlineno
                    return step
            outer = frame.f_back
            # A comprehension, or what can stand in one line with its call.
            if outer is not None and outer.f_globals is names and outer.f_lineno == frame.f_lineno:
                return None
            self._elsewhere += 1
            if self._elsewhere > most:
                raise TooLong
            return None

        def step(frame: types.FrameType, event: str, arg: Any) -> Any:  # pragma: no cover - not traced
            if event == "line":
                line = frame.f_lineno
                line = first.get(line, line)
                before = last[frame]
                if line != before:
                    arcs.add((before, line))
                    last[frame] = line
                    self.work += 1
                    if self.work > end:
                        raise TooLong
            elif event == "return":
                code = frame.f_code
                if not (code.co_flags & _SUSPENDS and code.co_code[frame.f_lasti] in _YIELDS):
                    arcs.add((last.pop(frame), -code.co_firstlineno))
            return step

        return enter
