"""The end of the loop: of all that was accepted, one sound edit for each test module."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_aigen import select
from pytest_aigen.data import Candidate, Edit, Refusal, Rejected, Trial

#: Joins a trial's candidate with a text of its module; raises MergeError.
Join = Callable[[Trial, str | None], Trial]
#: What the checks say against a module as it will be.
Judge = Callable[[Trial], Awaitable[Refusal | None]]


@dataclass(frozen=True, slots=True)
class Settled:
    #: As they were joined last, in the order in which they were accepted.
    kept: tuple[Trial, ...]
    redundant: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class _Module:
    """Tests of one module that were judged together."""

    asked: tuple[Trial, ...]
    sound: tuple[Trial, ...]
    text: str | None


async def settled(
    accepted: Sequence[Trial],
    *,
    read: Callable[[Path], str | None],
    join: Join,
    judge: Judge,
    redundant: Callable[[Sequence[Trial]], tuple[Candidate, ...]] = select.redundant,
) -> Settled:
    """Drop what others make redundant, then what does not get on with its module; what a refused test made redundant
    comes back.

    Each module is judged once where all goes well.
    """
    rejected: dict[int, Rejected] = {}
    modules: dict[Path, _Module] = {}
    while True:
        left = [trial for trial in accepted if id(trial) not in rejected]
        left_out = redundant(left)
        dropped = {id(candidate) for candidate in left_out}
        found = len(rejected)
        for path in dict.fromkeys(trial.edit.path for trial in left):
            kept = [t for t in left if t.edit.path == path and id(t.candidate) not in dropped]
            if path in modules and list(modules[path].asked) == kept:
                continue
            modules[path] = await _sound(path, kept, rejected, read=read, join=join, judge=judge)
        if len(rejected) == found:
            break
    edits = [
        Edit(
            path, read(path), module.text, tuple(test for trial in module.sound for test in trial.edit.tests)
        )
        for path, module in modules.items()
        if module.sound and module.text is not None
    ]
    order = {id(trial.candidate): number for number, trial in enumerate(accepted)}
    kept_trials = sorted(
        (trial for module in modules.values() for trial in module.sound), key=lambda t: order[id(t.candidate)]
    )
    return Settled(tuple(kept_trials), left_out, tuple(rejected.values()), tuple(edits))


async def _sound(
    path: Path,
    kept: Sequence[Trial],
    rejected: dict[int, Rejected],
    *,
    read: Callable[[Path], str | None],
    join: Join,
    judge: Judge,
) -> _Module:
    """The tests that pass together with their module; by halves, so that one culprit among many costs few runs."""
    sound: list[Trial] = []
    text = read(path)
    batches = [list(kept)] if kept else []
    while batches:
        batch = batches.pop(0)
        joined, whole = _all(batch, text, join)
        refusal = await judge(joined[-1] if len(batch) == 1 else _together(joined))
        if refusal is None:
            sound += joined
            text = whole
        elif len(batch) == 1:
            rejected[id(batch[0])] = Rejected(batch[0].candidate, refusal, batch[0].run)
        else:
            half = len(batch) // 2
            batches[:0] = [batch[:half], batch[half:]]
    return _Module(tuple(kept), tuple(sound), text)


def _all(batch: Sequence[Trial], text: str | None, join: Join) -> tuple[list[Trial], str | None]:
    joined = []
    for trial in batch:
        joined.append(join(trial, text))
        text = joined[-1].edit.after
    return joined, text


def _together(joined: Sequence[Trial]) -> Trial:
    """Several tests as one trial: the last one's module with the tests of all."""
    tests = tuple(test for trial in joined for test in trial.edit.tests)
    last = joined[-1]
    return replace(last, edit=replace(last.edit, tests=tests), job=replace(last.job, tests=tests))
