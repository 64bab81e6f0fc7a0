"""What becomes of a refusal, with a fake executor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Candidate, Edit, Gap, Job, Outcome, Refusal, Rejected, Run, Target, Trial
from pytest_aigen.errors import WriteError
from pytest_aigen.suspects.casebook import Casebook
from tests.fakes import FakeExecutor

SOURCE = Path("/p/a.py")
TARGET = Target(Gap(SOURCE, "f", 1, 9, frozenset({2})), "a", Path("/p/test_a.py"))
TEXT = 'def f(x):\n    """Doubles it, cents included.\n\n    >>> f(1)\n    2\n    """\n    return 3\n'
FAILED = Run(Outcome.FAILED, detail="test_a.py:5: in test_f\n    assert f(1) == 2\nE   assert 3 == 2", line=5)


def trial(body: str = "assert f(1) == 2", run: Run = FAILED, name: str = "test_f") -> Trial:
    code = f"from a import f\n\n\ndef {name}():\n    {body}\n"
    candidate = Candidate(TARGET, name, code, "llm")
    edit = Edit(TARGET.test_path, None, code, (name,))
    return Trial(candidate, edit, Job(edit.path, edit.tests, {edit.path: code}), run)


def casebook(again: Run = FAILED, read: Callable[[Path], str | None] = lambda path: TEXT) -> Casebook:
    return Casebook(read, FakeExecutor(SOURCE, {"test_f": again, "test_g": again}))


def judged(book: Casebook, given: Trial) -> Rejected:
    return asyncio.run(book.judged(given, Rejected(given.candidate, Refusal("gain", "fails"), given.run)))


def test_a_suspect_names_the_contract() -> None:
    book = casebook()
    rejected = judged(book, trial())
    assert rejected.refusal.check == "suspect"
    assert rejected.refusal.reason.startswith("the docstring says '>>> f(1) 2'; test_a.py:5")
    (suspect,) = book.suspects
    assert suspect.rejected is rejected
    assert (suspect.call, suspect.expected, suspect.actual) == ("f(1)", "2", "3")


def unreadable(path: Path) -> str | None:
    raise WriteError("no")


@pytest.mark.parametrize(
    ("given", "book"),
    [
        pytest.param(trial(), casebook(Run(Outcome.PASSED)), id="passes when it runs again"),
        pytest.param(trial(), casebook(replace(FAILED, line=4)), id="fails elsewhere when it runs again"),
        pytest.param(trial("assert f(1) == 5"), casebook(), id="nothing promises it"),
        pytest.param(trial(run=replace(FAILED, detail="E   NameError: f")), casebook(), id="an error"),
        pytest.param(
            trial(run=replace(FAILED, outcome=Outcome.ERROR)), casebook(), id="an error of the set-up"
        ),
        pytest.param(trial(), casebook(read=lambda path: None), id="no source"),
        pytest.param(trial(), casebook(read=unreadable), id="source that cannot be read"),
        pytest.param(trial(), casebook(read=lambda path: "def f("), id="source that does not parse"),
    ],
)
def test_no_suspect(given: Trial, book: Casebook) -> None:
    assert judged(book, given).refusal == Refusal("gain", "fails")
    assert book.suspects == []


def test_one_bug_is_one_suspect() -> None:
    book = casebook()
    judged(book, trial())
    other = trial(name="test_g", run=replace(FAILED, detail=FAILED.detail.replace("test_f", "test_g")))
    assert judged(book, other).refusal.check == "suspect"
    assert len(book.suspects) == 1


@pytest.mark.parametrize(
    ("reason", "kind", "text"),
    [
        ('it says "cents included"', "docstring", "cents included"),
        ("it says `Doubles it, cents\n included`", "docstring", "Doubles it, cents included"),
        ('it says "cents are lost"', "model", 'it says "cents are lost"'),
        ('it says "it"', "model", 'it says "it"'),
        ("it is wrong", "model", "it is wrong"),
    ],
    ids=["quoted", "over two lines", "not there", "too short", "nothing quoted"],
)
def test_the_word_of_a_model(reason: str, kind: str, text: str) -> None:
    book = casebook()
    given = trial("assert f(1) == 5")
    rejected = judged(book, given)
    asyncio.run(book.accuse(replace(given.candidate, accuses=reason, attempt=1)))
    (suspect,) = book.suspects
    assert (suspect.contract.kind, suspect.contract.text, suspect.said) == (kind, text, reason)
    assert suspect.rejected is rejected
    asyncio.run(book.accuse(replace(given.candidate, accuses="again", attempt=2)))
    assert len(book.suspects) == 1


def test_a_word_about_a_test_that_did_not_fail_or_fails_no_more() -> None:
    book = casebook(Run(Outcome.PASSED))
    given = trial("assert f(1) == 5")
    asyncio.run(book.accuse(replace(given.candidate, accuses="it is wrong")))
    judged(book, given)
    asyncio.run(book.accuse(replace(given.candidate, accuses="it is wrong")))
    assert book.suspects == []


def test_truth() -> None:
    book = casebook()
    judged(book, trial())
    judged(book, trial("assert f(4) == 5", replace(FAILED, detail=FAILED.detail.replace("== 2", "== 5"))))
    passed = Run(Outcome.PASSED)
    frozen = book.truth(trial("assert f(1) == 3", passed, "test_g"))
    assert frozen == Refusal("suspect", "states as the truth what `test_f` suspects to be a bug")
    pasted = book.truth(trial("assert f(4) == 3", passed, "test_g"))
    assert getattr(pasted, "check", "") == "origin"
    assert book.truth(trial("assert f(9) == 3", passed, "test_g")) is None
    explored = trial("assert f(9) == 3", passed, "test_g")
    explored = replace(explored, candidate=replace(explored.candidate, origin="explore"))
    assert getattr(book.truth(explored), "check", "") == "origin"
