"""What passes once has to pass, and to cover the same, under another hash seed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.checks import stable
from pytest_aigen.data import Candidate, Edit, Gap, Job, Outcome, Reached, Refusal, Run, Target, Trial
from pytest_aigen.protocols import Stage
from pytest_aigen.settings import Settings

SOURCE = Path("/p/shop.py")
TARGET = Target(Gap(SOURCE, "price", 1, 9, frozenset({2})), "shop", Path("/p/tests/test_shop.py"))
GAINED = Reached(frozenset({2, 3, 5}), frozenset({(2, 3), (5, -1)}))
EDIT = Edit(TARGET.test_path, None, "", ("test_price",))
PASSED = Run(Outcome.PASSED, {SOURCE: GAINED}, seconds=0.1)
TRIAL = Trial(
    Candidate(TARGET, "test_price", "", "llm"), EDIT, Job(EDIT.path, EDIT.tests), PASSED, {SOURCE: GAINED}
)


class Script:
    """Answers with one run after the other."""

    def __init__(self, *runs: Run) -> None:
        self.runs = list(runs)
        self.jobs: list[Job] = []

    async def run(self, job: Job) -> Run:
        self.jobs.append(job)
        return self.runs.pop(0)

    async def aclose(self) -> None: ...


def ask(trial: Trial, *runs: Run) -> tuple[str, list[str]]:
    [check] = stable.pytest_aigen_checks(Settings())
    assert (check.name, check.stage, check.cost) == ("stable", Stage.MODULE, 1)
    script = Script(*runs)
    refusal = asyncio.run(check(trial, script))
    assert all(replace(job, variant="") == trial.job for job in script.jobs)
    return refusal.reason if isinstance(refusal, Refusal) else "", [job.variant for job in script.jobs]


def covering(reached: Reached) -> Run:
    return Run(Outcome.PASSED, {SOURCE: reached})


def test_another_hash_seed() -> None:
    assert ask(TRIAL, PASSED) == ("", ["hashseed"])


def test_more_than_what_it_gained_may_be_covered() -> None:
    more = covering(Reached(GAINED.lines | {9}, GAINED.branches))
    assert ask(TRIAL, more, more)[0] == ""


REFUSED = [
    (Run(Outcome.FAILED, detail="assert 'a' == 'b'"), "does not pass under another hash seed (failed): assert 'a' == 'b'"),
    (Run(Outcome.TIMEOUT), "does not pass under another hash seed (timeout)"),
    (Run(Outcome.PASSED), "covers line 2-3, 5 of shop.py only sometimes: not under another hash seed"),
    (covering(Reached(frozenset({2, 3, 5}), frozenset({(2, 3)}))), "covers branch 5->exit of shop.py only sometimes: not under another hash seed"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "reason"), REFUSED)
def test_what_changes_is_refused_at_once(run: Run, reason: str) -> None:
    assert ask(TRIAL, run) == (reason, ["hashseed"])
