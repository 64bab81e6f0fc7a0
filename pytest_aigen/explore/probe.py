"""What runs in the child: imports the module under test, so only there. Imports nothing but the standard library and
this package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_aigen.data import Reached
from pytest_aigen.explore import effects
from pytest_aigen.explore.calls import SetupFailed, drive, prepare
from pytest_aigen.explore.objects import Module
from pytest_aigen.explore.observe import (
    Changed,
    Effect,
    Made,
    Outcome,
    Printed,
    Project,
    Raised,
    Returned,
    Seen,
    outcome,
    state,
)
from pytest_aigen.explore.recipes import Call, Recipe, spread
from pytest_aigen.explore.record import Inexpressible, places, record
from pytest_aigen.explore.search import Find, Limits, Search, Trying, best, guards
from pytest_aigen.explore.state import Snapshot
from pytest_aigen.explore.trace import TooLong, Traced, Tracer, first_lines

_MOST_OBSERVED = 60


@dataclass(frozen=True, slots=True)
class Brief:
    """What to explore."""

    module: str
    path: Path
    qualname: str
    #: First line of the definition, decorators included: a property has several of one name.
    first: int
    goals: Reached
    seed: int = 0
    limits: Limits = field(default_factory=Limits)
    #: Numbers of calls that ended an earlier child.
    skip: tuple[int, ...] = ()
    #: From this number on, announce every call.
    careful: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What to observe: finds of a search, from which those are chosen that together reach the goals."""

    module: str
    path: Path
    qualname: str
    first: int
    goals: Reached
    finds: tuple[Find, ...]


def explore(brief: Brief) -> Iterator[Find | Trying]:
    """Search one function: finds as they come."""
    sys.dont_write_bytecode = True
    module = _module(brief.module, brief.path)
    subject = module.subject(brief.qualname, brief.first) if module is not None else None
    if module is None or subject is None or not subject.callable:
        return
    project = Project(brief.module, brief.path)
    tracer = _tracer(module, brief.path)
    snapshot = Snapshot(module.object)

    def weigh(traced: Traced) -> float | None:
        snapshot.restore()
        return _weigh(traced, project)

    search = Search(
        subject, brief.goals, tracer, weigh,
        seed=brief.seed, limits=brief.limits, guards=guards(module.tree), skip=brief.skip, careful=brief.careful,
    )  # fmt: skip
    with tracer.quiet():
        yield from search.run()


def observe(look: Look) -> Iterator[Seen]:
    """Call the finds again, best first, and say what they did, until the goals are reached."""
    observer = _Observer.of(look)
    left, finds = look.goals, list(look.finds)
    for _ in range(_MOST_OBSERVED if observer is not None else 0):
        find = best(finds, left)
        if find is None:
            return
        finds = [other for other in finds if other is not find]
        seen = observer.seen(find) if observer is not None else None
        if seen is not None and seen.reached & left:
            left -= seen.reached
            yield seen


def again(look: Look) -> Iterator[Seen | None]:
    """Observe each of the finds once more, in a child of its own; None for one that is no test there."""
    observer = _Observer.of(look)
    for find in look.finds if observer is not None else ():
        yield observer.seen(find) if observer is not None else None


def _module(name: str, path: Path) -> Module | None:
    try:
        return Module(name, path.read_bytes().decode("utf-8-sig"))
    except BaseException as error:  # whatever importing code raises
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def _tracer(module: Module, path: Path) -> Tracer:
    places()  # asks the file system, so before the belt is on
    names = {str(path), str(path.resolve()), getattr(module.object, "__file__", None) or str(path)}
    return Tracer(frozenset(names), first_lines(module.tree), effects.belt())


def _weigh(traced: Traced, project: Project) -> float | None:
    if traced.error is not None:
        return 1.0 if project.on_purpose(traced.error) else None
    result = traced.result
    if result is None:
        return 8.0 if traced.printed else 6.0
    if type(result) in (str, bytes, list, tuple, dict, set, int, float) and not result:
        return 4.0
    if type(result) in (bool, int, float, str, bytes, list, tuple, dict) and traced.prepared is not None:
        same = any(type(result) is type(given) and result == given for given in traced.prepared.positional)
        return 2.0 if same else 0.0
    return 1.0


@dataclass(frozen=True, slots=True)
class _Observer:
    project: Project
    tracer: Tracer
    snapshot: Snapshot
    #: Whether the function returns something anywhere, so that None is an answer too.
    answers: bool

    @classmethod
    def of(cls, look: Look) -> _Observer | None:
        sys.dont_write_bytecode = True
        module = _module(look.module, look.path)
        if module is None:
            return None
        answers = module.answers(look.qualname, look.first)
        return cls(
            Project(look.module, look.path), _tracer(module, look.path), Snapshot(module.object), answers
        )

    def seen(self, find: Find) -> Seen | None:
        """What the call does, twice the same; None for what is no test."""
        with self.tracer.quiet():
            first, second = self._once(find.call), self._once(find.call)
            if first is None or second is None or repr(first[:2]) != repr(second[:2]):
                return None
            came, effected, traced = first
            if came is None and not effected:
                return None
            if isinstance(came, Made) and not came.looks and not self.project.owns(_file_of(traced.result)):
                return None
            if self._unsteady(find.call):
                return None
        reached = Reached(frozenset(traced.lines), frozenset(traced.arcs))
        return Seen(
            find.call, came, tuple(effected), find.reached & reached, traced.how, frozenset(traced.lines)
        )

    def _unsteady(self, call: Call) -> bool:
        try:
            return self.tracer.limited(lambda: effects.unsteady(lambda: drive(prepare(call).run())))
        except TooLong:
            return True
        finally:
            self.snapshot.restore()

    def _once(self, call: Call) -> tuple[Outcome, list[Effect], Traced] | None:
        limited = self.tracer.limited
        try:
            before = limited(lambda: state(prepare(call).receiver)) if call.receiver is not None else {}
            self.snapshot.restore()
            traced = self.tracer.run(call)
            if traced.spoiled:
                return None
            came = limited(lambda: outcome(traced, self.project, call.kind == "init"))
            effected = limited(lambda: _effects(call, traced, came, before))
        except (SetupFailed, Inexpressible, TooLong):
            return None
        finally:
            self.snapshot.restore()
        if came is None and traced.result is None and not effected and self.answers:
            came = Returned(None, traced.how)
        return came, effected, traced


def _effects(call: Call, traced: Traced, came: object, before: dict[str, Recipe]) -> list[Effect]:
    found: list[Effect] = []
    if traced.prepared is None or isinstance(came, Raised) or traced.how not in ("plain", "await"):
        return found
    found += _changed_arguments(call, traced)
    if call.receiver is not None and call.kind in ("method", "setter"):
        after = state(traced.prepared.receiver)
        changed = [look for look, value in after.items() if repr(value) != repr(before.get(look, ...))]
        found += [Changed(None, look, after[look]) for look in changed[:3]]
    if came is None and traced.printed and not found:
        try:
            found.append(Printed(record(traced.printed)))
        except Inexpressible:
            pass
    return found


def _changed_arguments(call: Call, traced: Traced) -> Iterator[Effect]:
    assert traced.prepared is not None
    positional, keywords = spread(call.args)
    pairs: list[tuple[int | str, Any, Any]] = [
        (place, old, new) for place, (old, new) in enumerate(zip(positional, traced.prepared.positional))
    ]
    pairs += [(name, old, traced.prepared.keywords.get(name)) for name, old in keywords.items()]
    if any(arg.form in ("star", "stars") for arg in call.args):
        return
    for place, old, new in pairs:
        if type(new) not in (list, dict, set, bytearray):
            continue
        try:
            if new != old:
                yield Changed(place, "{0}", record(new))
        except Inexpressible:
            continue


def _file_of(value: object) -> str:
    module = sys.modules.get(type(value).__module__)
    return str(getattr(module, "__file__", "") or "")
