"""How much the outcome of a call adds to the cost of a test, and which calls are no test at all."""

from __future__ import annotations

import types
from typing import Any

from pytest_aigen.data import Branch, Line, Reached
from pytest_aigen.explore.calls import receiver_of
from pytest_aigen.explore.consequences import State, answered, consequences, state, unchanged
from pytest_aigen.explore.finds import WEAK
from pytest_aigen.explore.hearing import listening
from pytest_aigen.explore.observe import Changed, Effect, Project
from pytest_aigen.explore.recipes import Call
from pytest_aigen.explore.state import Snapshot
from pytest_aigen.explore.trace import TooLong, Traced, Tracer

#: What a call costs more that leaves everything as it was.
_LEFT_ALONE = WEAK


class Scales:
    """Weighs calls of one function."""

    def __init__(
        self, project: Project, tracer: Tracer, snapshot: Snapshot, goals: Reached, answers: bool
    ) -> None:
        self.project, self.tracer, self.snapshot, self.goals = project, tracer, snapshot, goals
        #: Whether the function returns something but None anywhere.
        self.answers = answers
        #: By goal: what a call that got there ended in.
        self.accidents: dict[Line | Branch, str] = {}
        #: Goals to which calls got that nothing can be said about.
        self.silent: set[Line | Branch] = set()
        self._before: dict[str, State] = {}

    def weigh(self, call: Call, traced: Traced) -> float | None:
        """The less, the better; None for what is no test: an accident, or a call without result or consequence."""
        try:
            extra = 0.0 if traced.error is not None else self._unsaid(call, traced)
        finally:
            self.snapshot.restore()
        silent = extra is None
        weight = None if extra is None else weight_of(traced, self.project)
        if weight is None:
            reached = self.goals & Reached(frozenset(traced.lines), frozenset(traced.arcs))
            goals: tuple[Line | Branch, ...] = (*reached.lines, *reached.branches)
            for goal in goals:
                if silent:
                    self.silent.add(goal)
                else:
                    self.accidents.setdefault(goal, type(traced.error).__name__)
        return None if weight is None or extra is None else weight + extra

    def _unsaid(self, call: Call, traced: Traced) -> float | None:
        """How much less a call says than its result tells; None for one that says nothing."""
        itself = call.kind == "method" and _is_receiver(traced)
        if not itself and (
            traced.result is not None or traced.printed or answered(call, traced, self.answers)
        ):
            return 0.0
        if self.snapshot.changed():
            return 0.0
        found: list[Effect] = []
        try:
            before = self._state(call)
            found = self.tracer.limited(lambda: consequences(call, traced, None, before))
            found = found or self.tracer.limited(lambda: unchanged(call, traced))
        except (Exception, TooLong):  # of looking at an object
            pass
        if any(isinstance(effect, Changed) and not effect.is_same for effect in found):
            return 0.0
        if not itself and self.project.may_speak and self._is_heard(call):
            return 0.0
        return _LEFT_ALONE if found or itself else None

    def _is_heard(self, call: Call) -> bool:
        with listening() as heard:
            self.tracer.run(call)
        return bool(heard.logged or heard.warned or heard.errors)

    def _state(self, call: Call) -> State:
        """Of the object before the call."""
        key = repr((call.receiver, call.before))
        if call.receiver is not None and key not in self._before:
            found: Any = self.tracer.limited(lambda: state(receiver_of(call)))
            self._before[key] = found
        return self._before.get(key, ())


def _is_receiver(traced: Traced) -> bool:
    return (
        traced.how == "plain"
        and traced.prepared is not None
        and traced.result is not None
        and traced.result is traced.prepared.receiver
    )


def weight_of(traced: Traced, project: Project) -> float | None:
    """Of the outcome; None for an accident."""
    if traced.error is not None:
        return 1.0 if project.on_purpose(traced.error) else None
    result = traced.result
    if isinstance(result, (types.FunctionType, type)):
        return 12.0  # what it does when it is used says more
    if result is None:
        return 8.0 if traced.printed else 6.0
    if type(result) in (str, bytes, list, tuple, dict, set, int, float) and not result:
        return 4.0
    if type(result) in (bool, int, float, str, bytes, list, tuple, dict) and traced.prepared is not None:
        same = any(type(result) is type(given) and result == given for given in traced.prepared.positional)
        return 2.0 if same else 0.0
    return 1.0
