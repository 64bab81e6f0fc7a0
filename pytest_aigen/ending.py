"""The end of the loop: from what was accepted to one edit for each test module, each run as it will be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen import review, select, settle
from pytest_aigen.books import Books
from pytest_aigen.checking import Checking, InTime, Opinion
from pytest_aigen.data import Candidate, Edit, Refusal, Rejected, Suspect, Trial
from pytest_aigen.deadline import Deadline
from pytest_aigen.errors import AigenError, ExecutorError
from pytest_aigen.merge import Table, fold
from pytest_aigen.plan import Plan
from pytest_aigen.protocols import Stage
from pytest_aigen.suspects.marked import Marking
from pytest_aigen.together import Together, groups

#: Which of the trials others make redundant.
Redundant = Callable[[Sequence[Trial]], tuple[Candidate, ...]]
#: Seconds that a module takes at the end besides its tests: it is joined, started twice, formatted.
_EACH = 2.0


class Ending:
    """Settles the books: drops, folds, asks a person if one is to be asked, judges modules, formats."""

    def __init__(
        self, plan: Plan, books: Books, checks: Checking, prove: review.Prove, deadline: Deadline
    ) -> None:
        self._plan, self._books, self._checks = plan, books, checks
        # Whoever is asked takes the time that they take.
        self._deadline = deadline if plan.ask is None else Deadline(None)
        self._modules = InTime(checks, Stage.MODULE, self._deadline)
        self._session = InTime(checks, Stage.SESSION, self._deadline)
        self._review = plan.ask and review.Review(plan.ask, books.joined, prove, plan.read, books.before)
        self._together = Together(
            plan.suite,
            timeout=plan.timeout,
            judge=self._session.opinion,
            join=books.joined,
            has_conftest=self._has_conftest,
        )
        #: What the checks said, by the module as it would be and its new tests: each is asked once.
        self._judged: dict[Edit, Opinion] = {}
        self._known: dict[Path, settle.Module] = {}
        self.notes: list[str] = []
        #: Why modules could not be judged.
        self.fault = ""

    @property
    def interrupted(self) -> bool:
        """Whether the person who was asked ended it by Ctrl-C."""
        return self._review is not None and self._review.interrupted

    @property
    def seconds(self) -> float:
        """About what the end takes, for the tests that were accepted so far, where all goes well."""
        suite = self._plan.suite
        touched = list(dict.fromkeys(trial.edit.path for trial in self._books.accepted))
        twice = sum(_EACH + 2 * sum(suite.took(path)) for path in touched)
        found = groups(touched, suite, has_conftest=self._has_conftest)
        once = sum(sum(suite.took(path)) for group in found for path in (*group.touched, *group.others))
        return twice + once

    async def take_back(self) -> Sequence[Rejected]:
        """Take out of the books what the checks of modules refuse."""
        if not self._checks.has(Stage.MODULE):
            return ()
        done = await self._settled(self._books.accepted, self._opinion, select.redundant, last=False)
        rejected = done.rejected
        self._books.take_back(rejected)
        return rejected

    async def with_suspects(
        self, edits: tuple[Edit, ...], suspects: Sequence[Suspect], paths: Collection[Path] | None
    ) -> tuple[Edit, ...]:
        """The edits with the suspects in them, as tests that are expected to fail."""
        plan = replace(self._plan, comment=False)  # the reason of the mark says what it is for
        joined = Books(plan, self._books.before).joined
        marking = Marking(plan.read, joined, plan.executor.run, plan.format, plan.timeout)
        known = {test for edit in edits for test in edit.tests}
        edits = await marking.added(edits, suspects, paths)
        marked = [test for edit in edits for test in edit.tests if test not in known]
        if marked:
            self.notes.append(f"added, as expected to fail: {', '.join(marked)}")
        self.notes += marking.notes
        return edits

    async def finish(self, paths: Collection[Path] | None = None) -> tuple[Edit, ...]:
        """One edit for each touched test module, without redundant tests and without those that it fails with.

        Called again with ``paths``, it joins what was kept for these modules with what is on disk by now.
        """
        self.notes = []
        books = self._books
        accepted = [trial for trial in books.accepted if paths is None or trial.edit.path in paths]
        redundant = select.redundant if paths is None else _none  # of a part, it cannot be told
        try:
            done = await self._asked(accepted, self._opinion, redundant, paths)
        except ExecutorError as error:
            self.fault = str(error)
            self.notes.append(
                "the tests were not run together with their modules: run the suite before you keep them"
            )
            done = await self._asked(accepted, _no_opinion, redundant, paths)
        if self._review is not None and paths is None:
            # Edited tests in the place of what they were, and what was refused.
            books.correct(self._review.edited, self._review.rejected)
        self.notes += self._together.notes
        if unasked := self._modules.unasked | self._session.unasked:
            names = ", ".join(sorted(path.name for path in unasked))
            self.notes.append(
                f"the time was over before the new tests of {names} ran together with what is there: "
                "run the suite before you keep them"
            )
        books.redundant += done.redundant
        books.correct({id(trial.candidate): trial for trial in done.kept}, done.rejected)
        books.recount()
        return tuple([await self._formatted(edit, done.kept) for edit in done.edits])

    async def _asked(
        self,
        accepted: Sequence[Trial],
        judge: settle.Judge,
        redundant: Redundant,
        paths: Collection[Path] | None,
    ) -> settle.Settled:
        """What is to be written; where somebody is asked, nothing that was not said yes to."""
        if self._review is None or paths is not None:
            return await self._settled(accepted, judge, redundant)
        rejected: list[Rejected] = []
        while True:
            accepted = await self._review.of(accepted)
            done = await self._settled(accepted, judge, redundant)
            rejected += done.rejected
            if not self._review.is_open(done.kept):
                return replace(done, rejected=tuple(rejected))
            # What a module refused made a test redundant that nobody was asked for yet.
            refused = {id(one.candidate) for one in done.rejected}
            accepted = [trial for trial in accepted if id(trial.candidate) not in refused]

    async def _settled(
        self, accepted: Sequence[Trial], judge: settle.Judge, redundant: Redundant, *, last: bool = True
    ) -> settle.Settled:
        # A table that nothing would run as a table is not made.
        runs = judge == self._opinion and self._checks.has(Stage.MODULE)
        looks = last and judge == self._opinion and self._checks.has(Stage.SESSION)
        return await settle.settled(
            accepted,
            read=self._books.present(accepted).__getitem__,
            join=self._books.joined,
            judge=judge,
            fold=self._tables if runs else _no_tables,
            redundant=redundant,
            known=self._known if judge == self._opinion else None,
            **({"beyond": self._together.refused} if looks else {}),
        )

    async def _opinion(self, trial: Trial) -> Opinion:
        """What the checks say of a module as it would be."""
        if trial.edit not in self._judged:
            self._judged[trial.edit] = await self._modules.opinion(trial)
        return self._judged[trial.edit]

    async def _formatted(self, edit: Edit, kept: Sequence[Trial]) -> Edit:
        """The edit as the project's formatter leaves it, if its tests pass in that form too."""
        after = await asyncio.to_thread(self._plan.format, edit.path, edit.before, edit.after)
        if after == edit.after:
            return edit
        new = replace(edit, after=after)
        trial = next(trial for trial in reversed(kept) if trial.edit.path == edit.path)
        job = replace(trial.job, tests=edit.tests, overlay={edit.path: after})
        try:
            opinion = await self._opinion(replace(trial, edit=new, job=job))
        except ExecutorError:
            return edit
        return edit if isinstance(opinion, Refusal) else new

    def _tables(self, candidates: Sequence[Candidate]) -> Sequence[Table]:
        return fold(candidates, self._source)

    def _has_conftest(self, folder: Path) -> bool:
        return self._source(folder / "conftest.py") is not None

    def _source(self, path: Path) -> str | None:
        try:
            return self._plan.read(path)
        except AigenError:
            return None


def _none(trials: Sequence[Trial]) -> tuple[Candidate, ...]:
    return ()


def _no_tables(candidates: Sequence[Candidate]) -> Sequence[Table]:
    return ()


async def _no_opinion(trial: Trial) -> Opinion:
    return ()
