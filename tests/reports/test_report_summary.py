"""What all reports say: the next step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_aigen.data import Ended, Report
from pytest_aigen.reports.summary import next_step
from tests.report_records import FULL, SMALL

LEFT = replace(FULL, mode="diff")


@pytest.mark.parametrize(
    ("report", "words"),
    [
        pytest.param(replace(LEFT, since="origin/main"), "next: pytest --ai-gen --ai-gen-since=origin/main (writes the tests)", id="diff"),
        pytest.param(replace(SMALL, since="origin/main"), "next: pytest --ai-gen --ai-gen-since=origin/main with a higher budget (goes on)", id="budget"),
        pytest.param(replace(LEFT, since="a\x1b[1mb"), "next: pytest --ai-gen --ai-gen-since=a?[1mb (writes the tests)", id="hostile"),
        pytest.param(replace(SMALL, left=(), ended=Ended.COMPLETE, since="x"), "next: git diff (read what was added)", id="no command of ours"),
        pytest.param(LEFT, "next: pytest --ai-gen (writes the tests)", id="not asked for"),
    ],
)  # fmt: skip
def test_the_next_command_is_about_the_same_lines(report: Report, words: str) -> None:
    assert next_step(report) == words
