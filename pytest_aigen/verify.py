"""One trial: a candidate run once with its test module, in memory, and what it covered of what is missing."""

from __future__ import annotations

from dataclasses import replace

from pytest_aigen.data import Candidate, Coverage, Edit, Job, Trial
from pytest_aigen.protocols import Executor


def draft(candidate: Candidate, *, timeout: float) -> Trial:
    """The trial of a candidate by itself, before it is joined with anything; for the checks that run nothing."""
    path = candidate.target.test_path
    edit = Edit(path, None, candidate.code, (candidate.name,))
    return Trial(candidate, edit, Job(path, edit.tests, {path: edit.after}, timeout))


async def run(trial: Trial, executor: Executor, coverage: Coverage) -> Trial:
    """The trial after its first run."""
    return weighed(replace(trial, run=await executor.run(replace(trial.job, waits=True))), coverage)


def weighed(trial: Trial, coverage: Coverage) -> Trial:
    """The trial with its gain against what is missing now."""
    return replace(trial, gained=coverage.gain(trial.run.covered))
