"""Refuses a test that passes whatever the code that it newly covers does.

The code is changed in small ways, in memory, and the test has to fail with one of the changes at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from pytest_aigen.data import KILLED, NOTHING, Mutant, Outcome, Proof, Refusal, Trial
from pytest_aigen.mutants.choice import COARSE, Made, Source, chosen, source
from pytest_aigen.mutants.compiled import same
from pytest_aigen.protocols import Stage
from pytest_aigen.texts import on_disk

if TYPE_CHECKING:
    from pytest_aigen.protocols import Check, Executor
    from pytest_aigen.settings import Settings

#: Mutants that a test is tried with; as many again where it fails with none of them.
BUDGET = 8
#: Of those that need a run of their own each.
FEW = 3
#: Survivors that a reason names.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Score:
    """What a test does with some mutants."""

    killed: tuple[Mutant, ...] = ()
    survived: tuple[Mutant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.killed or self.survived)

    def __add__(self, other: Score) -> Score:
        return Score(self.killed + other.killed, self.survived + other.survived)


class Mutation:
    """Refuses what fails with no mutant of the lines that it newly covers, nor with one that survived before."""

    name = "mutation"
    stage: ClassVar[Stage] = Stage.RUN
    cost: ClassVar[int] = BUDGET

    async def __call__(self, trial: Trial, executor: Executor) -> Refusal | Proof | None:
        sources, made = _made(trial)
        inside = [each for each in made if not each.at_import]
        score = Score()
        for batch in (inside[:BUDGET], inside[BUDGET : 2 * BUDGET]):
            if batch and not score.killed:
                score += await _together(trial, executor, sources, batch)
        if not score:
            outside = [each for each in made if each.at_import]
            score = await _one_by_one(trial, executor, sources, outside[:FEW])
        if not score and trial.gained:
            return Proof(self.name, "nothing that it newly covers can be changed")
        if not score.killed and trial.survivors:
            sources, made = _surviving(trial)
            score += await _together(trial, executor, sources, made) if made else Score()
        if not trial.gained and not score.killed:
            return None  # it brings nothing, and is refused for that
        number = len(score.killed) + len(score.survived)
        if not score.killed:
            return Refusal(self.name, reason(score.survived))
        says = f"fails with {len(score.killed)} of {number} mutant{'' if number == 1 else 's'}"
        return Proof(self.name, says, score.killed, score.survived)


def reason(survived: Sequence[Mutant]) -> str:
    """What a model, or a person, has to assert.

    >>> reason([Mutant(Path("shop.py"), 42, "ROR", ">", ">=")])
    'still passes when the code that it covers is broken: line 42: `>` becomes `>=`'
    """
    named = "; ".join(map(str, survived[:NAMED]))
    more = f"; and {len(survived) - NAMED} more" if len(survived) > NAMED else ""
    return f"still passes when the code that it covers is broken: {named}{more}"


def _made(trial: Trial) -> tuple[dict[Path, Source], list[Made]]:
    """The sources that the trial gained in, and what to try, best first."""
    sources: dict[Path, Source] = {}
    made: list[Made] = []
    for path, gained in sorted(trial.gained.items()):
        if (text := on_disk(path)) is not None:
            sources[path] = source(path, text)
            seed = f"{trial.candidate.code}\0{text}"
            for outside in (False, True):
                pools = {
                    line: [m for m in several if m.at_import is outside and m.mutant.operator not in COARSE]
                    for line, several in sources[path].by_line.items()
                }
                made += chosen(pools, gained, seed=seed, limit=2 * BUDGET)
    return sources, made


def _surviving(trial: Trial) -> tuple[dict[Path, Source], list[Made]]:
    """What else a trial may kill: of the mutants that survived what was kept, those in lines that it executes."""
    sources: dict[Path, Source] = {}
    made: list[Made] = []
    for path in sorted({mutant.path for mutant in trial.survivors}):
        if (text := on_disk(path)) is not None:
            sources[path] = source(path, text)
            executed = trial.run.covered.get(path, NOTHING).lines
            for line, several in sources[path].by_line.items():
                made += [each for each in several if line in executed and each.mutant in trial.survivors]
    return sources, made


async def _together(
    trial: Trial, executor: Executor, sources: dict[Path, Source], made: Sequence[Made]
) -> Score:
    """Mutants of functions, all in one job; in jobs of their own where the executor, or the test, does not allow it."""
    changes = tuple(sources[each.mutant.path].change(each) for each in made)
    run = await executor.run(replace(trial.job, changes=changes))
    if run.outcome is not Outcome.PASSED or (not run.changed and changes):
        return await _one_by_one(trial, executor, sources, made[:FEW])
    return _score(made, run.changed)


async def _one_by_one(
    trial: Trial, executor: Executor, sources: dict[Path, Source], made: Sequence[Made]
) -> Score:
    """Each as the text of its module. A run with the text as it is tells whether failing means anything."""
    outcomes: list[Outcome] = []
    sound: dict[Path, bool] = {}
    for each in made:
        path, text = each.mutant.path, sources[each.mutant.path].text
        changed = each.applied(text)
        if path not in sound:
            sound[path] = await _with(trial, executor, path, text) is Outcome.PASSED
        known = sound[path] and _differs(path, text, changed)
        outcomes.append(await _with(trial, executor, path, changed) if known else Outcome.NOT_RUN)
    return _score(made, outcomes)


async def _with(trial: Trial, executor: Executor, path: Path, text: str) -> Outcome:
    job = trial.job
    return (await executor.run(replace(job, overlay={**job.overlay, path: text}))).outcome


def _score(made: Sequence[Made], outcomes: Sequence[Outcome]) -> Score:
    """What the sandbox stopped, or was not run, says nothing."""
    tried = [(each.mutant, outcome) for each, outcome in zip(made, outcomes)]
    return Score(
        tuple(mutant for mutant, outcome in tried if outcome in KILLED),
        tuple(mutant for mutant, outcome in tried if outcome is Outcome.PASSED),
    )


def _differs(path: Path, before: str, after: str) -> bool:
    try:
        return not same(path, before, after)
    except (SyntaxError, ValueError, RecursionError):
        return False


@pytest.hookimpl
def pytest_aigen_checks(settings: Settings) -> Sequence[Check]:
    return [Mutation()]
