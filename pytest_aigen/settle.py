"""The end of the loop: of all that was accepted, one sound edit for each test module."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen import select
from pytest_aigen.abreast import all_of
from pytest_aigen.data import NOTHING, Candidate, Edit, Proof, Reached, Refusal, Rejected, Trial
from pytest_aigen.errors import MergeError
from pytest_aigen.merge import Table

#: Joins a trial's candidate with a text of its module; raises MergeError.
Join = Callable[[Trial, str | None], Trial]
#: The tables that candidates of one module make.
Fold = Callable[[Sequence[Candidate]], Sequence[Table]]
#: Which of the kept trials do not get on with other modules, some of them at a time.
Beyond = Callable[[Sequence[Edit], Sequence[Trial]], Awaitable[Sequence[tuple[Trial, Refusal]]]]
#: What the checks say of a module as it will be.
Judge = Callable[[Trial], Awaitable[Refusal | tuple[Proof, ...]]]


@dataclass(frozen=True, slots=True)
class Settled:
    #: As they were joined last, in the order in which they were accepted.
    kept: tuple[Trial, ...]
    redundant: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is joined and judged as one: a test, or several in the form of a table."""

    trials: tuple[Trial, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """Tests of one module that were judged together."""

    before: str | None
    asked: tuple[Trial, ...]
    sound: tuple[Trial, ...]
    text: str | None


async def _none(edits: Sequence[Edit], kept: Sequence[Trial]) -> Sequence[tuple[Trial, Refusal]]:
    return ()


async def settled(
    accepted: Sequence[Trial],
    *,
    read: Callable[[Path], str | None],
    join: Join,
    judge: Judge,
    fold: Fold,
    redundant: Callable[[Sequence[Trial]], tuple[Candidate, ...]] = select.redundant,
    beyond: Beyond = _none,
    known: dict[Path, Module] | None = None,
) -> Settled:
    """Drop what others make redundant, fold what makes a table, then drop what does not get on with its module, or, last,
    with other modules; what a refused test made redundant comes back.

    Each module is judged once where all goes well, several at a time. A table that fails is judged again as the tests that
    it was made of, and a test in the style of its module that fails again as it was written.

    ``known`` are modules as the same judge left them, and takes up how he leaves them now: what is asked of them again with
    the same text is not joined and judged again.
    """
    rejected: dict[int, Rejected] = {}
    known = {} if known is None else known
    paths = tuple(dict.fromkeys(trial.edit.path for trial in accepted))
    order = {id(trial.candidate): number for number, trial in enumerate(accepted)}
    while True:
        left = [trial for trial in accepted if id(trial.candidate) not in rejected]
        left_out = redundant(left)
        dropped = {id(candidate) for candidate in left_out}
        found = len(rejected)
        asked: dict[Path, list[Trial]] = {}
        for path in paths:
            kept = [t for t in left if t.edit.path == path and id(t.candidate) not in dropped]
            if path not in known or (known[path].before, list(known[path].asked)) != (read(path), kept):
                asked[path] = kept
        said = await all_of(
            _sound(path, kept, rejected, read=read, join=join, judge=judge, fold=fold)
            for path, kept in asked.items()
        )
        known.update(zip(asked, said, strict=True))
        if len(rejected) > found:
            continue
        modules = {path: known[path] for path in paths}
        edits = _edits(modules, read)
        of_all = (trial for module in modules.values() for trial in module.sound)
        kept_trials = sorted(of_all, key=lambda trial: order[id(trial.candidate)])
        late = await beyond(edits, kept_trials) if edits else ()
        for trial, refusal in late:
            rejected[id(trial.candidate)] = Rejected(trial.candidate, refusal, trial.run)
        if not late:
            refused = sorted(rejected.values(), key=lambda one: order[id(one.candidate)])
            return Settled(tuple(kept_trials), left_out, tuple(refused), edits)


def _edits(modules: Mapping[Path, Module], read: Callable[[Path], str | None]) -> tuple[Edit, ...]:
    return tuple(
        Edit(
            path, read(path), module.text, tuple(test for trial in module.sound for test in trial.edit.tests)
        )
        for path, module in modules.items()
        if module.sound and module.text is not None
    )


async def _sound(
    path: Path,
    kept: Sequence[Trial],
    rejected: dict[int, Rejected],
    *,
    read: Callable[[Path], str | None],
    join: Join,
    judge: Judge,
    fold: Fold,
) -> Module:
    """The tests that pass together with their module; by halves, so that one culprit among many costs few runs."""
    sound: list[Trial] = []
    before = text = read(path)
    batches = [_units(kept, fold)] if kept else []
    while batches:
        batch = batches.pop(0)
        opinion: Refusal | tuple[Proof, ...]
        try:
            joined, whole = _all(batch, text, join)
        except MergeError as error:
            joined, opinion = [], Refusal("merge", str(error))
        else:
            opinion = await judge(_together(joined))
        if not isinstance(opinion, Refusal):
            sound += [replace(trial, proofs=_renewed(trial.proofs, opinion)) for trial in joined]
            text = whole
        elif len(batch) > 1:
            batches[:0] = _split(batch, joined, opinion.tests)
        elif batch[0].table is not None:
            batches.insert(0, [_Unit((trial,)) for trial in batch[0].trials])
        else:
            (trial,) = batch[0].trials
            plain = _as_written(trial, joined, text, join)
            if plain is not None:
                batches.insert(0, [_Unit((plain,))])
            else:
                rejected[id(trial.candidate)] = Rejected(trial.candidate, opinion, trial.run)
    return Module(before, tuple(kept), tuple(sound), text)


def _split(batch: Sequence[_Unit], joined: Sequence[Trial], blamed: Sequence[str]) -> list[list[_Unit]]:
    """Those that are not to blame and those that are, where it is known; else two halves."""
    names = {name.partition("[")[0] for name in blamed}
    bad = {id(t.candidate) for t in joined if any(name.partition("[")[0] in names for name in t.edit.tests)}
    of_bad: list[_Unit] = []
    others: list[_Unit] = []
    for unit in batch:
        is_bad = any(id(trial.candidate) in bad for trial in unit.trials)
        (of_bad if is_bad else others).append(unit)
    if of_bad and others:
        return [others, of_bad]
    half = len(batch) // 2
    return [list(batch[:half]), list(batch[half:])]


def _renewed(old: Sequence[Proof], new: Sequence[Proof]) -> tuple[Proof, ...]:
    """Proofs with new ones in the place of what the same checks said before."""
    again = {proof.check for proof in new}
    return (*(proof for proof in old if proof.check not in again), *new)


def _units(kept: Sequence[Trial], fold: Fold) -> list[_Unit]:
    """Tests and tables, a table at the place of its first test."""
    # What is a row already goes into its table.
    loose = [trial for trial in kept if not trial.edit.tests[0].endswith("]")]
    tables: dict[int, _Unit] = {}
    member: dict[int, int] = {}
    for table in fold([trial.candidate for trial in loose]):
        trials = tuple(loose[index] for index in table.members)
        tables[id(trials[0])] = _Unit(trials, table)
        member.update({id(trial): id(trials[0]) for trial in trials})
    units = [
        tables.get(id(trial), _Unit((trial,)))
        for trial in kept
        if member.get(id(trial), id(trial)) == id(trial)
    ]
    return units


def _as_written(trial: Trial, joined: Sequence[Trial], text: str | None, join: Join) -> Trial | None:
    """The test in the form in which it was proposed, if it was judged in another one."""
    if trial.as_written or not joined:
        return None
    plain = replace(trial, as_written=True)
    try:
        differs = join(plain, text).edit.after != joined[0].edit.after
    except MergeError:
        return None
    return plain if differs else None


def _all(batch: Sequence[_Unit], text: str | None, join: Join) -> tuple[list[Trial], str | None]:
    joined: list[Trial] = []
    for unit in batch:
        found = _as_table(unit.table, unit.trials, text, join) if unit.table is not None else []
        for trial in () if found else unit.trials:
            found.append(join(trial, found[-1].edit.after if found else text))
        joined += found
        text = found[-1].edit.after
    return joined, text


def _as_table(table: Table, trials: Sequence[Trial], text: str | None, join: Join) -> list[Trial]:
    """The trials as rows of one test; empty where they belong into a class and the table does not, or it is there."""
    whole = join(replace(trials[0], candidate=table.candidate), text)
    homes = {test.rpartition("::")[0] for trial in (*trials, whole) for test in trial.edit.tests}
    if not whole.edit.tests or len(homes) > 1:
        return []
    rows = []
    for trial, row in zip(trials, table.ids, strict=True):
        tests = (f"{whole.edit.tests[0]}[{row}]",)
        job = replace(whole.job, tests=tests)
        rows.append(replace(trial, edit=replace(whole.edit, tests=tests), job=job))
    return rows


def _together(joined: Sequence[Trial]) -> Trial:
    """Several tests as one trial: the last one's module with the tests of all."""
    tests = tuple(test for trial in joined for test in trial.edit.tests)
    gained: dict[Path, Reached] = {}
    for trial in joined:
        for path, reached in trial.gained.items():
            gained[path] = gained.get(path, NOTHING) | reached
    last = joined[-1]
    return replace(
        last, edit=replace(last.edit, tests=tests), job=replace(last.job, tests=tests), gained=gained
    )
