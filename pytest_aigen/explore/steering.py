"""Which comparisons have had one outcome only, and the calls that come nearest to the other."""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from pytest_aigen.explore.comparisons import Compared, Site
from pytest_aigen.explore.correspondence import distance, suggestions
from pytest_aigen.explore.recipes import Call

#: A comparison and one of its outcomes.
Decision: TypeAlias = tuple[Site, bool]
_MOST_SUGGESTED = 24
_LONGEST_QUEUE = 600
_MOST_OPERANDS = 12


class Steering:
    """What the comparisons of a search's calls tell about what to call next."""

    def __init__(self, first: Mapping[int, int]) -> None:
        """``first``: lines within a statement -> the line that it begins on."""
        self._first = first
        self._had: set[Decision] = set()
        self._closest: dict[Decision, float] = {}
        self._climbers: dict[Decision, Call] = {}
        #: Operands for which calls were suggested: the nearest need not be those that came from an input.
        self._operands: dict[Decision, set[str]] = {}
        self._queue: deque[Call] = deque()

    def note(self, call: Call, compared: Sequence[Compared], doors: Collection[int]) -> None:
        """Take in what a call compared. Calls for statements that begin on one of the ``doors`` come first."""
        for one in compared:
            decision = (one.site, one.outcome)
            if decision not in self._had:
                self._had.add(decision)
                self._climbers.pop(decision, None)
        for one in compared:
            wanted = (one.site, not one.outcome)
            if wanted in self._had:
                continue
            apart = distance(one)
            nearer = apart < self._closest.get(wanted, float("inf"))
            if nearer:
                self._closest[wanted] = apart
                self._climbers[wanted] = call
            operands = self._operands.setdefault(wanted, set())
            pair = repr((one.left, one.right))
            if pair not in operands and (nearer or len(operands) < _MOST_OPERANDS):
                operands.add(pair)
                self._suggest(call, one, doors)

    def _suggest(self, call: Call, compared: Compared, doors: Collection[int]) -> None:
        line = compared.site[0]
        found = list(itertools.islice(suggestions(call, compared), _MOST_SUGGESTED))
        if self._first.get(line, line) in doors:
            self._queue.extendleft(reversed(found))
        elif len(self._queue) < _LONGEST_QUEUE:
            self._queue.extend(found)

    def next(self) -> Call | None:
        """The next call that was suggested, once."""
        return self._queue.popleft() if self._queue else None

    def climber(self, chance: random.Random) -> Call | None:
        """One of the calls that are nearest to an outcome that is missing."""
        return chance.choice(list(self._climbers.values())) if self._climbers else None
