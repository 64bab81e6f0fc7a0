"""Whether a changed line is executed: of a run that passes without that, nothing follows.

What an earlier run stored may be why, for functions that remember what they returned. From Python 3.12 on the code itself
tells of its lines (``sys.monitoring``, PEP 669); before, every call does until the line is reached (``sys.settrace``), which
takes longer than most tests, so it is asked only where code of the project is likely to run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

#: Places of ``sys.monitoring`` that tools with a name of their own do not take.
_PLACES = (4, 3, 5, 2)


class Reached:
    """Whether one of some lines was executed."""

    def __init__(self, codes: Iterable[CodeType], lines: range) -> None:
        self.yes = False
        #: Code objects -> those of their lines by which it is known.
        self._lines = dict(_lines(codes, lines))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look inside the block, where code tells of its lines."""
        monitoring: Any = getattr(sys, "monitoring", None)
        place = None
        if monitoring is not None:
            place = next((place for place in _PLACES if monitoring.get_tool(place) is None), None)
        if place is None:
            yield
            return
        monitoring.use_tool_id(place, "pytest-aigen changes")
        monitoring.register_callback(place, monitoring.events.LINE, self._line)
        for code in self._lines:
            monitoring.set_local_events(place, code, monitoring.events.LINE)
        try:
            yield
        finally:
            for code in self._lines:
                monitoring.set_local_events(place, code, 0)
            monitoring.register_callback(place, monitoring.events.LINE, None)
            monitoring.free_tool_id(place)

    @contextmanager
    def watched_closely(self) -> Iterator[None]:
        """Look inside the block, where calls tell of their lines."""
        if self.yes or hasattr(sys, "monitoring"):
            yield
            return
        before = sys.gettrace()
        sys.settrace(self._calls)
        try:
            yield
        finally:
            sys.settrace(before)

    def _line(self, code: CodeType, line: int) -> None:
        self.yes = self.yes or line in self._lines.get(code, ())

    def _calls(self, frame: FrameType, event: str, arg: object) -> Any:
        return self._steps if frame.f_code in self._lines else None

    def _steps(self, frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_lineno in self._lines[frame.f_code]:
            self.yes = True
            sys.settrace(None)
            return None
        return self._steps


def _lines(codes: Iterable[CodeType], lines: range) -> Iterator[tuple[CodeType, frozenset[int]]]:
    """Code objects, and those inside them, with which of these lines they have; of a statement whose later lines are none
    of the code's, the one on which it begins.
    """
    for code in codes:
        own = sorted({line for _, _, line in code.co_lines() if line})
        inner = list(_lines((each for each in code.co_consts if isinstance(each, CodeType)), lines))
        inside = [line for line in own if line in lines]
        if not inside and not inner:
            inside = [line for line in own if line <= lines.start][-1:]
        yield from inner
        if inside:
            yield code, frozenset(inside)
