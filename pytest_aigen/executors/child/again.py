"""Runs tests once more, in the process that has run them, with changes to the code under test.

That process would be ended else, and a new one that imports, collects and buckles up costs more than most tests. It may be
in any state by now, so only what `bracketed` finds to hold is said, and only where it decides something; where not, others
run the tests in processes of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from pytest_aigen.data import Job, Outcome
from pytest_aigen.executors.child import bracketed
from pytest_aigen.executors.child.functions import Functions, Plan
from pytest_aigen.executors.wire import Channel, unpack_job
from pytest_aigen.mutants.compiled import swaps


def may_wait(job: Job) -> bool:
    """Whether the process of a job that passed is fit for more runs of its tests."""
    alone = job.waits and not job.conditions and not job.others
    return alone and threading.active_count() == 1


def serve(channel: Channel, items: Sequence[pytest.Item], session: pytest.Session) -> None:
    """Wait for jobs with changes, and say what becomes of the tests, until one is not decided here."""
    holds = True
    while holds and (payload := channel.receive()):
        job: Job = unpack_job(payload)
        functions = Functions.reachable({change.path for change in job.changes})
        plans = [functions.plan(change) for change in job.changes]
        if any(not plan and swaps(change) for plan, change in zip(plans, job.changes, strict=True)):
            decided: Sequence[Outcome] = ()  # of a function that was not found
        else:
            said = _said([plan for plan in plans if plan], functions, channel, items, session)
            holds = said is not None
            decided = _decided(job, plans, said or ())
        for outcome in decided:
            channel.event(changed=outcome.value)
        how = Outcome.PASSED if decided else Outcome.NOT_RUN
        result: dict[str, object] = {"outcome": how.value, "detail": "", "failed": [], "covered": {}}
        channel.event(waits=holds, result=result)


def _said(
    plans: Sequence[Plan],
    functions: Functions,
    channel: Channel,
    items: Sequence[pytest.Item],
    session: pytest.Session,
) -> list[bytes] | None:
    """How the tests went with each of these; None where that proves nothing."""
    said: list[bracketed.Said] = []

    def say(data: bytes) -> None:
        said.append(bracketed.said(data))
        channel.event(at="a mutant")

    if plans:
        bracketed.run(items, session, functions, plans, say)
        if len(said) < len(plans) + 2:
            return None
    return [each.how for each in said[1:-1]]


def _decided(job: Job, plans: Sequence[Plan], said: Sequence[bytes]) -> list[Outcome]:
    """What becomes of the tests with each change of the job; nothing where that is not known."""
    known = [bracketed.OUTCOMES.get(how) for how in said]
    if None in known and not bracketed.settles(known, only_failing=job.only_failing):
        return []
    if len(known) < sum(map(bool, plans)):
        return []
    found = iter(known)
    return [(next(found) or Outcome.PASSED) if plan else Outcome.NOT_RUN for plan in plans]
