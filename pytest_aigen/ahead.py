"""Asks the checks about candidates before their turn, as if all candidates before them were kept.

Acceptance is one at a time, and what a candidate gains depends on what was accepted before it; asking the checks is what
takes the time. Most candidates are kept, so what the next one will gain is known as soon as it has run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pytest_aigen import verify
from pytest_aigen.abreast import ended
from pytest_aigen.books import Books
from pytest_aigen.checking import Checking, Opinion
from pytest_aigen.data import Covered, Outcome, Refusal, Rejected, Trial
from pytest_aigen.protocols import Stage

#: The first run of a candidate.
First: TypeAlias = asyncio.Task[Trial | Rejected]


@dataclass
class _Asked:
    """The checks are asked about a trial that gains this, as soon as it is known."""

    gained: Covered | None = None
    opinion: asyncio.Task[Opinion | None] | None = None


class Ahead:
    """What is said of candidates before their turn, by a number that stands for each."""

    def __init__(self, checks: Checking, books: Books) -> None:
        self._checks, self._books = checks, books
        self._asked: dict[int, _Asked] = {}

    def begin(self, key: int, first: First, before: Sequence[First]) -> None:
        """Ask about a candidate, after its first run and those of the candidates that are to be judged before it."""
        asked = self._asked[key] = _Asked()
        asked.opinion = asyncio.ensure_future(self._ask(asked, first, before))

    async def opinion(self, key: int, trial: Trial) -> Opinion | None:
        """What the checks said of it; None where they have to be asked: it gains something else, or they refused it and did not
        know what survives its predecessors, which it may kill.
        """
        asked = self._asked.pop(key, None)
        if asked is None or asked.opinion is None:
            return None
        if asked.gained != trial.gained:
            await ended([asked.opinion])
            return None
        said = await asked.opinion
        return None if isinstance(said, Refusal) and trial.survivors else said

    async def forget(self, keys: Iterable[int]) -> None:
        """End what nobody will ask for."""
        asked = [self._asked.pop(key, None) for key in keys]
        await ended([each.opinion for each in asked if each is not None and each.opinion is not None])

    async def _ask(self, asked: _Asked, first: First, before: Sequence[First]) -> Opinion | None:
        trial = await asyncio.shield(first)
        if isinstance(trial, Rejected) or trial.run.outcome is not Outcome.PASSED:
            return None
        if before:
            await asyncio.wait(before)  # which may have been ended, or failed: whoever judges them is told
        coverage = self._books.coverage
        for each in before:
            one = None if each.cancelled() or each.exception() else each.result()
            if isinstance(one, Trial) and one.run.outcome is Outcome.PASSED:
                coverage = coverage.plus(one.run.covered)
        trial = verify.weighed(trial, coverage)
        if not trial.gained:
            return None
        asked.gained = trial.gained
        return await self._checks.opinion(Stage.RUN, replace(trial, survivors=()))
