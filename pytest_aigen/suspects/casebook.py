"""The suspects of a run, and what is known of every test that failed on an assertion."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_aigen.assertions import failed_on_assertion
from pytest_aigen.data import Candidate, Contract, Outcome, Proof, Refusal, Rejected, Suspect, Trial
from pytest_aigen.errors import AigenError
from pytest_aigen.protocols import Executor
from pytest_aigen.suspects import accused, origin, recognise
from pytest_aigen.suspects.failing import Failure, failure

#: The check that such a refusal names.
NAME = "suspect"


@dataclass(frozen=True, slots=True)
class _Case:
    """A test that failed on an assertion."""

    trial: Trial
    rejected: Rejected
    failure: Failure | None


@dataclass
class Casebook:
    """Asked of each refusal and of each test that passed its checks."""

    #: Text of a file on disk, None where there is none.
    read: Callable[[Path], str | None]
    executor: Executor
    suspects: list[Suspect] = field(default_factory=list)
    #: By test module and code.
    _cases: dict[tuple[Path, str], _Case] = field(default_factory=dict)

    async def judged(self, trial: Trial, rejected: Rejected) -> Rejected:
        """The refusal of a trial; where the source contradicts what the code does, one that says so.

        Raises ExecutorError.
        """
        if not failed_on_assertion(trial.run):
            return rejected
        failed = failure(trial.edit.after, trial.edit.tests[0], trial.run) if trial.edit.tests else None
        gap = trial.candidate.target.gap
        broken = failed and recognise.contract(
            failed, self._source(gap.path), gap.qualname, trial.candidate.code
        )
        if broken and await self._fails_again(trial):
            says = f"the {broken.kind} says {_line(broken.text)!r}; {trial.run.detail.strip()}"
            rejected = replace(rejected, refusal=Refusal(NAME, says))
            self._add(rejected, broken, failed)
        self._cases[trial.edit.path, trial.candidate.code] = _Case(trial, rejected, failed)
        return rejected

    async def accuse(self, candidate: Candidate) -> None:
        """Take the word of a model that the code is wrong, for a test that failed. Raises ExecutorError."""
        case = self._cases.get((candidate.target.test_path, candidate.code))
        if case is None or case.rejected.refusal.check == NAME or self._is_listed(case.rejected):
            return
        gap = candidate.target.gap
        if await self._fails_again(case.trial):
            broken = accused.contract(candidate.accuses, case.failure, self._source(gap.path), gap.qualname)
            self._add(case.rejected, broken, case.failure, said=candidate.accuses)

    def truth(self, trial: Trial) -> Refusal | Candidate | Proof | None:
        """What a test that passes says of the code: a refusal where it makes a suspected bug the truth, the candidate
        that says what was promised instead where it contradicts the source, a proof that it is a characterisation.
        """
        candidate = trial.candidate
        gap = candidate.target.gap
        cases = [
            c for c in self._cases.values() if c.failure and c.trial.candidate.target.gap.path == gap.path
        ]
        for case in cases:
            if case.failure and origin.pasted(candidate, [case.failure]):
                if case.rejected.refusal.check == NAME or self._is_listed(case.rejected):
                    name = case.trial.candidate.name
                    return Refusal(NAME, f"states as the truth what `{name}` suspects to be a bug")
                return origin.CHARACTERISATION
        source = self._source(gap.path)
        if (other := origin.contradicted(candidate, source)) is not None:
            return other
        if candidate.origin.startswith("explore") and not origin.follows_contract(candidate, source):
            return origin.CHARACTERISATION
        return None

    def _is_listed(self, rejected: Rejected) -> bool:
        return any(suspect.rejected is rejected for suspect in self.suspects)

    async def _fails_again(self, trial: Trial) -> bool:
        """A bug is there every time."""
        again = await self.executor.run(trial.job)
        return again.outcome is Outcome.FAILED and again.line == trial.run.line

    def _add(self, rejected: Rejected, broken: Contract, failed: Failure | None, said: str = "") -> None:
        """Another one, unless a test with the same contract for the same code is there already."""
        gap = rejected.candidate.target.gap
        for other in self.suspects:
            if (other.candidate.target.gap, other.contract) == (gap, broken):
                return
        shown = re.search(r"^E\s+(.*)$", rejected.run.detail, re.M)
        expected, actual = (failed.expected, failed.actual) if failed else ("", shown[1] if shown else "")
        if failed and failed.kind == "raises":
            expected = f"{failed.expected} is raised"
        elif failed and failed.kind == "type":
            expected = f"a value of type {failed.expected}"
        elif failed and failed.operator not in ("==", "is", "truth", "raises") and failed.kind == "compare":
            expected = f"{failed.operator} {failed.expected}"
        call = origin.key(failed.call) if failed else ""
        self.suspects.append(Suspect(rejected, broken, expected, actual, call=call, said=said))

    def _source(self, path: Path) -> str:
        try:
            return (self.read(path) or "").removeprefix("\ufeff")
        except AigenError:
            return ""


def _line(text: str) -> str:
    return " ".join(text.split())
