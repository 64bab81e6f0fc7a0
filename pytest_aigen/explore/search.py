"""The loop that keeps what reaches something new, steers toward what is missing, and makes it simple."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from pytest_aigen.data import Branch, Line, Reached
from pytest_aigen.explore.calls import bind, make, wants_loop
from pytest_aigen.explore.finds import DEFAULT, STEPS_OF_A_CALL, WEAK, Find, Limits, Trying, best
from pytest_aigen.explore.mutate import Mutator
from pytest_aigen.explore.objects import Subject
from pytest_aigen.explore.recipes import Call, Receiver, Recipe, Step, cost
from pytest_aigen.explore.simplify import simpler
from pytest_aigen.explore.steering import Steering
from pytest_aigen.explore.trace import TooLong, Traced, Tracer

#: Ways to make the receiver that a search works with.
_RECEIVERS = 24
#: Calls of the first round, which differ in one argument; of one argument at most so many.
_SINGLES, _SINGLES_EACH = 1400, 140
#: How much of the steps and the time of a search making simple what was found may take beyond it.
_SIMPLIFYING = 0.25
#: Rounds in which two neighbours, and all arguments, differ together.
_TOGETHER = 6


class Search:
    """One search for one function."""

    def __init__(
        self,
        subject: Subject,
        goals: Reached,
        tracer: Tracer,
        weigh: Callable[[Call, Traced], float | None],
        *,
        seed: int,
        limits: Limits = DEFAULT,
        guards: Mapping[int, int] | None = None,
        skip: Collection[int] = (),
        careful: int | None = None,
        settle: Callable[[], object] = lambda: None,
        follow: Callable[[Call, Traced], Iterable[Call]] = lambda call, traced: (),
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.subject, self.goals, self.tracer = subject, goals, tracer
        #: What an outcome adds to the cost of its call, 0 at least; None for one that is no test.
        self.weigh = weigh
        #: In place of it, where it cannot matter: puts back what the call changed.
        self.settle = settle
        self.limits, self.skip, self.careful, self.clock = limits, frozenset(skip), careful, clock
        #: Whether an event loop has to run while objects are made and called.
        self.looped = False
        #: What else to do with a result.
        self.follow = follow
        self._coming: deque[Call] = deque()
        self.chance = random.Random(seed)
        self.guards = guards or {}
        self.steering = Steering(tracer.first)
        self.corpus: list[tuple[Call, frozenset[int]]] = []
        self.features: set[object] = set()
        #: By goal: the cheapest finds' costs.
        self.best: dict[object, Find] = {}
        self.finds: list[Find] = []
        self._open: set[int] = set()
        self._doors_at = -1
        #: Calls that say nothing, by what spoiled them.
        self.spoiled: Counter[str] = Counter()
        #: While simplifying: what must still be reached, and the plainest call so far that does.
        self.wanted = Reached()
        self.current: Find | None = None
        self.count = self.stale = self.complete_at = 0
        self._until = float("inf")
        self._tried: set[str] = set()
        #: Sequences of methods that worked before the call: an object in a state of its own.
        self._histories: set[tuple[str, ...]] = {()}
        self._kinds = {param.name: {type(v) for v in param.values} for param in subject.params}
        self._usual = {param.name: {repr(v) for v in param.values} for param in subject.params}

    def run(self) -> Iterator[Find | Trying]:
        """Finds as they come, later ones simpler; before a call that may end the process, its number."""
        self._until = self.clock() + self.limits.seconds
        deadline = self._until + _SIMPLIFYING * self.limits.seconds
        most = (1 + _SIMPLIFYING) * self.limits.steps
        self.subject = replace(self.subject, receivers=self._working())
        self.mutator = Mutator(self.subject, self.chance)
        said = self.clock()
        for call in self._calls():
            if call.looped is not self.looped:
                call = replace(call, looped=self.looped)
            key = self._key(call)
            if key in self._tried:
                continue
            self._tried.add(key)
            self.count += 1
            if self.count in self.skip:
                continue
            now = self.clock()
            if (
                (self.careful is not None and self.count >= self.careful)
                or self.count == 1
                or now - said > 0.2
            ):
                said = now
                yield Trying(self.count)
            traced = self.tracer.run(call)
            if traced.loopless and not self.looped:
                self.looped = True
                self._coming.append(call)
            found = self._note(call, traced)
            if found is not None:
                yield found
            if self._steps() > most or self.clock() > deadline:
                return

    def _key(self, call: Call) -> str:
        """The same for calls that do the same. Most offers are repetitions, so a search does little else as often."""
        function = None if call.function is self.subject.function else call.function
        args = [(arg.name, arg.form, _ordered(arg.value)) for arg in call.args]
        return repr((call.kind, function, args, call.receiver, call.before, call.then, call.looped))

    def _calls(self) -> Iterator[Call]:
        for call in self._first():
            if self._over():
                break
            yield call
            yield from self._followed()
        while not self._over():
            yield from self._followed()
            self.stale += 1
            suggested = self.steering.next()
            if suggested is not None:
                yield suggested
            elif not self.corpus or self.chance.random() < 0.1:
                yield self.mutator.draw()
            else:
                yield self.mutator.call(self._parent())
        yield from self._simplify()

    def _followed(self) -> Iterator[Call]:
        """Calls that go on where earlier ones ended."""
        while self._coming and not self._over():
            yield self._coming.popleft()

    def _simplify(self) -> Iterator[Call]:
        """Plainer calls in place of those that together reach all that was reached."""
        left, finds = self.goals, list(self.finds)
        while (find := best(finds, left)) is not None:
            self.wanted, self.current = find.reached & left, find
            left -= find.reached
            offers, tries = simpler(find.call, self.subject), 0
            while tries < self.limits.shrink and (call := next(offers, None)) is not None:
                before, tries = self.current, tries + 1
                yield call
                if self.current is not before:
                    offers = simpler(self.current.call, self.subject)

    def _over(self) -> bool:
        limits = self.limits
        if self.count >= limits.calls or self._steps() >= limits.steps or self.stale >= limits.stale:
            return True
        if self.clock() > self._until:
            return True
        return bool(self.complete_at) and self.count >= self.complete_at + limits.after

    def _steps(self) -> int:
        return self.tracer.work + STEPS_OF_A_CALL * self.count

    def _first(self) -> Iterator[Call]:
        """Examples of the docstring, then each value of each argument with the others at their first."""
        subject = self.subject
        yield from subject.examples
        plain = {param.name: param.values[0] for param in subject.params if param.required}
        receiver = subject.receivers[0] if subject.receivers else None

        def make(chosen: Mapping[str, object], **more: object) -> Call:
            args = bind(subject.params, dict(chosen))
            return Call(subject.kind, subject.function, args, **{"receiver": receiver, **more})  # type: ignore[arg-type]

        yield make(plain)
        for other in subject.receivers[1:]:
            yield make(plain, receiver=other)
        tried = [param for param in subject.params if param.values]
        most = min(_SINGLES_EACH, _SINGLES // max(len(tried), 1))
        for turn in range(min(most, max((len(param.values) for param in tried), default=0))):
            for param in tried:
                if turn < len(param.values):
                    yield make({**plain, param.name: param.values[turn]})
        for turn in range(_TOGETHER):
            for left, right in itertools.pairwise(tried):
                pair = {param.name: param.values[turn % len(param.values)] for param in (left, right)}
                yield make({**plain, **pair})
            yield make({param.name: param.values[turn % len(param.values)] for param in tried})
        for name, params in subject.steps:
            step = Step(
                name, bind(params, {param.name: param.values[0] for param in params if param.required})
            )
            yield make(plain, before=(step,))
        for param in subject.params:
            for value in param.wrong[:6]:
                yield make({**plain, param.name: value})

    def _working(self) -> tuple[Receiver, ...]:
        """Ways to make the receiver that do make it; the first ones where none does."""
        working: list[Receiver] = []
        for receiver in self.subject.receivers:
            try:
                self.tracer.limited(lambda: make(receiver, self.looped))  # noqa: B023
            except (Exception, SystemExit, TooLong) as error:
                if self.looped or not wants_loop(error):
                    continue
                self.looped = True
                return self._working()
            working.append(receiver)
            if len(working) == _RECEIVERS:
                break
        return tuple(working) or self.subject.receivers[:_RECEIVERS]

    def _parent(self) -> Call:
        """Of the calls that stood before a missing line or branch, more often than of the others."""
        turn = self.chance.random()
        if turn < 0.25 and (climber := self.steering.climber(self.chance)) is not None:
            return climber
        if turn < 0.75:
            doors = self._doors()
            near = [call for call, lines in self.corpus if not doors.isdisjoint(lines)]
            if near:
                return self.chance.choice(near)
        return self.chance.choice(self.corpus)[0]

    def _doors(self) -> set[int]:
        """Lines on which it is decided whether something missing is reached."""
        if self._doors_at != len(self.best):
            self._doors_at = len(self.best)
            self._open = {branch[0] for branch in self.goals.branches if branch not in self.best}
            self._open |= {
                self.guards[line]
                for line in self.goals.lines
                if line not in self.best and line in self.guards
            }
        return self._open

    def _note(self, call: Call, traced: Traced) -> Find | None:
        if traced.spoiled:
            self.spoiled[traced.spoiled] += 1
            if traced.spoiled == TooLong.__name__:
                self.stale += self.limits.lost
            return None
        self.steering.note(call, self.tracer.comparisons.seen, self._doors())
        # An argument of a wrong type leads to the one on one version of Python, to the other one on another.
        error = "TypeError" if type(traced.error) is KeyError else type(traced.error).__name__
        features: set[object] = {*traced.arcs, error}
        if not features <= self.features:
            self.features |= features
            self.corpus.append((call, frozenset(traced.lines)))
            self._coming.extend(self.follow(call, traced))
            self.stale = 0
        elif (history := tuple(step.method for step in call.before)) not in self._histories:
            self._histories.add(history)
            self.corpus.append((call, frozenset(traced.lines)))
        reached = self.goals & Reached(frozenset(traced.lines), frozenset(traced.arcs))
        if not reached:
            return None
        least = cost(call)
        least += sum(15.0 for arg in call.args if type(arg.value) not in self._kinds.get(arg.name, ()))
        least += sum(0.2 for arg in call.args if repr(arg.value) not in self._usual.get(arg.name, ()))
        if not self._is_plainer(reached, least) and not self._better(reached, least):
            self.settle()
            return None
        extra = self.weigh(call, traced)
        if extra is None:
            return None
        find = Find(call, reached, least + extra, is_weak=extra >= WEAK)
        better = self._better(reached, find.cost)
        for goal in better:
            self.best[goal] = find
        is_complete = len(self.best) == len(self.goals)
        if is_complete and not self.complete_at and not any(one.is_weak for one in self.best.values()):
            self.complete_at = self.count
        plainer = self._is_plainer(reached, find.cost)
        if plainer:
            self.current = find
        if not better and not plainer:
            return None
        self.finds.append(find)
        return find

    def _better(self, reached: Reached, cost: float) -> list[Line | Branch]:
        """The goals that are reached for the first time, or at less than before."""
        goals: tuple[Line | Branch, ...] = (*reached.lines, *reached.branches)
        return [goal for goal in goals if goal not in self.best or cost < self.best[goal].cost]

    def _is_plainer(self, reached: Reached, cost: float) -> bool:
        """Whether that is the plainest call so far in place of one that is being made simple."""
        return self.current is not None and cost < self.current.cost and not self.wanted - reached


def _ordered(value: Recipe) -> object:
    """A set as a list: its order depends on the version of Python, and on when what was put in."""
    return sorted(value, key=repr) if type(value) in (set, frozenset) else value
