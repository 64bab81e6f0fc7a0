"""What runs in the child: imports the module under test, so only there. Imports nothing but the standard library, this
package, and the solver where one is asked.
"""

from __future__ import annotations

import ast
import functools
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen.data import Branch, Fixture, Hurdle, Line, Observation, Obstacle, Reached
from pytest_aigen.explore import effects, solver, symbolic
from pytest_aigen.explore.comparisons import recording
from pytest_aigen.explore.constants import reads_clock
from pytest_aigen.explore.files import works_with_files
from pytest_aigen.explore.finds import Find, Limits, Spent, Trying, best
from pytest_aigen.explore.fixtures import staged
from pytest_aigen.explore.follow import follow
from pytest_aigen.explore.guards import guards
from pytest_aigen.explore.objects import Module
from pytest_aigen.explore.observe import (
    Project,
    Seen,
)
from pytest_aigen.explore.observer import Observer
from pytest_aigen.explore.recipes import Call
from pytest_aigen.explore.record import places
from pytest_aigen.explore.room import ROOM
from pytest_aigen.explore.scales import Scales
from pytest_aigen.explore.search import Search
from pytest_aigen.explore.state import Snapshot
from pytest_aigen.explore.trace import Tracer, first_lines
from pytest_aigen.explore.words import named
from pytest_aigen.protocols import FixtureValues

_MOST_OBSERVED = 60
#: Of the finds that read a clock so many for each goal: not all will do the same at another time.
_MOST_TIMED = 6


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
    #: Calls that the suite made of functions in the file.
    observations: tuple[Observation, ...] = ()
    #: Calls to begin with, from elsewhere.
    given: tuple[Call, ...] = ()
    #: What tests of the module can ask for.
    fixtures: tuple[Fixture, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What to observe: finds of a search, from which those are chosen that together reach the goals."""

    module: str
    path: Path
    qualname: str
    first: int
    goals: Reached
    finds: tuple[Find, ...]


def explore(brief: Brief, values: FixtureValues | None = None) -> Iterator[Find | Trying | Spent | Obstacle]:
    """Search one function: finds as they come; at the end the time it took, and what stood in the way of more."""
    began = time.process_time()
    sys.dont_write_bytecode = True
    module = _module(brief.module, brief.path, brief.observations, brief.fixtures if values else ())
    if isinstance(module, Obstacle):
        yield module
        return
    subject = module.subject(brief.qualname, brief.first)
    if subject is None or not subject.callable:
        yield Obstacle(Hurdle.UNCALLED)
        return
    subject = replace(subject, examples=(*brief.given, *subject.examples))
    project = Project(brief.module, brief.path)
    tracer = _tracer(module, brief.path)
    snapshot = Snapshot(module.object)

    answers = module.answers(brief.qualname, brief.first)
    scales = Scales(project, tracer, snapshot, brief.goals, answers)
    search = Search(
        subject, brief.goals, tracer, scales.weigh,
        seed=brief.seed, limits=brief.limits, guards=guards(module.tree), skip=brief.skip, careful=brief.careful,
        settle=snapshot.restore, follow=lambda call, traced: follow(module, subject, call, traced),
    )  # fmt: skip
    tracer.comparisons.install(module.object, brief.path.read_bytes(), tracer.filenames)
    with ROOM, staged(values), tracer.quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield from search.run()
    yield Spent(time.process_time() - began)
    yield obstacle(search, scales, tracer.belt)


def solve(brief: Brief) -> Iterator[Call | Trying | Spent]:
    """Have a solver find calls that reach the goals: those that do as they come, before each path its number; at the end the
    time it took. `solver.load` comes first. Raises what the solver raises.
    """
    began = time.process_time()
    sys.dont_write_bytecode = True
    module = _module(brief.module, brief.path, brief.observations)
    subject = module.subject(brief.qualname, brief.first) if isinstance(module, Module) else None
    if isinstance(module, Module) and subject is not None:
        tracer, snapshot = _tracer(module, brief.path), Snapshot(module.object)
        with tracer.quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from symbolic.calls(
                subject,
                brief.goals,
                tracer,
                solver.paths,
                seconds=brief.limits.seconds,
                settle=snapshot.restore,
            )
    yield Spent(time.process_time() - began)


def obstacle(search: Search, scales: Scales, belt: effects.Belt) -> Obstacle:
    """What most likely kept the search from the rest of its goals: the least a person can change about it comes first."""
    spoiled = search.spoiled
    if spoiled["Blocked"]:
        return Obstacle(Hurdle.FORBIDDEN, ", ".join(sorted(belt.all_refused)))
    if search.count and spoiled["SetupFailed"] == search.count:
        return Obstacle(Hurdle.UNMADE)
    if spoiled["TooLong"] * 2 > search.count:
        return Obstacle(Hurdle.LOST)
    if scales.silent - search.best.keys():
        return Obstacle(Hurdle.SILENT)
    ends = sorted({name for goal, name in scales.accidents.items() if goal not in search.best})
    if ends:
        return Obstacle(Hurdle.ACCIDENT, ", ".join(ends[:2]))
    return Obstacle(Hurdle.UNREACHED)


def observe(look: Look, values: FixtureValues | None = None) -> Iterator[Seen | Obstacle]:
    """Call the finds again, best first, and say what they did, until the goals are reached, by finds that read a clock more
    than once; or why one is no test.
    """
    observer = observer_of(look)
    left, finds = look.goals, list(look.finds)
    timed: Counter[Line | Branch] = Counter()
    with ROOM, staged(values):
        for _ in range(_MOST_OBSERVED if observer is not None else 0):
            find = best(finds, left)
            if find is None:
                return
            finds = [other for other in finds if other is not find]
            seen = observer.seen(find) if observer is not None else None
            if isinstance(seen, Hurdle):
                yield Obstacle(seen)
            elif seen is not None and seen.reached & left:
                yield seen
                if not seen.is_timed:
                    left -= seen.reached
                    continue
                timed.update(seen.reached.lines)
                timed.update(seen.reached.branches)
                left -= Reached(
                    frozenset(line for line in seen.reached.lines if timed[line] >= _MOST_TIMED),
                    frozenset(branch for branch in seen.reached.branches if timed[branch] >= _MOST_TIMED),
                )


def again(look: Look, values: FixtureValues | None = None) -> Iterator[Seen | None]:
    """Observe each of the finds once more, in a child of its own; None for one that is no test there."""
    observer = observer_of(look)
    with ROOM, staged(values):
        for find in look.finds if observer is not None else ():
            seen = observer.seen(find) if observer is not None else None
            yield seen if isinstance(seen, Seen) else None


def observer_of(look: Look) -> Observer | None:
    """None where the module cannot be imported."""
    sys.dont_write_bytecode = True
    module = _module(look.module, look.path)
    if isinstance(module, Obstacle):
        return None
    return Observer(
        Project(look.module, look.path),
        _tracer(module, look.path),
        Snapshot(module.object),
        module.answers(look.qualname, look.first),
    )


def foresee(name: str) -> None:
    """Work out what all probes of a module that is imported want to know of it, in the process that theirs are forked from."""
    path = Path(str(sys.modules[name].__file__))
    module = _plain(name, path.read_bytes())
    for part in ("arguments", "examples"):
        getattr(module, part)
    for read in (first_lines, guards, reads_clock, works_with_files):
        read(module.tree)
    recording(path.read_bytes(), str(path))
    Project(name, path)
    named("")


@functools.lru_cache(maxsize=8)
def _plain(name: str, source: bytes) -> Module:
    """The module without what others say of it. Raises what importing it raises."""
    return Module(name, ast.parse(source.decode("utf-8-sig")))


def _module(
    name: str,
    path: Path,
    observations: tuple[Observation, ...] = (),
    fixtures: tuple[Fixture, ...] = (),
) -> Module | Obstacle:
    try:
        plain = _plain(name, path.read_bytes())
        if plain.object is not sys.modules.get(name):  # it was imported anew since
            _plain.cache_clear()
            plain = _plain(name, path.read_bytes())
        return Module(name, plain.tree, observations, fixtures) if observations or fixtures else plain
    except BaseException as error:  # whatever importing code raises
        if isinstance(error, KeyboardInterrupt):
            raise
        return Obstacle(Hurdle.UNIMPORTED, f"{type(error).__name__}: {error}".rstrip(": "))


def _tracer(module: Module, path: Path) -> Tracer:
    places()  # asks the file system, so before the belt is on
    names = {str(path), str(path.resolve()), getattr(module.object, "__file__", None) or str(path)}
    return Tracer(frozenset(names), first_lines(module.tree), effects.belt())
