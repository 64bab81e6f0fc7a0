"""What the terminal says of tests that were added: by module, each with what it covers and the mutants that it kills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pytest_aigen.data import Report, Trial
from pytest_aigen.reports.summary import names, written
from pytest_aigen.reports.words import Said, amount, count, plain, relative

#: Columns that every terminal has.
NARROW = 80


def lines(report: Report, most: int) -> Iterator[Said]:
    """All of them where ``most`` is 0; else so many files, with the strongest tests of each, twice as many in all."""
    by_path = written(report)
    yield Said(words(report, by_path), "green" if by_path else "")
    new = {edit.path for edit in report.edits if edit.before is None}
    chosen = sorted(sorted(by_path), key=lambda path: -len(by_path[path]))[: most or None]
    cut = bool(most) and sum(map(len, by_path.values())) > 2 * most
    for path in sorted(chosen):
        trials = by_path[path]
        each = max(1, 2 * most // len(chosen)) if cut else len(trials)
        shown = trials if len(trials) <= each else sorted(trials, key=_strength, reverse=True)[:each]
        yield Said(f"  {relative(path, report.root)}{' (new)' if path in new else ''}")
        yield from _tests(shown)
        if len(shown) < len(trials):
            yield Said(f"    and {count(_number(trials) - _number(shown), 'more test')} (-v shows them)")
    if others := [path for path in by_path if path not in chosen]:
        tests = count(sum(_number(by_path[path]) for path in others), "test")
        yield Said(f"  and {tests} in {count(len(others), 'more file')} (-v shows them)")
    said = [trial for trial in report.accepted if is_characterisation(trial)]
    if said:
        yield Said(f"  {_characterise(len(said))}: what the code does today, not what it should do")
    if report.redundant:
        number = len(report.redundant)
        were = "was" if number == 1 else "were"
        yield Said(f"  {count(number, 'more test')} passed and {were} left out: others cover the same")


def _tests(trials: Sequence[Trial]) -> Iterator[Said]:
    """Each with what it gained, beside it where there is room on a narrow terminal, else below it."""
    rows = [(plain(", ".join(names(t))), gained(t)) for t in trials]
    width = max(len(name) for name, _ in rows)
    beside = all(4 + width + 2 + len(worth) <= NARROW for _, worth in rows)
    for name, worth in rows:
        if beside:
            yield Said(f"    {name.ljust(width)}  {worth}")
        else:
            yield from (Said(f"    {name}"), Said(f"      {worth}"))


def _strength(trial: Trial) -> tuple[int, int]:
    """More where a test covers more that nothing else did, then where it kills more mutants."""
    reached = trial.gained.values()
    return sum(len(part.lines) + len(part.branches) for part in reached), len(trial.killed)


def _number(trials: Iterable[Trial]) -> int:
    """Tests: a trial may hold several."""
    return sum(len(names(trial)) for trial in trials)


def gained(trial: Trial) -> str:
    """What a test is kept for: what it newly covers, and the mutants that it kills.

    One that covers nothing new is kept for mutants alone.
    """
    reached = [part for part in trial.gained.values() if part]
    tried = len(trial.killed) + len(trial.survived)
    kills = f"kills {len(trial.killed)} of {count(tried, 'mutant')}" if tried else ""
    if not reached:
        return f"{kills}; reaches no new line" if kills else "reaches no new line"
    return ", ".join(filter(None, (amount(reached), kills)))


def is_characterisation(trial: Trial) -> bool:
    """Whether a test says what the code does, and nothing says that it should."""
    return any(proof.check == "origin" for proof in trial.proofs)


def _characterise(number: int) -> str:
    return "1 of them is a characterisation" if number == 1 else f"{number:,} of them are characterisations"


def words(report: Report, by_path: Mapping[Path, list[Trial]]) -> str:
    number = sum(map(_number, by_path.values()))
    if not number:
        return "no test was added" if report.writes else "no test would be added"
    verb = "added" if report.writes else "would add"
    return f"{verb} {count(number, 'test')} to {count(len(by_path), 'file')}"
