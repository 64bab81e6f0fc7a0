"""What the loop is told before it begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_aigen import grouping, review
from pytest_aigen.data import Context, Gap, Suite, Target
from pytest_aigen.deadline import Deadline
from pytest_aigen.protocols import Check, Executor, Generator


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that the loop is told."""

    targets: Sequence[Target]
    generators: Sequence[Generator]
    executor: Executor
    checks: Sequence[Check]
    #: Builds the context of a target for what is left of its gap.
    context: Callable[[Target, Gap], Context]
    #: Text of a file on disk, None where there is none.
    read: Callable[[Path], str | None]
    #: Fixture names visible at a test module, which a helper must not shadow.
    reserved: Callable[[Path], Collection[str]]
    attempts: int
    concurrency: int
    workers: int
    timeout: float
    #: Texts of the conftest files that a test module sees, the nearest first.
    conftests: Callable[[Path], Sequence[str]] = lambda path: ()
    #: Percent of total coverage at which to stop.
    goal: float = 100.0
    #: Lines and branches that the last targets must have brought for each `harvest.TOKENS`; 0 for none.
    min_yield: float = 0.0
    #: Tokens that the model used so far.
    tokens: Callable[[], int] = lambda: 0
    #: Seconds; None for no end.
    max_time: float | None = None
    #: From when they count; None for from now on.
    deadline: Deadline | None = None
    #: Whether each test gets a comment that says what it is for.
    comment: bool = True
    #: A test module as the project's own formatter leaves it, from its path, its text on disk and the new one.
    format: Callable[[Path, str | None, str], str] = lambda path, before, after: after
    #: Whether suspects are added to their modules as tests that are expected to fail.
    write_suspects: bool = False
    #: Says yes or no to each test that is to be kept; None where nobody is asked.
    ask: review.Ask | None = None
    #: What the user's tests showed.
    suite: Suite = field(default_factory=Suite)

    def at_once(self, generator: Generator) -> int:
        """Targets that a generator is asked for at a time. Of one that computes, more than keep the processors busy would
        only have the first tests wait for the last searches; how many a model is asked for is no matter there, unless all
        is to go one after the other.
        """
        computes = getattr(generator, "computes", False) and self.concurrency > 1
        return 3 * self.workers if computes else self.concurrency

    def context_of(self, group: Sequence[Target], left: Callable[[Target], Gap]) -> Context:
        """The context of targets that a generator is asked for together."""
        return grouping.combined([self.context(target, left(target)) for target in group])
