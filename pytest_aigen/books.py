"""What was accepted so far: the verdicts, the coverage with them, and each test module as it would be."""

from __future__ import annotations

from collections.abc import KeysView, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen import verify
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Coverage,
    Gap,
    Mutant,
    Refusal,
    Rejected,
    Trial,
    Verdict,
)
from pytest_aigen.errors import MergeError, WriteError
from pytest_aigen.joining import joined
from pytest_aigen.plan import Plan


@dataclass
class Books:
    """Nothing in here waits, so that no two trials claim the same line."""

    plan: Plan
    #: What the suite covers without any new test.
    before: Coverage
    verdicts: list[Verdict] = field(default_factory=list)
    #: Accepted candidates that others made redundant.
    redundant: tuple[Candidate, ...] = ()
    #: Mutants that the accepted tests were tried with all together, and those of them with which all passed.
    _surveyed: set[Mutant] = field(default_factory=set)
    _survived: dict[Mutant, None] = field(default_factory=dict)
    #: The present text of each test module: as on disk, with what was accepted.
    _texts: dict[Path, str | None] = field(default_factory=dict)
    #: The text that each of them had on disk when the first test for it was accepted.
    _found: dict[Path, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.coverage = self.before

    @property
    def accepted(self) -> list[Trial]:
        """What is to be kept, in the order in which it was accepted."""
        dropped = {id(candidate) for candidate in self.redundant}
        found = (verdict.trial for verdict in self.verdicts if isinstance(verdict, Accepted))
        return [trial for trial in found if id(trial.candidate) not in dropped]

    def joined(self, trial: Trial, text: str | None) -> Trial:
        """The trial with its candidate joined with a text of its module; ``edit.tests`` is empty where it is there.

        Raises MergeError.
        """
        path = trial.edit.path
        edit = joined(
            trial,
            text,
            reserved=self.plan.reserved(path),
            conftests=self.plan.conftests(path),
            comment=self.plan.comment,
        )
        return replace(trial, edit=edit, job=replace(trial.job, tests=edit.tests, overlay={path: edit.after}))

    def accept(self, trial: Trial) -> Verdict:
        """The verdict on a trial that passed its checks, against what is missing now. Raises MergeError, WriteError."""
        trial = self.joined(trial, self.text(trial.edit.path))
        if not trial.edit.tests:
            return Rejected(
                trial.candidate, Refusal("merge", "the same test was accepted already"), trial.run
            )
        trial = verify.weighed(trial, self.coverage)
        if not self.adds(trial):
            return Rejected(trial.candidate, Refusal("gain", "what it covers is covered by now"), trial.run)
        self._keep(trial)
        # Among its neighbours each test has the whole time.
        return Accepted(replace(trial, job=replace(trial.job, timeout=self.plan.timeout)))

    def adds(self, trial: Trial) -> bool:
        """Whether it covers what is missing now, or kills a mutant that survives what is accepted."""
        return bool(self.coverage.gain(trial.run.covered)) or not self._alive().isdisjoint(trial.killed)

    def survivors(self, gap: Gap) -> tuple[Mutant, ...]:
        """Mutants of these lines with which all accepted tests pass."""
        return tuple(m for m in self._alive() if m.path == gap.path and gap.first <= m.line <= gap.last)

    @property
    def unnoticed(self) -> Set[Mutant]:
        """Mutants with which the accepted tests passed when all that execute them were asked."""
        return self._alive() & self._surveyed

    @property
    def known(self) -> frozenset[Mutant]:
        """Mutants of which it is known what the accepted tests do, all together: one fails, or all pass."""
        return frozenset((*(m for trial in self.accepted for m in trial.killed), *self._surveyed))

    @property
    def tried(self) -> frozenset[Mutant]:
        """Mutants that something accepted was tried with."""
        one_by_one = (mutant for trial in self.accepted for mutant in (*trial.killed, *trial.survived))
        return frozenset((*one_by_one, *self._surveyed))

    def note(self, mutants: Sequence[Mutant], *, survived: Sequence[Mutant]) -> None:
        """Mutants that the accepted tests were tried with all together, and those with which all of them passed."""
        self._surveyed.update(mutants)
        self._survived.update(dict.fromkeys(survived))

    def _alive(self) -> KeysView[Mutant]:
        accepted = self.accepted
        found = dict.fromkeys(mutant for trial in accepted for mutant in trial.survived)
        for mutant in self._surveyed:
            found.pop(mutant, None)
        found.update(self._survived)
        for trial in accepted:
            for mutant in trial.killed:
                found.pop(mutant, None)
        return found.keys()

    def take_back(self, rejected: Sequence[Rejected]) -> None:
        """Make verdicts of refusals that came late: what they covered is missing again."""
        if rejected:
            self.correct({}, rejected)
            self.only(self.accepted)

    def only(self, trials: Sequence[Trial]) -> None:
        """Count these trials as accepted and no others, in texts and coverage."""
        self._texts.clear()
        self._surveyed.clear()
        self._survived.clear()
        self.coverage = self.before
        for trial in trials:
            self._keep(self.joined(trial, self.text(trial.edit.path)))

    def correct(self, kept: Mapping[int, Trial], rejected: Sequence[Rejected]) -> None:
        """Put later trials and refusals in the place of earlier verdicts, by the id of the candidate; add what is new."""
        late = {id(verdict.candidate): verdict for verdict in rejected}
        said: list[Verdict] = []
        for verdict in self.verdicts:
            key = id(verdict.candidate)
            said.append(Accepted(kept[key]) if key in kept else late.pop(key, verdict))
        self.verdicts[:] = [*said, *late.values()]

    def recount(self) -> None:
        """The coverage with what is accepted."""
        self.coverage = self.before
        for verdict in self.verdicts:
            if isinstance(verdict, Accepted):
                self.coverage = self.coverage.plus(verdict.trial.run.covered)

    def present(self, trials: Sequence[Trial]) -> dict[Path, str | None]:
        """The text of each of their modules, read once: an edit made from two texts would undo what changed between.

        Where the tests can no longer be joined with it, the text is the one that they were accepted with. That is not
        what is on disk, so it is not written either.
        """
        texts: dict[Path, str | None] = {}
        for path in dict.fromkeys(trial.edit.path for trial in trials):
            before = self._found.get(path)
            try:
                texts[path] = text = self.plan.read(path)
                if text is None and before is not None:
                    texts[path] = before  # who removed a module does not want it back
                elif text != before:
                    for trial in trials:
                        if trial.edit.path == path:
                            text = self.joined(trial, text).edit.after
            except (MergeError, WriteError):
                texts[path] = before
        return texts

    def _keep(self, trial: Trial) -> None:
        self._texts[trial.edit.path] = trial.edit.after
        self.coverage = self.coverage.plus(trial.run.covered)

    def text(self, path: Path) -> str | None:
        """A test module as on disk, with what was accepted for it."""
        if path not in self._texts:
            self._texts[path] = text = self.plan.read(path)
            self._found.setdefault(path, text)
        return self._texts[path]
