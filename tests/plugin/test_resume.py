"""Killed at a random moment and started again: what was answered is not asked twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.chat_server import Answer, Asked, Say
from tests.plugin.conftest import CLAMP, LABEL, Project, accepted, asked_for, model, python


def _answer(asked: Asked, number: int) -> Answer:
    """As a model does, never twice the same: a wrong test each time, which the next request quotes, then a right one."""
    if asked_for(asked) == "clamp":
        return Say(CLAMP, delay=0.1)
    if any(message["role"] == "assistant" for message in asked["messages"]):
        return Say(LABEL, delay=0.1)
    wrong = f"""\
        from shop import label

        def test_title():
            assert label("an apple") == "APPLE {number}"
        """
    return Say(python(wrong), delay=0.1)


def _distinct(asked: list[Asked]) -> set[str]:
    return {json.dumps(one["messages"], sort_keys=True) for one in asked}


def test_a_second_run_is_for_nothing(project: Project) -> None:
    with model(_answer) as (server, options):
        args = (*options, "--ai-gen-mode=diff")
        first = project.report(*args)
        asked = len(server.asked)
        second = project.report(*args)
        assert len(server.asked) == asked == first["usage"]["requests"] > 0
        assert second["usage"] == {
            "requests": 0, "prompt_tokens": 0, "cached_tokens": 0, "reply_tokens": 0, "cost": 0.0, "from_cache": asked, "unanswered": 0,
        }  # fmt: skip
        assert accepted(second) == accepted(first)
        project.result.stdout.fnmatch_lines([f"*{asked} replies from the cache*"])
        third = project.report(*args, "--ai-gen-no-cache")
        assert (third["usage"]["requests"], third["usage"]["from_cache"]) == (asked, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.slow
@pytest.mark.parametrize("kills", [pytest.param(3, id="short"), pytest.param(20, id="long")])
def test_killed_and_started_again(project: Project, kills: int) -> None:
    with model(_answer) as (server, options):
        args = (*options, "--ai-gen-mode=diff")
        began = time.monotonic()
        undisturbed = project.report(*args, "--ai-gen-no-cache")
        whole = time.monotonic() - began
        number = len(_distinct(server.asked))
        assert number == undisturbed["usage"]["requests"] == 3
        server.asked.clear()
        chance = random.Random(kills)
        killed = 0
        while killed < kills:
            process = subprocess.Popen(
                project.command("--ai-gen", *args),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                process.wait(chance.uniform(0.2, 0.95) * whole)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                killed += 1
        report = project.report(*args)
        assert len(_distinct(server.asked)) == number
        assert accepted(report) == accepted(undisturbed)
