"""The offline engine as a generator: tests without a model."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aigen.data import Candidate, Condition, Context, Job, Outcome, Probe, Target
from pytest_aigen.explore import naming, render
from pytest_aigen.explore.observe import Seen
from pytest_aigen.explore.probe import Brief, Look
from pytest_aigen.explore.search import DEFAULT, Find, Limits, Trying

if TYPE_CHECKING:
    from pytest_aigen.data import Run, Verdict
    from pytest_aigen.protocols import Executor, Generator, Model
    from pytest_aigen.settings import Settings

_PROBE = "pytest_aigen.explore.probe"
#: Children that may be lost to one target: two find out which call ends them, one goes on without it.
_CHILDREN = 5
#: Seconds without a word in the later ones, which need not wait for slow imports any more.
_AGAIN = 3.0


class Explore:
    """Searches inputs for the target's function and writes down what it does with them."""

    name = "explore"

    def __init__(
        self, executor: Executor, *, timeout: float = 10.0, seed: int = 0, limits: Limits = DEFAULT
    ) -> None:
        self._executor = executor
        self._timeout = timeout
        self._seed = seed
        self._limits = limits

    async def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """One round; a second one would find the same."""
        target = context.target
        if history or context.left.is_module_body or not context.left.missing:
            return
        brief = Brief(
            target.module,
            target.gap.path,
            context.left.qualname,
            context.left.first,
            context.left.missing,
            self._seed,
            self._limits,
        )
        finds = await self._search(target, brief)
        if not finds:
            return
        seen = await self._observe(target, brief, finds)
        tree = ast.parse(target.gap.path.read_bytes())
        taken: set[str] = set()
        for one in seen:
            name = naming.name(one, tree, context.left.qualname, taken)
            taken.add(name)
            yield Candidate(target, name, render.module(one, name), self.name)

    async def _search(self, target: Target, brief: Brief) -> tuple[Find, ...]:
        """Finds of one search; what ends a child is found out and left out."""
        finds: dict[str, Find] = {}
        for _ in range(_CHILDREN):
            timeout = self._timeout if brief.careful is None else min(self._timeout, _AGAIN)
            run = await self._run(target, "explore", brief, timeout=timeout)
            values: Sequence[Any] = run.value or ()
            for value in values:
                if isinstance(value, Find):
                    finds.setdefault(repr(value.call), value)
            if run.outcome not in (Outcome.TIMEOUT, Outcome.CRASHED):
                break
            last = next((value.index for value in reversed(values) if isinstance(value, Trying)), None)
            if last is None:
                break
            if brief.careful is None:
                brief = replace(brief, careful=last)
            else:
                brief = replace(brief, skip=(*brief.skip, last), careful=last)
        return tuple(finds.values())

    async def _observe(self, target: Target, brief: Brief, finds: tuple[Find, ...]) -> list[Seen]:
        """What the best of the finds do, the same in two sessions with different hash seeds."""
        look = Look(brief.module, brief.path, brief.qualname, brief.first, brief.goals, finds)
        run = await self._run(target, "observe", look)
        seen = [value for value in run.value or () if isinstance(value, Seen)]
        chosen = tuple(Find(one.call, one.reached, 0.0) for one in seen)
        if not chosen:
            return []
        other = await self._run(
            target, "again", replace(look, finds=chosen), conditions=frozenset({Condition.HASH_SEED})
        )
        repeated: Sequence[Any] = other.value or ()
        if other.outcome is not Outcome.PASSED or len(repeated) != len(seen):
            return seen
        return [one for one, two in zip(seen, repeated) if two is not None and _same(one, two)]

    async def _run(
        self,
        target: Target,
        function: str,
        argument: object,
        *,
        conditions: frozenset[Condition] = frozenset(),
        timeout: float | None = None,
    ) -> Run:
        probe = Probe(f"{_PROBE}:{function}", argument)
        return await self._executor.run(
            Job(target.test_path, (), timeout=timeout or self._timeout, conditions=conditions, probe=probe)
        )


def _same(one: Seen, two: Seen) -> bool:
    """Whether both say the same; dicts in whatever order."""
    return one.outcome == two.outcome and one.effects == two.effects


@pytest.hookimpl
def pytest_aigen_generator(
    name: str, model: Model | None, executor: Executor, settings: Settings
) -> Generator | None:
    return Explore(executor, timeout=settings.timeout) if name == Explore.name else None
