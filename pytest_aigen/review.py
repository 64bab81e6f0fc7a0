"""``--ai-gen-mode=review``: what a person says to each accepted test before it is kept.

The person is behind one callable, so that this module neither prints nor reads.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TypeAlias, TypeGuard

from pytest_aigen import select, verify
from pytest_aigen.data import Candidate, Coverage, Refusal, Rejected, Trial
from pytest_aigen.errors import MergeError


class Answer(Enum):
    YES = "keep this test"
    NO = "leave this test out"
    ALL = "keep this test and all later ones of its file"
    REST = "leave out this test and all later ones of its file"
    QUIT = "leave out this test and all that are left; what was kept so far is kept"
    INTERRUPT = "as QUIT, by Ctrl-C"


@dataclass(frozen=True, slots=True)
class Edited:
    """The test as the person wrote it: to be proven again."""

    code: str


@dataclass(frozen=True, slots=True)
class Question:
    """One test to say yes or no to."""

    #: Joined with its module as that would be by now; gained: against what is kept so far.
    trial: Trial
    number: int
    #: Of how many, as far as is known.
    total: int
    #: What the person made of it last and why that is not kept; the question is about the test as it was proven.
    draft: str = ""
    refusal: Refusal | None = None


Ask: TypeAlias = Callable[[Question], Answer | Edited]
#: Joins a trial's candidate with a text of its module; raises MergeError.
Join: TypeAlias = Callable[[Trial, str | None], Trial]
#: A candidate through all checks, besides the trials that are to be kept with it.
Prove: TypeAlias = Callable[[Candidate, Sequence[Trial]], Awaitable[Trial | Rejected]]

_SAID = {
    Answer.NO: "you said no",
    Answer.REST: "you left out the rest of its file",
    Answer.QUIT: "you quit before you said yes to it",
    Answer.INTERRUPT: "you interrupted before you said yes to it",
}


@dataclass
class Review:
    """Asks for each test once, and remembers what was said."""

    ask: Ask
    join: Join
    prove: Prove
    read: Callable[[Path], str | None]
    #: What the suite covers without any of the tests.
    before: Coverage
    #: What was refused, edits that did not prove themselves included.
    rejected: list[Rejected] = field(default_factory=list)
    #: The edited test that took the place of a candidate, by the id of that.
    edited: dict[int, Trial] = field(default_factory=dict)
    interrupted: bool = False
    #: Ids of candidates.
    _yes: set[int] = field(default_factory=set)
    #: Modules with the answer to all that is left of them.
    _files: dict[Path, Answer] = field(default_factory=dict)
    _over: Answer | None = None
    #: Modules with what was kept, for the next question.
    _texts: dict[Path, str | None] = field(default_factory=dict)
    _asked: int = 0

    def is_open(self, trials: Sequence[Trial]) -> bool:
        """Whether there is one among them that nobody said yes to."""
        return any(id(trial.candidate) not in self._yes for trial in trials)

    async def of(self, accepted: Sequence[Trial]) -> list[Trial]:
        """The accepted trials without those that were refused, edited ones as they are now.

        What others make redundant is not asked for, and comes along: where a refused test made it redundant, it is
        asked for in its turn.
        """
        refused = {id(one.candidate) for one in self.rejected}
        left = [
            self.edited.get(id(trial.candidate), trial)
            for trial in accepted
            if id(trial.candidate) not in refused
        ]
        while True:
            left = _weighed(left, self.before)
            redundant = {id(candidate) for candidate in select.redundant(left)}
            wanted = [t for t in left if id(t.candidate) not in redundant | self._yes]
            if not wanted:
                return left
            # File by file, in the order in which the files got their first test.
            files = list(dict.fromkeys(trial.edit.path for trial in left))
            trial = min(wanted, key=lambda t: files.index(t.edit.path))
            place = left.index(trial)
            left[place : place + 1] = await self._answered(trial, left, len(wanted))

    async def _answered(self, trial: Trial, left: Sequence[Trial], count: int) -> list[Trial]:
        """The trial, or what it was made to be, where the answer is yes; else nothing."""
        answer = self._over or self._files.get(trial.edit.path)
        kept = trial
        if answer is None:
            self._asked += 1
            try:
                kept, answer = await self._ask(trial, left, count)
            except MergeError as error:
                self.rejected.append(Rejected(trial.candidate, Refusal("merge", str(error)), trial.run))
                return []
        if answer in (Answer.QUIT, Answer.INTERRUPT):
            self._over, self.interrupted = answer, answer is Answer.INTERRUPT
        if answer in (Answer.ALL, Answer.REST):
            self._files[trial.edit.path] = answer
        if answer in _SAID:
            self.rejected.append(Rejected(trial.candidate, Refusal("review", _SAID[answer]), trial.run))
            return []
        self._yes.add(id(kept.candidate))
        if kept is not trial:
            self.edited[id(trial.candidate)] = kept
        return [kept]

    async def _ask(self, trial: Trial, left: Sequence[Trial], count: int) -> tuple[Trial, Answer]:
        """The trial, edited or not, and what is to become of it. Raises MergeError."""
        others = [other for other in left if other is not trial]
        kept = [other for other in others if id(other.candidate) in self._yes]
        covered = self.before
        for other in kept:
            covered = covered.plus(other.run.covered)
        path = trial.edit.path
        if path not in self._texts:
            self._texts[path] = self.read(path)
        draft, refusal = "", None
        while True:
            joined = self.join(verify.weighed(trial, covered), self._texts[path])
            if not joined.edit.tests:
                raise MergeError("the same test is there already")
            total = self._asked + count - 1
            answer = self.ask(Question(joined, self._asked, total, draft, refusal))
            if isinstance(answer, Answer):
                if answer not in _SAID:
                    self._texts[path] = joined.edit.after
                return trial, answer
            draft, refusal = answer.code, None
            proven = await self._proven(trial.candidate, answer.code, others)
            if isinstance(proven, Rejected):
                self.rejected.append(proven)
                refusal = proven.refusal
            else:
                trial, draft = proven, ""

    async def _proven(self, candidate: Candidate, code: str, others: Sequence[Trial]) -> Trial | Rejected:
        made = replace(candidate, code=code, origin=f"{candidate.origin.removesuffix(_EDITED)}{_EDITED}")
        try:
            found = tests_in(code)
        except (SyntaxError, ValueError) as error:
            return Rejected(made, Refusal("review", f"it is no Python: {error}"))
        if candidate.name in found:
            found = [candidate.name, *(name for name in found if name != candidate.name)]
        if len(found) != 1:
            several = f"there are several tests in it ({', '.join(found)}); leave one"
            return Rejected(made, Refusal("review", several if found else "there is no test in it"))
        return await self.prove(replace(made, name=found[0]), others)


_EDITED = ", edited"


def tests_in(code: str) -> list[str]:
    """Names of the tests in a piece of code, as node ids within its module. Raises SyntaxError.

    >>> tests_in("def test_a(): ...\\nclass TestB:\\n    def test_c(self): ...\\n    def help(self): ...")
    ['test_a', 'TestB::test_c']
    """
    found = []
    for node in ast.parse(code).body:
        if _is_test(node):
            found.append(node.name)
        elif isinstance(node, ast.ClassDef):
            found += [f"{node.name}::{inner.name}" for inner in node.body if _is_test(inner)]
    return found


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")


def _weighed(trials: Sequence[Trial], coverage: Coverage) -> list[Trial]:
    """Each trial with its gain over those before it."""
    weighed = []
    for trial in trials:
        weighed.append(verify.weighed(trial, coverage))
        coverage = coverage.plus(trial.run.covered)
    return weighed
