"""What all reports say: the next step, and how to run what was added."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Accepted, Ended, Hurdle, Left, Obstacle, Report, Usage
from pytest_aigen.reports.steps import next_step, to_run
from tests.report_records import FULL, PRICE, ROOT, SMALL

LEFT = replace(FULL, mode="diff")
UNASKED = replace(FULL, usage=Usage())


def started(report: Report, *words: str) -> Report:
    return replace(report, command=("pytest", *words))


def hindered(hurdle: Hurdle) -> Report:
    return replace(UNASKED, unreached=(Left(PRICE, PRICE.gap, Obstacle(hurdle, "no shop is on the path")),))


@pytest.mark.parametrize(
    ("report", "words"),
    [
        pytest.param(started(LEFT, "--ai-gen", "--ai-gen-mode=diff", "-q"), "pytest --ai-gen -q (writes the tests)", id="diff"),
        pytest.param(started(LEFT, "--ai-gen-mode", "diff", "--ai-gen", "a b"), "pytest --ai-gen 'a b' (writes the tests)", id="in two words"),
        pytest.param(LEFT, "pytest --ai-gen --ai-gen-mode=write (writes the tests)", id="diff by configuration"),
        pytest.param(started(LEFT, "--ai-gen", "--ai-gen-mode=diff", "--ai-gen-since=origin/main"), "pytest --ai-gen --ai-gen-since=origin/main (writes the tests)", id="the same lines"),
        pytest.param(started(SMALL, "--ai-gen", "--ai-gen-max-requests=2"), "pytest --ai-gen --ai-gen-max-requests=2 with a higher budget (goes on)", id="budget"),
        pytest.param(replace(SMALL, ended=Ended.INTERRUPTED, command=("python", "-m", "pytest", "--ai-gen")), "python -m pytest --ai-gen (goes on)", id="as it was started"),
        pytest.param(started(LEFT, "--ai-gen", "a\x1b[1mb"), "pytest --ai-gen 'a?[1mb' --ai-gen-mode=write (writes the tests)", id="hostile"),
        pytest.param(replace(SMALL, left=(), ended=Ended.COMPLETE), "git diff (read what was added)", id="no command of ours"),
        pytest.param(started(replace(FULL, mode="plan"), "--ai-gen", "--ai-gen-mode=plan"), "pytest --ai-gen (writes the tests)", id="plan"),
        pytest.param(replace(FULL, mode="plan", targets=()), "nothing is left to do", id="an empty plan"),
        pytest.param(replace(hindered(Hurdle.NOT_FOUND), mode="plan", targets=()), "pip install -e . (so that Python imports the code from here), then pytest --ai-gen", id="a plan of nothing that is found"),
        pytest.param(hindered(Hurdle.ELSEWHERE), "pip install -e . (so that Python imports the code from here), then pytest --ai-gen", id="another copy"),
        pytest.param(hindered(Hurdle.UNREACHED), "pytest --ai-gen --ai-gen-model=PROVIDER:MODEL (a model for what is left)", id="too hard"),
        pytest.param(replace(started(UNASKED, "--ai-gen", "--ai-gen-engine=explore"), engine="explore"), "pytest --ai-gen --ai-gen-model=PROVIDER:MODEL --ai-gen-engine=auto (a model for what is left)", id="without a model so far"),
        pytest.param(FULL, "pytest --ai-gen --ai-gen-target=src/shop.py::price", id="asked already"),
    ],
)  # fmt: skip
def test_next_step(report: Report, words: str) -> None:
    assert next_step(report) == f"next: {words}"


def in_files(*names: str) -> Report:
    """The report of a run that added one test to each."""
    found = next(verdict for verdict in FULL.verdicts if isinstance(verdict, Accepted))
    edits = [replace(found.trial.edit, path=ROOT / name) for name in names]
    return replace(
        FULL,
        verdicts=tuple(Accepted(replace(found.trial, edit=edit)) for edit in edits),
        command=("python", "-m", "pytest", "--ai-gen", "-v"),
    )


@pytest.mark.parametrize(
    ("report", "words"),
    [
        pytest.param(in_files("tests/test_a.py"), "python -m pytest tests/test_a.py", id="one file"),
        pytest.param(in_files("tests/test b.py", "tests/test_a.py"), "python -m pytest 'tests/test b.py' tests/test_a.py", id="two files"),
        pytest.param(in_files(*(f"tests/test_{n}.py" for n in "abcd")), "python -m pytest tests", id="a folder"),
        pytest.param(in_files(*(f"{n}/test_{n}.py" for n in "abcd")), "python -m pytest", id="all over"),
        pytest.param(in_files(), "", id="nothing"),
        pytest.param(replace(in_files("tests/test_a.py"), mode="diff"), "", id="nothing was written"),
        pytest.param(replace(in_files("a.py"), unwritten={Path(ROOT / "a.py"): "read-only"}), "", id="nothing could be written"),
    ],
)  # fmt: skip
def test_to_run(report: Report, words: str) -> None:
    assert to_run(report) == words
