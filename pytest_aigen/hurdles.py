"""Why each gap is left: what its generator met, which check refused what gets there, or that the run ended before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from pytest_aigen.data import (
    NOTHING,
    Ended,
    Gap,
    Hurdle,
    Left,
    Obstacle,
    Rejected,
    Target,
    Verdict,
)
from pytest_aigen.plan import Plan


class Run(Protocol):
    """What is asked of a run of the line."""

    @property
    def plan(self) -> Plan: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...
    @property
    def ended(self) -> Ended: ...
    @property
    def detail(self) -> str: ...


def explained(left: Sequence[Gap], run: Run) -> tuple[Left, ...]:
    """Each gap that was a target, with what stood in its way; in the order of ``left``.

    A generator may have ``obstacles``: what it met, by target. A test that got there and was refused says more.
    """
    met: dict[Target, Obstacle] = {}
    for generator in run.plan.generators:
        met.update(getattr(generator, "obstacles", {}))
    of_gap = {_key(target.gap): target for target in run.plan.targets}
    refused: dict[Target, list[Rejected]] = {}
    tried = set(met)
    for verdict in run.verdicts:
        tried.add(verdict.candidate.target)
        if isinstance(verdict, Rejected):
            refused.setdefault(verdict.candidate.target, []).append(verdict)
    found = []
    for gap in left:
        target = of_gap.get(_key(gap))
        if target is not None:
            first = next(_reaching(refused.get(target, ()), gap), None)
            if first is not None:
                said = Obstacle(Hurdle.REFUSED, f"{first.refusal.check}: {first.refusal.reason}")
            elif target in met:
                said = met[target]
            elif run.ended is not Ended.COMPLETE and target not in tried:
                said = Obstacle(Hurdle.UNTRIED, run.detail or run.ended.value)
            else:
                said = Obstacle(Hurdle.UNREACHED)
            found.append(Left(target, gap, said))
    return tuple(found)


def _key(gap: Gap) -> tuple[object, ...]:
    return gap.path, gap.qualname, gap.first


def _reaching(refused: Sequence[Rejected], gap: Gap) -> Iterator[Rejected]:
    """Refused tests that ran and got to what is left."""
    return (r for r in refused if r.run.covered.get(gap.path, NOTHING) & gap.missing)
