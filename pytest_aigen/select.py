"""Which accepted tests the others make redundant: a greedy set cover."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from pytest_aigen.data import Branch, Candidate, Covered, Line, Mutant, Trial

Item: TypeAlias = tuple[Path, Line | Branch] | Mutant


def redundant(trials: Sequence[Trial]) -> tuple[Candidate, ...]:
    """Candidates without which the trials together still cover all that they gained, and kill every mutant that they
    are known to kill, in the order of the trials.

    Fewer tests are preferred, then those that kill more, shorter, faster and earlier ones. What a test covers beyond its
    own gain counts, so an early test whose gain a later one covers as well can go; but not where it alone is known to
    notice that a line breaks: to execute a line proves nothing about it, and a mutant that a test was not tried on does
    not count as killed. A trial that gained and killed nothing was accepted for another reason and is never among them.
    """
    bits: dict[Item, int] = {}
    for trial in trials:
        for item in (*_items(trial.gained), *trial.killed):
            bits.setdefault(item, 1 << len(bits))
    masks = [
        sum(bits.get(item, 0) for item in {*_items(trial.run.covered), *trial.killed}) for trial in trials
    ]
    masks = [
        mask | sum(bits[item] for item in _items(t.gained) if not mask & bits[item])
        for mask, t in zip(masks, trials, strict=True)
    ]
    held = 0
    for mask, trial in zip(masks, trials, strict=True):
        held |= 0 if trial.gained or trial.killed else mask
    masks = [mask & ~held for mask in masks]
    kept = _needed(_cover(masks, trials), masks, trials)
    return tuple(t.candidate for i, t in enumerate(trials) if (t.gained or t.killed) and i not in kept)


def _items(covered: Covered) -> Iterator[Item]:
    for path, reached in covered.items():
        for line in reached.lines:
            yield path, line
        for branch in reached.branches:
            yield path, branch


def _burden(trial: Trial) -> tuple[int, int, float]:
    """What speaks against keeping a test, of two that add the same; seconds are rounded, or noise would decide."""
    return -len(trial.killed), len(trial.candidate.code), round(trial.run.seconds, 1)


def _cover(masks: Sequence[int], trials: Sequence[Trial]) -> list[int]:
    """Indices, each covering most of what those before it leave."""
    left = 0
    for mask in masks:
        left |= mask
    # What an index adds only shrinks, so an old entry that is still on top after a new look is the best one.
    heap = [(-mask.bit_count(), _burden(trials[i]), i) for i, mask in enumerate(masks)]
    heapq.heapify(heap)
    chosen = []
    while left:
        adds, burden, i = heapq.heappop(heap)
        now = -(masks[i] & left).bit_count()
        if now != adds:
            heapq.heappush(heap, (now, burden, i))
            continue
        chosen.append(i)
        left &= ~masks[i]
    return chosen


def _needed(chosen: Sequence[int], masks: Sequence[int], trials: Sequence[Trial]) -> set[int]:
    """The chosen without those whose share later choices cover, the costliest looked at first."""
    needed = set(chosen)
    for i in sorted(chosen, key=lambda i: (*_burden(trials[i]), i), reverse=True):
        others = 0
        for j in needed - {i}:
            others |= masks[j]
        if not masks[i] & ~others:
            needed.discard(i)
    return needed
