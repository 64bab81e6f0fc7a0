"""What a model is told, read as it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen.data import Context, Fixture, Gap, Outcome, Run, Verdict
from pytest_aigen.generators import prompt
from pytest_aigen.grouping import combined
from pytest_aigen.protocols import Message
from tests.contexts import accepted, candidate, context, left, rejected

Golden = Callable[[str, str], None]
#: How a server that replays recordings finds the target of a request.
TARGET = re.compile(r"([\w./\\-]+\.py):(\d+)(?:-(\d+))?")

FULL = replace(
    context(tools=["pytest-mock", "asyncio: strict"]),
    definitions=("# shop.errors\nclass SoldOut(Exception):\n    ...",),
    examples=(
        "# tests/test_basket.py:7\ndef test_total():\n    assert total([1]) == 1  # basket.py:3 and a.py:9-11",
    ),
    fixtures=(
        Fixture("basket", "function", "(shop)", "A basket of\n    two.", "tests/conftest.py:12"),
        Fixture("shop", "session", "", "", "conftest.py"),
    ),
    evidence=('reached 17 times, "discount" was always 0',),
)
BARE = replace(context(), outline="", names={})
METHOD = context(qualname="Basket.add", branches=frozenset({(13, -12), (15, 17), (14, 15)}))
TOGETHER = combined(
    [
        METHOD,
        replace(context(qualname="Basket.pop", lines=frozenset({17})), definitions=("# shop.a\nLIMIT = 3",)),
    ]
)
BODY = context(qualname="", lines=frozenset({12, 13, 14, 16}))

PASSING = "from shop.basket import total\n\n\ndef test_empty():\n    with pytest.raises(ValueError):\n        total([])\n"
FAILING = "import pytest\n\nfrom shop.basket import total\n\n\ndef test_discount():\n    assert total([10], discount=0.1) == 8\n"
OTHER = FAILING.replace("test_discount", "test_half").replace("0.1", "0.5")
DETAIL = "tests/test_basket.py:7: AssertionError\nE   assert 9.0 == 8"


def shown(messages: Sequence[Message]) -> str:
    return "\n".join(f"<<<<<<<< {m.role}\n{m.content}" for m in messages) + "\n"


def failed(
    given: Context, name: str = "test_discount", code: str = FAILING, attempt: int = 0, reason: str = DETAIL
) -> Verdict:
    run = Run(Outcome.FAILED, detail=reason)
    return rejected(candidate(given, name, code, attempt), "gain", f"fails: {reason}", run)


@pytest.mark.parametrize(
    ("name", "given"),
    [("full", FULL), ("bare", BARE), ("method", METHOD), ("together", TOGETHER), ("module_body", BODY)],
)
def test_opening(name: str, given: Context, golden: Golden) -> None:
    golden(f"prompts/{name}.md", shown(prompt.opening(given)[1:]))


def test_rules(golden: Golden) -> None:
    golden("prompts/system.md", shown(prompt.opening(BARE, instructions="Use plain asserts.\n")[:1]))


@pytest.mark.parametrize("given", [FULL, BARE, METHOD, BODY])
def test_only_the_target_is_named_like_one(given: Context) -> None:
    *_, last = prompt.opening(given)
    assert last.content.startswith("shop/basket.py:12-17\n")
    assert TARGET.findall(last.content) == [("shop/basket.py", "12", "17")]


def test_targets_of_a_file_share_their_beginning() -> None:
    one, other = prompt.opening(context()), prompt.opening(context(qualname="Basket.add"))
    assert one[:2] == other[:2]
    assert one[2] != other[2]
    assert [message.role for message in one] == ["system", "user", "user"]


HISTORIES: dict[str, Callable[[Context], list[Verdict]]] = {
    "repair": lambda c: [
        accepted(candidate(c, "test_empty", PASSING)),
        failed(c),
        failed(c, "test_half", OTHER),
        rejected(candidate(c, "test_again", PASSING), "gain", "covers nothing that is missing", Run(Outcome.PASSED)),
        rejected(candidate(c, "test_bare", PASSING), "oracle", "asserts nothing", Run(Outcome.PASSED)),
    ],
    "kept": lambda c: [accepted(candidate(c, "test_empty", PASSING))],
    "idle": lambda c: [rejected(candidate(c, "test_again", PASSING), "gain", "what it covers is covered by now")],
    "no_test": lambda c: [rejected(candidate(c, "", "I would rather not."), "policy", "no test function in the reply")],
    "empty": lambda c: [rejected(candidate(c, "", ""), "policy", "")],
    "suspect": lambda c: [
        rejected(candidate(c, "test_discount", FAILING), "suspect", "the docstring says so", Run(Outcome.FAILED, detail=DETAIL)),
        failed(c, "test_half", OTHER),
    ],
    "repeated": lambda c: [failed(c), failed(c, attempt=1, reason=DETAIL.replace("7", "8"))],
    "three_rounds": lambda c: [
        rejected(candidate(c, "", "Sorry."), "policy", "no test function in the reply"),
        accepted(candidate(c, "test_empty", PASSING, 1)),
        failed(c, attempt=2),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_further_rounds(name: str, golden: Golden) -> None:
    given = left(context(), 16)
    messages = prompt.conversation(given, HISTORIES[name](given))
    assert messages[:3] == prompt.opening(given)
    golden(f"prompts/after_{name}.md", shown(messages[3:]))


def test_further_rounds_are_about_what_is_left_of_several(golden: Golden) -> None:
    about = context(qualname="Basket.pop")
    one, other = left(METHOD, 14), left(about, 16)
    history = [
        accepted(candidate(METHOD, "test_empty", PASSING)),
        failed(about),
        failed(context(qualname="Basket.done"), "test_half", OTHER),
    ]
    given = combined([one, other])
    messages = prompt.conversation(given, prompt.concerning(given, history))
    golden("prompts/after_together.md", shown(messages[3:]))


@pytest.mark.parametrize("name", HISTORIES)
def test_each_round_is_one_turn_of_each_side(name: str) -> None:
    given = context()
    history = HISTORIES[name](given)
    rounds = 1 + max(verdict.candidate.attempt for verdict in history)
    roles = [message.role for message in prompt.conversation(given, history)[3:]]
    assert roles == ["assistant", "user"] * rounds


def test_the_question_is_asked_once_and_stands_where_it_was_asked() -> None:
    given = context()
    history = [
        failed(given),
        failed(given, "test_half", OTHER, attempt=1, reason=DETAIL.replace("9.0", "5.0")),
    ]
    messages = prompt.conversation(given, history)
    assert ["SUSPECT" in message.content for message in messages[3:]] == [False, True, False, False]


def test_an_error_is_not_asked_about() -> None:
    given = context()
    messages = prompt.conversation(given, [failed(given, reason="E   NameError: name 'x' is not defined")])
    assert "SUSPECT" not in messages[-1].content


def test_long_reasons_are_cut_in_the_middle() -> None:
    given = context()
    messages = prompt.conversation(given, [failed(given, reason="begin " + "x" * 9000 + " end")])
    assert len(messages[-1].content) < 2500
    assert "begin" in messages[-1].content
    assert "[...]\nend\n" in messages[-1].content, "a long word, which may be a key, is left out whole"


@pytest.mark.parametrize(
    ("lines", "branches", "words"),
    [
        ((), (), "- nothing"),
        ((4,), (), "- line 4"),
        ((4, 5, 6, 9), ((4, 5),), "- lines 4-6, 9"),
        ((), ((4, 9), (5, -1)), "- the jump from line 4 to line 9\n- from line 5 out of the function"),
        ((9,), ((4, 9),), "- line 9"),
    ],
)
def test_in_words(lines: tuple[int, ...], branches: tuple[tuple[int, int], ...], words: str) -> None:
    assert prompt.in_words(Gap(Path("a.py"), "f", 1, 9, frozenset(lines), frozenset(branches))) == words
