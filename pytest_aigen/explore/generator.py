"""The offline engine as a generator: tests without a model."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_aigen.data import (
    Candidate,
    Condition,
    Context,
    Fixture,
    Hurdle,
    Job,
    Obstacle,
    Outcome,
    Probe,
    Reached,
    Target,
)
from pytest_aigen.explore import naming, render, solver
from pytest_aigen.explore.definitions import functions
from pytest_aigen.explore.finds import DEFAULT, Find, Limits, Spent, Trying
from pytest_aigen.explore.observe import Seen
from pytest_aigen.explore.probe import Brief, Look
from pytest_aigen.explore.recipes import Call

if TYPE_CHECKING:
    from pytest_aigen.data import Run, Verdict
    from pytest_aigen.protocols import Executor

_PROBE = "pytest_aigen.explore.probe"
#: Children that may be lost to one target: two find out which call ends them, one goes on without it.
_CHILDREN = 5
#: Seconds without a word in the later ones, which need not wait for slow imports any more.
_AGAIN = 3.0
#: Steps that the offline engine makes in a second on an ordinary processor, tracing and all else included.
_SPEED = 250_000
#: By how much a search may take longer than that before the clock ends it: on a slow machine, or where other work goes on.
_SLOWER = 4.0
#: Seconds of a search at least.
_LEAST = 0.3
#: How much more than its share of a module's time a function may have: most need less than theirs.
_MORE = 2.0
#: Processor seconds that the solver may take for one function.
_SOLVING = 5.0
#: Calls in a row that reach nothing new, of a search that begins with what the solver found.
_NEAR = 300
#: At which what a call does must be the same, where it reads a clock.
_MOMENTS = (Condition.MOMENT, Condition.OTHER_MOMENT)
#: What a search knows better than a look at its finds.
_SURE = frozenset({Hurdle.FORBIDDEN, Hurdle.UNIMPORTED, Hurdle.UNMADE, Hurdle.LOST})


class Explore:
    """Searches inputs for the target's function and writes down what it does with them."""

    name = "explore"
    computes = True

    def __init__(
        self,
        executor: Executor,
        *,
        timeout: float = 10.0,
        seed: int = 0,
        limits: Limits = DEFAULT,
        search_time: float = 10.0,
        solves: bool = False,
    ) -> None:
        """``solves``: whether CrossHair is there."""
        self._executor = executor
        self._timeout = timeout
        self._seed = seed
        self._limits = limits
        self._search_time = search_time
        self._solves = solves
        #: Processor seconds of the searches in a module so far.
        self._spent: defaultdict[Path, float] = defaultdict(float)
        #: What stood in the way of each target that was searched; says nothing of one that was reached after all.
        self.obstacles: dict[Target, Obstacle] = {}

    async def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """One round; a second one would find the same."""
        target = context.target
        if context.left.is_module_body:
            self.obstacles[target] = Obstacle(Hurdle.UNCALLED, "it runs when the module is imported")
        if history or context.left.is_module_body or not context.left.missing:
            return
        brief = Brief(
            target.module,
            target.gap.path,
            context.left.qualname,
            context.left.first,
            context.left.missing,
            self._seed,
            self._within(target, self._limits),
            observations=context.observations,
            fixtures=usable(context),
        )
        self.obstacles.pop(target, None)
        finds = await self._search(target, brief)
        finds += await self._solve(target, brief, finds)
        if not finds:
            return
        seen = await self._observe(target, brief, finds)
        tree = ast.parse(target.gap.path.read_bytes())
        optional = naming.optional(tree, context.left.qualname)
        for one, name in zip(seen, naming.names(seen, tree, context.left.qualname)):
            yield Candidate(target, name, render.module(one, name, optional), self.name)

    def _within(self, target: Target, limits: Limits) -> Limits:
        """What a search for that target may take: its share of the module's time as steps, whatever others took of theirs.
        Where the module has had far more of the clock than that, enough for the first inputs.
        """
        path = target.gap.path
        wanted = max(_LEAST, _MORE * self._search_time * share(path, target.gap.qualname))
        left = _SLOWER * self._search_time - self._spent[path]
        return replace(
            limits,
            steps=min(limits.steps, int(_SPEED * wanted)),
            seconds=max(_LEAST, min(limits.seconds, left)),
        )

    async def _search(self, target: Target, brief: Brief) -> tuple[Find, ...]:
        """Finds of one search; what ends a child is found out and left out."""
        finds: dict[str, Find] = {}
        for _ in range(_CHILDREN):
            timeout = self._timeout if brief.careful is None else min(self._timeout, _AGAIN)
            run = await self._run(target, "explore", brief, timeout=timeout, fixtures=bool(brief.fixtures))
            values: Sequence[Any] = run.value or ()
            for value in values:
                if isinstance(value, Find):
                    finds.setdefault(repr(value.call), value)
                elif isinstance(value, Spent):
                    self._spent[target.gap.path] += value.seconds
                elif isinstance(value, Obstacle):
                    self.obstacles[target] = value
            if run.outcome not in (Outcome.TIMEOUT, Outcome.CRASHED):
                break
            self._spent[target.gap.path] += min(run.seconds, brief.limits.seconds)
            self.obstacles[target] = Obstacle(Hurdle.LOST)
            last = next((value.index for value in reversed(values) if isinstance(value, Trying)), None)
            if last is None:
                break
            if brief.careful is None:
                brief = replace(brief, careful=last)
            else:
                brief = replace(brief, skip=(*brief.skip, last), careful=last)
        return tuple(finds.values())

    async def _solve(self, target: Target, brief: Brief, finds: tuple[Find, ...]) -> tuple[Find, ...]:
        """Finds of one more search, which begins with what a solver finds for what the first one left."""
        left, path = brief.goals, target.gap.path
        for find in finds:
            left -= find.reached
        # Half of what there is: the functions that come later want some.
        seconds = min(_SOLVING, (self._search_time - self._spent[path]) / 2)
        if not self._solves or not left or seconds < _LEAST:
            return ()
        rest = replace(brief, goals=left, limits=replace(brief.limits, seconds=seconds))
        run = await self._run(target, "solve", rest, first=solver.LOAD)
        values: Sequence[Any] = run.value or ()
        self._spent[path] += next((value.seconds for value in values if isinstance(value, Spent)), seconds)
        given = tuple(value for value in values if isinstance(value, Call))
        more: tuple[Find, ...] = ()
        if given:
            limits = self._within(target, replace(self._limits, stale=_NEAR))
            more = await self._search(target, replace(brief, goals=left, given=given, limits=limits))
        if run.outcome is not Outcome.PASSED and self.obstacles.get(target) == Obstacle(Hurdle.UNREACHED):
            said = (run.detail or run.outcome.value).partition("\n")[0]
            self.obstacles[target] = Obstacle(Hurdle.UNREACHED, f"CrossHair was no help: {said}")
        return more

    async def _observe(self, target: Target, brief: Brief, finds: tuple[Find, ...]) -> list[Seen]:
        """What the best of the finds do, the same in two sessions with different hash seeds, and at another time."""
        look = Look(brief.module, brief.path, brief.qualname, brief.first, brief.goals, finds)
        asked = bool(brief.fixtures)
        run = await self._run(target, "observe", look, fixtures=asked)
        seen = [value for value in run.value or () if isinstance(value, Seen)]
        unfit = [value for value in run.value or () if isinstance(value, Obstacle)]
        timed = [one for one in seen if one.is_timed]
        if timed:
            lasting = timed
            for moment in _MOMENTS:
                lasting = (await self._held(target, look, lasting, moment, asked) or []) if lasting else []
            seen = _needed([one for one in seen if not one.is_timed or one in lasting], brief.goals)
            unfit += [] if len(lasting) == len(timed) else [Obstacle(Hurdle.UNSTEADY)]
        if unfit and self.obstacles.get(target, unfit[0]).hurdle not in _SURE:
            self.obstacles[target] = unfit[0]
        if not seen:
            return []
        held = await self._held(target, look, seen, Condition.HASH_SEED, asked)
        return seen if held is None else held

    async def _held(
        self, target: Target, look: Look, seen: list[Seen], condition: Condition, asked: bool
    ) -> list[Seen] | None:
        """Those that do the same under the condition; None where the executor cannot bring it about."""
        chosen = tuple(Find(one.call, one.reached, 0.0) for one in seen)
        conditions = frozenset({condition})
        if condition in _MOMENTS:  # it is an hour too, and the hour depends on the zone
            conditions |= {Condition.ZONE}
        run = await self._run(
            target, "again", replace(look, finds=chosen), conditions=conditions, fixtures=asked
        )
        repeated: Sequence[Any] = run.value or ()
        if run.outcome is not Outcome.PASSED or len(repeated) != len(seen) or condition not in run.under:
            return None
        return [one for one, two in zip(seen, repeated) if two is not None and _same(one, two)]

    async def _run(
        self,
        target: Target,
        function: str,
        argument: object,
        *,
        conditions: frozenset[Condition] = frozenset(),
        timeout: float | None = None,
        first: str = "",
        fixtures: bool = False,
    ) -> Run:
        # A module that ends its process may owe that to where it was imported: the next process imports it itself.
        imports = () if isinstance(argument, Brief) and argument.careful is not None else (target.module,)
        probe = Probe(f"{_PROBE}:{function}", argument, first, wants_fixtures=fixtures, imports=imports)
        return await self._executor.run(
            Job(target.test_path, (), timeout=timeout or self._timeout, conditions=conditions, probe=probe)
        )


def share(path: Path, qualname: str) -> float:
    """The part of a module's functions that one is, by statements."""
    sizes = _sizes(path, path.read_bytes())
    return sizes.get(qualname, 1) / max(1, sum(sizes.values()))


@functools.lru_cache(maxsize=64)
def _sizes(path: Path, source: bytes) -> Mapping[str, int]:
    """The statements of each function, those of the functions in it too."""
    return {
        name: sum(isinstance(child, ast.stmt) for child in ast.walk(node))
        for name, node in functions(ast.parse(source))
    }


def usable(context: Context) -> tuple[Fixture, ...]:
    """Fixtures that a test can ask for again and again, under names that do not hide the module under test."""
    fixtures = (*context.fixtures, *context.own_fixtures)
    top = context.target.module.partition(".")[0]
    return tuple(one for one in fixtures if one.is_plain and one.name != top)


def _needed(seen: list[Seen], left: Reached) -> list[Seen]:
    """Without those that reach nothing that an earlier one does not."""
    needed: list[Seen] = []
    for one in seen:
        if one.reached & left:
            needed.append(one)
            left -= one.reached
    return needed


def _same(one: Seen, two: Seen) -> bool:
    """Whether both say the same; dicts in whatever order."""
    return one.outcome == two.outcome and one.effects == two.effects
