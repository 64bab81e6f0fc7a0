"""A call looked at: carried out twice, with everything about it that a test may assert."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_aigen.data import Hurdle, Reached
from pytest_aigen.explore import effects
from pytest_aigen.explore.calls import SetupFailed, perform, receiver_of
from pytest_aigen.explore.consequences import answered, answers_nothing, consequences, state, unchanged
from pytest_aigen.explore.finds import Find
from pytest_aigen.explore.hearing import Heard, listening
from pytest_aigen.explore.observe import (
    Changed,
    Effect,
    Itself,
    Logged,
    Made,
    Outcome,
    Printed,
    Project,
    Returned,
    Seen,
    Stored,
    Warned,
    outcome,
)
from pytest_aigen.explore.recipes import Call, New, Ref, build
from pytest_aigen.explore.record import Inexpressible, class_ref, record, scalar
from pytest_aigen.explore.state import Snapshot
from pytest_aigen.explore.trace import TooLong, Traced, Tracer


@dataclass(frozen=True, slots=True)
class Observer:
    """Carries out calls twice, in a process where the module under test is imported."""

    project: Project
    tracer: Tracer
    snapshot: Snapshot
    #: Whether the function returns something anywhere, so that None is an answer too.
    answers: bool

    def seen(self, find: Find) -> Seen | Hurdle:
        """What the call does, twice the same; what is in the way of a test else."""
        with self.tracer.quiet():
            first, second = self._once(find.call), self._once(find.call)
            if first is None or second is None:
                return Hurdle.SILENT
            if repr(first[:2]) != repr(second[:2]):
                return Hurdle.UNSTEADY
            came, effected, traced = first
            if came is None and not _shows(effected):
                return Hurdle.SILENT
            if isinstance(came, Made) and not came.looks and not self.project.owns(_file_of(traced.result)):
                return Hurdle.SILENT
            read = self._read(find.call)
            if "chance" in read:
                return Hurdle.UNSTEADY
        reached = Reached(frozenset(traced.lines), frozenset(traced.arcs))
        return Seen(
            _with_awaited(find.call, traced),
            came,
            tuple(effected),
            find.reached & reached,
            traced.how,
            frozenset(traced.lines),
            "clock" in read,
        )

    def _read(self, call: Call) -> frozenset[str]:
        """What it reads that is not the same each time."""
        try:
            # The first warning of a process is shown with its line, which is read from the file.
            with listening():
                return self.tracer.limited(lambda: effects.unsteady(lambda: perform(call)))
        except TooLong:
            return frozenset({"chance"})
        finally:
            self.snapshot.restore()

    def _once(self, call: Call) -> tuple[Outcome, list[Effect], Traced] | None:
        limited = self.tracer.limited
        try:
            before = limited(lambda: state(receiver_of(call))) if call.receiver is not None else ()
            self.snapshot.restore()
            with listening() as heard:
                traced = self.tracer.run(call)
            if traced.spoiled:
                return None
            try:
                came = limited(lambda: outcome(traced, self.project, call.kind == "init"))
                if isinstance(came, Returned) and call.name == "__hash__":
                    came = limited(lambda: _hashed(call, traced))
            except Inexpressible:
                if traced.error is not None:
                    return None
                came = None
            effected = limited(lambda: consequences(call, traced, came, before))
            effected += self._said(traced, heard, only=came is None and not effected)
            effected += _stored(self.snapshot, only=came is None and not effected)
            if not _shows(effected) and self._is_quiet(call, came, traced):
                effected += limited(lambda: unchanged(call, traced))
        except (SetupFailed, Inexpressible, TooLong):
            return None
        finally:
            self.snapshot.restore()
        if (
            isinstance(came, Itself)
            and any(isinstance(e, Changed) and not e.is_same for e in effected)
            and traced.how == "plain"
        ):
            came = None
        if came is None and not _shows(effected) and answered(call, traced, self.answers):
            came = Returned(None, traced.how)
        return came, effected, traced

    def _is_quiet(self, call: Call, came: Outcome, traced: Traced) -> bool:
        """Whether the result says nothing about what the call did."""
        if came is None:
            is_told = answered(call, traced, self.answers) or any(map(answers_nothing, call.args))
            return traced.result is None and not is_told
        return isinstance(came, Itself)

    def _said(self, traced: Traced, heard: Heard, *, only: bool) -> list[Effect]:
        """A warning that the project gives; what is printed or logged where nothing else can be observed."""
        found: list[Effect] = []
        given = set(heard.warned)
        if len(given) == 1 and not isinstance(traced.error, Exception):
            category, message = given.pop()
            if self.project.warns(message):
                found += _told(lambda: Warned(class_ref(category), str(scalar(message))))
        if only and not found:
            for name, text in (("out", traced.printed), ("err", heard.errors)):
                if text and not found:
                    found += _told(lambda name=name, text=text: Printed(str(scalar(text)), name))  # type: ignore[misc]
            if heard.logged and not found:
                found += _told(lambda: Logged(tuple(str(scalar(text)) for text in heard.logged)))
        return found


def _hashed(call: Call, traced: Traced) -> Returned:
    """A hash as that of an equal object: the number is another one on another Python. Raises Inexpressible."""
    if call.receiver is not None and not call.before:
        same = New(Ref("builtins", "hash"), (call.receiver,))
        if build(same) == traced.result:
            return Returned(same)
    raise Inexpressible("a number that says nothing")


def _with_awaited(call: Call, traced: Traced) -> Call:
    """With a note of the steps before it that are coroutines."""
    receiver = traced.prepared.receiver if traced.prepared is not None else None
    steps = (
        replace(step, awaited=inspect.iscoroutinefunction(getattr(receiver, step.method, None)))
        for step in call.before
    )
    return replace(call, before=tuple(steps))


def _shows(effected: Sequence[Effect]) -> bool:
    """Whether a test has anything to assert."""
    return any(not isinstance(effect, Stored) or effect.is_asserted for effect in effected)


def _told(make: Callable[[], Effect]) -> list[Effect]:
    """The effect, if it will be the same tomorrow, elsewhere."""
    try:
        return [make()]
    except Inexpressible:
        return []


def _stored(snapshot: Snapshot, *, only: bool) -> list[Effect]:
    """What the call changed in the module; what it is afterwards only where nothing else can be observed."""
    found: list[Effect] = []
    for owner, name, before, after in snapshot.changed():
        place = (
            Ref(owner.__module__, f"{owner.__qualname__}.{name}")
            if isinstance(owner, type)
            else Ref(owner.__name__, name)
        )
        try:
            now = record(after) if only else None
        except Inexpressible:
            now = None
        try:
            found.append(Stored(place, (record(before),), now, only and now is not None))
        except Inexpressible:
            if type(before) in (list, dict, set):
                found.append(Stored(place, (), now, only and now is not None))
    return found


def _file_of(value: object) -> str:
    module = sys.modules.get(type(value).__module__)
    return str(getattr(module, "__file__", "") or "")
