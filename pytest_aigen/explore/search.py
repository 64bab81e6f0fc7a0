"""The loop that keeps what reaches something new, steers toward what is missing, and makes it simple."""

from __future__ import annotations

import ast
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_aigen.data import Reached
from pytest_aigen.explore.calls import bind
from pytest_aigen.explore.mutate import Mutator, simpler
from pytest_aigen.explore.objects import Subject
from pytest_aigen.explore.recipes import Call, New, Step, build, cost
from pytest_aigen.explore.trace import TooLong, Traced, Tracer


@dataclass(frozen=True, slots=True)
class Find:
    """A call that reaches something missing, and could become a test."""

    call: Call
    reached: Reached
    #: What it takes to read: the lower, the better.
    cost: float


@dataclass(frozen=True, slots=True)
class Trying:
    """The number of the call that comes next."""

    index: int


@dataclass(frozen=True, slots=True)
class Limits:
    """When a search ends. All but ``seconds`` count work, so the end is the same on every machine."""

    calls: int = 6000
    #: Trace events.
    work: int = 600_000
    #: Calls in a row that reach nothing new.
    stale: int = 1500
    #: Calls after everything missing was reached.
    after: int = 60
    #: Simplifications tried per find that is needed.
    shrink: int = 150
    #: The clock's veto.
    seconds: float = 4.0


DEFAULT = Limits()
#: Ways to make the receiver that a search works with.
_RECEIVERS = 14


class Search:
    """One search for one function."""

    def __init__(
        self,
        subject: Subject,
        goals: Reached,
        tracer: Tracer,
        weigh: Callable[[Traced], float | None],
        *,
        seed: int,
        limits: Limits = DEFAULT,
        guards: Mapping[int, int] | None = None,
        skip: Collection[int] = (),
        careful: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.subject, self.goals, self.tracer = subject, goals, tracer
        #: What an outcome adds to the cost of its call; None for one that is no test.
        self.weigh = weigh
        self.limits, self.skip, self.careful, self.clock = limits, frozenset(skip), careful, clock
        self.chance = random.Random(seed)
        self.guards = guards or {}
        self.corpus: list[tuple[Call, frozenset[int]]] = []
        self.features: set[object] = set()
        #: By goal: the cheapest finds' costs.
        self.best: dict[object, Find] = {}
        self.finds: list[Find] = []
        #: While simplifying: what must still be reached, and the plainest call so far that does.
        self.wanted = Reached()
        self.current: Find | None = None
        self.count = self.stale = self.complete_at = 0
        self._tried: set[str] = set()
        #: Sequences of methods that worked before the call: an object in a state of its own.
        self._histories: set[tuple[str, ...]] = {()}
        self._kinds = {param.name: {type(v) for v in param.values} for param in subject.params}
        self._usual = {param.name: {repr(v) for v in param.values} for param in subject.params}

    def run(self) -> Iterator[Find | Trying]:
        """Finds as they come, later ones simpler; before a call that may end the process, its number."""
        deadline = self.clock() + self.limits.seconds
        self.subject = replace(self.subject, receivers=self._working())
        self.mutator = Mutator(self.subject, self.chance)
        said = self.clock()
        for call in self._calls():
            key = repr(call)
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
            found = self._note(call, traced)
            if found is not None:
                yield found
            if self.clock() > deadline:
                return

    def _calls(self) -> Iterator[Call]:
        for call in self._first():
            if self._over():
                break
            yield call
        while not self._over():
            self.stale += 1
            if not self.corpus or self.chance.random() < 0.1:
                yield self.mutator.draw()
            else:
                yield self.mutator.call(self._parent())
        yield from self._simplify()

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
        if self.count >= limits.calls or self.tracer.work >= limits.work or self.stale >= limits.stale:
            return True
        return bool(self.complete_at) and self.count >= self.complete_at + limits.after

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
        most = max((len(param.values) for param in subject.params), default=0)
        for turn in range(min(most, 60)):
            for param in subject.params:
                if turn < len(param.values):
                    yield make({**plain, param.name: param.values[turn]})
        for name, params in subject.steps:
            step = Step(
                name, bind(params, {param.name: param.values[0] for param in params if param.required})
            )
            yield make(plain, before=(step,))
        for param in subject.params:
            for value in param.wrong[:6]:
                yield make({**plain, param.name: value})

    def _working(self) -> tuple[New, ...]:
        """Ways to make the receiver that do make it; the first ones where none does."""
        working: list[New] = []
        for receiver in self.subject.receivers:
            try:
                self.tracer.limited(lambda: build(receiver))  # noqa: B023
            except (Exception, SystemExit, TooLong):
                continue
            working.append(receiver)
            if len(working) == _RECEIVERS:
                break
        return tuple(working) or self.subject.receivers[:_RECEIVERS]

    def _parent(self) -> Call:
        """Of the calls that stood before a missing line or branch, more often than of the others."""
        if self.chance.random() < 0.7:
            doors = {branch[0] for branch in self.goals.branches if branch not in self.best}
            doors |= {
                self.guards[line]
                for line in self.goals.lines
                if line not in self.best and line in self.guards
            }
            near = [call for call, lines in self.corpus if not doors.isdisjoint(lines)]
            if near:
                return self.chance.choice(near)
        return self.chance.choice(self.corpus)[0]

    def _note(self, call: Call, traced: Traced) -> Find | None:
        if traced.spoiled:
            return None
        features: set[object] = {*traced.arcs, type(traced.error).__name__}
        if not features <= self.features:
            self.features |= features
            self.corpus.append((call, frozenset(traced.lines)))
            self.stale = 0
        elif (history := tuple(step.method for step in call.before)) not in self._histories:
            self._histories.add(history)
            self.corpus.append((call, frozenset(traced.lines)))
        reached = self.goals & Reached(frozenset(traced.lines), frozenset(traced.arcs))
        if not reached:
            return None
        extra = self.weigh(traced)
        if extra is None:
            return None
        strange = sum(15.0 for arg in call.args if type(arg.value) not in self._kinds.get(arg.name, ()))
        strange += sum(0.2 for arg in call.args if repr(arg.value) not in self._usual.get(arg.name, ()))
        find = Find(call, reached, cost(call) + extra + strange)
        better = [
            goal
            for goal in (*reached.lines, *reached.branches)
            if goal not in self.best or find.cost < self.best[goal].cost
        ]
        for goal in better:
            self.best[goal] = find
        if not self.complete_at and len(self.best) == len(self.goals):
            self.complete_at = self.count
        plainer = self.current is not None and find.cost < self.current.cost and not self.wanted - reached
        if plainer:
            self.current = find
        if not better and not plainer:
            return None
        self.finds.append(find)
        return find


def best(finds: Sequence[Find], left: Reached) -> Find | None:
    """The find that reaches most of what is left, and of those the plainest."""
    useful = [find for find in finds if find.reached & left]
    return max(useful, key=lambda find: (len(find.reached & left), -find.cost), default=None)


def guards(tree: ast.AST) -> Mapping[int, int]:
    """First lines of statements -> the header that decides whether they run."""
    found: dict[int, int] = {}

    def walk(node: ast.AST, header: int | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                if header is not None:
                    found[child.lineno] = header
                decides = isinstance(
                    child, (ast.If, ast.While, ast.For, ast.Try, ast.With, ast.AsyncFor, ast.AsyncWith)
                )
                walk(child, child.lineno if decides else None if _scope(child) else header)
            elif isinstance(child, (ast.excepthandler, ast.match_case)):
                walk(child, header)

    walk(tree, None)
    return found


def _scope(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
