"""What is asked, and what becomes of the answers; with a person who is a script."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import review
from pytest_aigen.data import Accepted, Ended, Outcome, Rejected, Run
from pytest_aigen.errors import ExecutorError
from pytest_aigen.pipeline import Line
from pytest_aigen.review import Answer, Edited, Question
from tests.fakes import FakeExecutor, FakeGenerator, ModuleCheck
from tests.test_pipeline import SOURCE, TESTS, gain, line, names, overtaken, proposal, run, several, target

YES, NO, ALL, REST, QUIT = Answer.YES, Answer.NO, Answer.ALL, Answer.REST, Answer.QUIT


class Person:
    """Gives the answers of a script, one after another, and remembers the questions."""

    def __init__(self, *answers: Answer | Edited) -> None:
        self._answers = list(answers)
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> Answer | Edited:
        self.asked.append(question)
        return self._answers.pop(0)

    @property
    def names(self) -> list[str]:
        return [question.trial.candidate.name for question in self.asked]


def reviewed(
    person: Person, targets: Sequence[Any], generator: Any, **options: Any
) -> tuple[Line, dict[Path, str]]:
    done = run(line(targets, generator, ask=person, **options))
    return done, {edit.path: edit.after for edit in asyncio.run(done.finish())}


def kept(texts: dict[Path, str], path: Path = TESTS) -> list[str]:
    return review.tests_in(texts[path]) if path in texts else []


def refusals(done: Line) -> dict[str, str]:
    return {
        v.candidate.name: f"{v.refusal.check}: {v.refusal.reason}"
        for v in done.verdicts
        if isinstance(v, Rejected)
    }


ABC = ("test_a", "test_b", "test_c")


@pytest.mark.parametrize(
    ("answers", "left", "why"),
    [
        pytest.param([YES, YES, YES], ["test_a", "test_b", "test_c"], {}, id="yes to all"),
        pytest.param([YES, NO, YES], ["test_a", "test_c"], {"test_b": "review: you said no"}, id="no to one"),
        pytest.param([NO, NO, NO], [], dict.fromkeys(ABC, "review: you said no"), id="no to all"),
        pytest.param([NO, ALL], ["test_b", "test_c"], {"test_a": "review: you said no"}, id="all that are left"),
        pytest.param(
            [YES, REST], ["test_a"],
            dict.fromkeys(("test_b", "test_c"), "review: you left out the rest of its file"), id="none that is left",
        ),
        pytest.param(
            [YES, QUIT], ["test_a"],
            dict.fromkeys(("test_b", "test_c"), "review: you quit before you said yes to it"), id="quit",
        ),
        pytest.param(
            [YES, Answer.INTERRUPT], ["test_a"],
            dict.fromkeys(("test_b", "test_c"), "review: you interrupted before you said yes to it"), id="Ctrl-C",
        ),
    ],
)  # fmt: skip
def test_answers(answers: list[Answer], left: list[str], why: dict[str, str]) -> None:
    person = Person(*answers)
    done, texts = reviewed(person, [target("f", 1, 2, 3)], several(*ABC))
    assert kept(texts) == left
    assert refusals(done) == why
    assert done.coverage.percent == pytest.approx(100 * len(left) / 3), "just what was kept"
    assert (done.ended is Ended.INTERRUPTED) is (Answer.INTERRUPT in answers)
    assert len(person.asked) == len(answers)


def test_all_and_rest_hold_for_one_file() -> None:
    other = TESTS.with_name("test_other.py")
    generator = FakeGenerator(
        {
            "f": [[proposal("test_a", 1), proposal("test_b", 2)]],
            "g": [[proposal("test_c", 3), proposal("test_d", 4)]],
        }
    )
    person = Person(ALL, REST)
    _, texts = reviewed(
        person, [target("f", 1, 2), target("g", 3, 4, test_path=other)], generator, concurrency=1
    )
    assert person.names == ["test_a", "test_c"]
    assert kept(texts) == ["test_a", "test_b"]
    assert other not in texts


def test_a_question_shows_what_the_file_would_be_by_now() -> None:
    person = Person(NO, YES, YES)
    on_disk = {TESTS: "def test_mine():\n    pass\n"}
    reviewed(person, [target("f", 1, 2, 3)], several(*ABC), on_disk=on_disk)
    assert [review.tests_in(q.trial.edit.after) for q in person.asked] == [
        ["test_mine", "test_a"], ["test_mine", "test_b"], ["test_mine", "test_b", "test_c"],
    ]  # fmt: skip
    assert [(q.number, q.total) for q in person.asked] == [(1, 3), (2, 3), (3, 3)]
    assert [sorted(q.trial.gained[SOURCE].lines) for q in person.asked] == [[1], [2], [3]]


def test_what_is_redundant_is_not_asked_for() -> None:
    person = Person(YES)
    done, texts = reviewed(person, [target("f", 1, 2)], FakeGenerator(overtaken()))
    assert person.names == ["test_large"]
    assert kept(texts) == ["test_large"]
    assert [c.name for c in done.redundant] == ["test_small"]


@pytest.mark.parametrize(("answer", "left"), [(YES, ["test_small"]), (NO, [])])
def test_what_a_refused_test_made_redundant_is_asked_for(answer: Answer, left: list[str]) -> None:
    person = Person(NO, answer)
    done, texts = reviewed(person, [target("f", 1, 2)], FakeGenerator(overtaken()))
    assert person.names == ["test_large", "test_small"]
    assert kept(texts) == left
    assert done.redundant == ()


def test_nothing_is_kept_that_nobody_said_yes_to() -> None:
    """Without the test that was refused, a module refuses the one that made another one redundant."""
    neighbours = ModuleCheck(
        "neighbours",
        lambda trial: "def test_large(" in trial.edit.after and "def test_other(" not in trial.edit.after,
    )
    person = Person(NO, YES, NO)
    generator = FakeGenerator(
        {"f": [[proposal("test_other", 3), proposal("test_small", 1)], [proposal("test_large", 1, 2)]]}
    )
    done, texts = reviewed(person, [target("f", 1, 2, 3)], generator, checks=[gain, neighbours])
    assert person.names == ["test_other", "test_large", "test_small"]
    assert texts == {}
    assert refusals(done) == {
        "test_other": "review: you said no",
        "test_large": "neighbours: neighbours says no",
        "test_small": "review: you said no",
    }


def test_nobody_is_asked_for_what_its_module_fails_with() -> None:
    neighbours = ModuleCheck("neighbours", lambda trial: "def test_large(" in trial.edit.after)
    person = Person(YES)
    done, texts = reviewed(person, [target("f", 1, 2)], FakeGenerator(overtaken()), checks=[gain, neighbours])
    assert person.names == ["test_small"]
    assert kept(texts) == ["test_small"]
    assert refusals(done) == {"test_large": "neighbours: neighbours says no"}


def test_an_executor_that_dies_at_the_end_asks_nothing_again() -> None:
    class Dies(ModuleCheck):
        async def __call__(self, trial: Any, executor: Any) -> Any:
            raise ExecutorError("gone")

    person = Person(YES, NO)
    checks = [gain, Dies("neighbours", lambda trial: False)]
    _, texts = reviewed(person, [target("f", 1, 2)], several("test_a", "test_b"), checks=checks)
    assert kept(texts) == ["test_a"]
    assert len(person.asked) == 2


# ---------------------------------------------------------------------------------------------------- edits

BETTER = "def test_better():\n    assert (1,) == (1,)  # covers 1\n"


def test_an_edited_test_is_proven_and_asked_for_again() -> None:
    executor = FakeExecutor(SOURCE)
    person = Person(Edited(BETTER), YES, YES)
    done, texts = reviewed(person, [target("f", 1, 2)], several("test_a", "test_b"), executor=executor)
    assert ("test_better",) in [job.tests for job in executor.jobs]
    assert kept(texts) == ["test_better", "test_b"]
    assert [v.candidate.origin for v in done.verdicts] == ["fake, edited", "fake"]
    assert names(done, Accepted) == ["test_better", "test_b"], "in the place of what it was"
    assert done.coverage.percent == 100


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("def test_a(:\n", "review: it is no Python: ", id="a syntax error"),
        pytest.param("x = 1\n", "review: there is no test in it", id="no test"),
        pytest.param(f"{BETTER}{BETTER.replace('better', 'best')}", "review: there are several tests in it (test_better, test_best)", id="two tests"),
        pytest.param("def test_a():\n    assert 1\n", "gain: gain says no", id="covers nothing"),
        pytest.param("def test_a():\n    assert 2  # covers 2\n", "gain: gain says no", id="covers what another one covers"),
        pytest.param("def test_bad():\n    assert 1  # covers 1\n", "gain: gain says no", id="fails"),
        pytest.param("def test_dies():\n    assert 1  # covers 1\n", "executor: no interpreter", id="cannot be run"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("answer", "left"),
    [(YES, ["test_a", "test_b"]), (NO, ["test_b"]), (Edited(BETTER), ["test_better", "test_b"])],
    ids=["as it was", "left out", "edited again"],
)
def test_an_edit_that_does_not_prove_itself(
    code: str, reason: str, answer: Answer | Edited, left: list[str]
) -> None:
    executor = FakeExecutor(
        SOURCE, {"test_bad": Run(Outcome.FAILED), "test_dies": ExecutorError("no interpreter")}
    )
    person = Person(Edited(code), answer, *([YES] if isinstance(answer, Edited) else []), YES)
    done, texts = reviewed(person, [target("f", 1, 2)], several("test_a", "test_b"), executor=executor)
    assert kept(texts) == left
    again = person.asked[1]
    assert again.draft == code
    assert again.refusal is not None
    assert f"{again.refusal.check}: {again.refusal.reason}".startswith(reason)
    assert again.trial.candidate.name == "test_a", "the question is about what was proven"
    assert [v.candidate.code for v in done.verdicts if isinstance(v, Rejected)][-1] == code, "nothing is lost"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("async def test_a(): ...", ["test_a"]),
        ("class TestA:\n    def test_b(self): ...\n    x = 1", ["TestA::test_b"]),
        ("def helper():\n    def test_inner(): ...", []),
        ("if x:\n    def test_a(): ...", []),
    ],
)
def test_tests_in(code: str, found: list[str]) -> None:
    assert review.tests_in(code) == found
