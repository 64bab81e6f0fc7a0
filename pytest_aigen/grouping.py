"""Targets that are asked for together: small neighbours of one class, which share most of what a model is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from pytest_aigen.data import NOTHING, Context, Gap, Target, Trial, Verdict
from pytest_aigen.protocols import Generator

#: Lines of a small function, and of all functions of a group together; how many these are at most.
SMALL, LINES, MOST = 20, 60, 6


def groups_for(generator: Generator, targets: Iterable[Target]) -> list[tuple[Target, ...]]:
    """The targets as a generator is asked for them: alone, or small neighbours together where it takes them so."""
    together = getattr(generator, "groups", False) and not getattr(generator, "computes", False)
    return groups(targets) if together else [(target,) for target in targets]


def groups(targets: Iterable[Target]) -> list[tuple[Target, ...]]:
    """Each target in one group, the groups in the order of their first targets; within a group as they stand in the file.

    What one request costs beside its functions it costs once for a group; more than a few functions, or long ones, are
    left to requests of their own, whose replies are not cut short.
    """
    wanted = list(targets)
    neighbours: dict[object, list[Target]] = {}
    for number, target in enumerate(wanted):
        owner = target.gap.qualname.rpartition(".")[0]
        is_small = bool(owner) and "<" not in owner and _lines(target) <= SMALL
        key = (target.gap.path, target.test_path, owner) if is_small else number
        neighbours.setdefault(key, []).append(target)
    found = [group for several in neighbours.values() for group in _cut(several)]
    place = {target: number for number, target in enumerate(wanted)}
    return sorted(found, key=lambda group: min(place[target] for target in group))


def _cut(several: Sequence[Target]) -> Iterable[tuple[Target, ...]]:
    """Neighbours in groups of the size that a group may have."""
    group: list[Target] = []
    for target in sorted(several, key=lambda target: target.gap.first):
        if group and (len(group) == MOST or sum(map(_lines, [*group, target])) > LINES):
            yield tuple(group)
            group = []
        group.append(target)
    yield tuple(group)


def _lines(target: Target) -> int:
    return target.gap.last - target.gap.first + 1


def combined(contexts: Sequence[Context]) -> Context:
    """One context for the targets of a group: the first, with what the others refer to, and these in ``others``."""
    first, *others = contexts
    if not others:
        return first
    merged: dict[str, Any] = {}
    for name in (field.name for field in fields(Context)):
        values = [getattr(context, name) for context in contexts]
        if isinstance(values[0], tuple):
            merged[name] = tuple(dict.fromkeys(item for value in values for item in value))
    return replace(first, **{**merged, "others": tuple(others)})


def history(of: Iterable[Sequence[Verdict]]) -> list[Verdict]:
    """The histories of several targets as one, round by round; what they share is in it once."""
    found = {id(verdict): verdict for verdicts in of for verdict in verdicts}
    return sorted(found.values(), key=lambda verdict: verdict.candidate.attempt)


def attributed(trial: Trial, left: Callable[[Target], Gap]) -> Trial:
    """The trial after it ran, counted for the target of its request that it is about: that of its candidate where it
    reaches something that is left of it, else that of which it reaches most.
    """
    candidate = trial.candidate

    def reached(target: Target) -> int:
        return len(left(target).missing & trial.run.covered.get(target.gap.path, NOTHING))

    if not candidate.others or reached(candidate.target):
        return trial
    best = max(candidate.targets, key=reached)
    others = tuple(target for target in candidate.targets if target != best)
    return replace(trial, candidate=replace(candidate, target=best, others=others))
