"""A test has to pass and to cover something that is missing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.checks import gain
from pytest_aigen.data import (
    Candidate,
    Covered,
    Edit,
    Gap,
    Job,
    Mutant,
    Outcome,
    Reached,
    Refusal,
    Run,
    Target,
    Trial,
)
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

NOBODY: Any = None
SOURCE = Path("/p/shop.py")
TARGET = Target(Gap(SOURCE, "price", 1, 9, frozenset({2})), "shop", Path("/p/tests/test_shop.py"))


def trial(run: Run, gained: Covered) -> Trial:
    edit = Edit(TARGET.test_path, None, "", ("test_price",))
    job = Job(edit.path, edit.tests, timeout=10.0)
    return Trial(Candidate(TARGET, "test_price", "", "llm"), edit, job, run, gained)


GAINED: Covered = {SOURCE: Reached(frozenset({2}))}
TABLE = [
    (Run(Outcome.PASSED), GAINED, ""),
    (Run(Outcome.PASSED), {SOURCE: Reached(branches=frozenset({(1, 2)}))}, ""),
    (Run(Outcome.PASSED), {}, "covers nothing that is missing"),
    (Run(Outcome.FAILED, detail="assert 1 == 2"), GAINED, "fails: assert 1 == 2"),
    (Run(Outcome.ERROR, detail="fixture 'x' not found"), GAINED, "cannot be collected or set up: fixture 'x' not found"),
    (Run(Outcome.TIMEOUT), GAINED, "runs into the time limit of 10 seconds"),
    (Run(Outcome.CRASHED, detail="signal 11"), GAINED, "ends the process that runs it: signal 11"),
    (Run(Outcome.BLOCKED, detail="socket.connect"), GAINED, "does what generated tests may not do: socket.connect"),
    (Run(Outcome.NOT_RUN), {}, "was not run"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "gained", "reason"), TABLE)
def test_reasons(run: Run, gained: Covered, reason: str) -> None:
    [check] = gain.pytest_aigen_checks(Settings())
    assert (check.name, check.stage, check.cost) == ("gain", Stage.RUN, 0)
    refusal = asyncio.run(check(trial(run, gained), NOBODY))
    assert (refusal.reason if isinstance(refusal, Refusal) else "") == reason


def test_what_gains_nothing_may_still_kill_what_survived() -> None:
    [check] = gain.pytest_aigen_checks(Settings())
    survivors = (Mutant(SOURCE, 2, "ROR", "<", "<="),)
    passes = replace(trial(Run(Outcome.PASSED), {}), survivors=survivors)
    fails = replace(trial(Run(Outcome.FAILED), {}), survivors=survivors)
    assert asyncio.run(check(passes, NOBODY)) is None
    assert isinstance(asyncio.run(check(fails, NOBODY)), Refusal)


def test_each_outcome_has_words() -> None:
    assert set(gain.SAYS) == set(Outcome) - {Outcome.PASSED}
