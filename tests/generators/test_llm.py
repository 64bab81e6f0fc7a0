"""Rounds with a scripted model, and with one behind a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pytest_aigen.data import Candidate, Context, Outcome, Run, Verdict
from pytest_aigen.errors import ConfigError, ContextTooLong
from pytest_aigen.generators import llm, offer
from pytest_aigen.models.openai import configured
from pytest_aigen.protocols import Call, Reply, Request
from pytest_aigen.settings import Settings
from tests.chat_server import chat_server
from tests.contexts import accepted, candidate, context, left, rejected
from tests.fakes import FakeExecutor

REPLY = """Here:
```python
from basket import total

def test_empty():
    with pytest.raises(ValueError):
        total([])

def test_discount():
    assert total([10], discount=0.1) == 8
```"""
EMPTY = "import pytest\nfrom shop.basket import total\n\n\ndef test_empty():\n    with pytest.raises(ValueError):\n        total([])\n"
DISCOUNT = (
    "from shop.basket import total\n\n\ndef test_discount():\n    assert total([10], discount=0.1) == 8\n"
)


class Scripted:
    """A model that says one thing after another."""

    name = "scripted"

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(self._texts[len(self.requests) - 1])

    async def aclose(self) -> None:
        pass


def proposed(generator: llm.Llm, given: Context, history: Sequence[Verdict] = ()) -> list[Candidate]:
    async def gather() -> list[Candidate]:
        return [found async for found in generator.propose(given, history)]

    return asyncio.run(gather())


def test_a_reply_becomes_candidates() -> None:
    given = context()
    model = Scripted(REPLY)
    assert proposed(llm.Llm(model, instructions="Be brief."), given) == [
        Candidate(given.target, "test_empty", EMPTY, "llm", 0),
        Candidate(given.target, "test_discount", DISCOUNT, "llm", 0),
    ]
    (request,) = model.requests
    assert "Be brief." in request.messages[0].content
    assert request.max_reply_tokens == 4096


def test_a_reply_without_a_test_is_proposed_as_it_is() -> None:
    given = context()
    assert proposed(llm.Llm(Scripted("I'm sorry.")), given) == [
        Candidate(given.target, "", "I'm sorry.", "llm", 0)
    ]


def history(given: Context) -> list[Verdict]:
    return [
        accepted(candidate(given, "test_empty", EMPTY)),
        rejected(candidate(given, "test_discount", DISCOUNT), "run", "9.0 == 8", Run(Outcome.FAILED)),
    ]


def test_a_further_round_brings_what_is_new() -> None:
    given = left(context(), 16)
    mended = REPLY.replace("== 8", "== 9")
    model = Scripted(mended)
    assert proposed(llm.Llm(model), given, history(given)) == [
        Candidate(given.target, "test_discount", DISCOUNT.replace("== 8", "== 9"), "llm", 1)
    ]
    assert [message.role for message in model.requests[0].messages] == [
        "system",
        "user",
        "user",
        "assistant",
        "user",
    ]


@pytest.mark.parametrize("text", [REPLY, REPLY.replace("Here:", "Once more:")])
def test_the_same_reply_again_brings_nothing(text: str) -> None:
    given = left(context(), 16)
    assert proposed(llm.Llm(Scripted(text)), given, history(given)) == []


def test_the_same_words_without_a_test_bring_nothing() -> None:
    given = context()
    past = [rejected(candidate(given, "", "Sorry."), "policy", "no test")]
    assert proposed(llm.Llm(Scripted("Sorry.")), given, past) == []
    assert len(proposed(llm.Llm(Scripted("I said sorry.")), given, past)) == 1


RICH = {
    "definitions": tuple(f"def needed_{n}(value): ...  # {'d' * 300}" for n in range(4)),
    "examples": tuple(f"def test_{n}():  # {'e' * 900}\n    pass" for n in range(3)),
    "evidence": ("seen " + "s" * 300,),
}


class Small(Scripted):
    """A model that takes so many characters in all, and says how many tokens that are, or does not."""

    def __init__(self, most: int, limit: int | None) -> None:
        super().__init__()
        self._most, self._limit = most, limit

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        if sum(len(m.content) for m in request.messages) + 3 * request.max_reply_tokens > self._most:
            raise ContextTooLong("the context is too long", self._limit)
        return Reply(REPLY)


@pytest.mark.parametrize(
    ("most", "limit", "kept", "without"),
    [
        pytest.param(100_000, None, ["needed_3", "test_2", "seen"], [], id="fits"),
        pytest.param(15_000, 5_000, ["needed_3", "test_2", "seen"], [], id="a shorter reply is enough"),
        pytest.param(7_500, 2_500, ["needed_3"], ["test_2", "seen"], id="without what is least useful"),
        pytest.param(15_800, None, [], ["needed_0", "test_0", "seen"], id="nobody says how much"),
    ],
)
def test_a_context_that_is_too_long_is_shortened_once(
    most: int, limit: int | None, kept: list[str], without: list[str]
) -> None:
    given = replace(context(), **RICH)  # type: ignore[arg-type]
    model = Small(most, limit)
    assert len(proposed(llm.Llm(model), given)) == 2
    assert len(model.requests) == (1 if most == 100_000 else 2)
    last = "\n".join(message.content for message in model.requests[-1].messages)
    assert [word for word in kept if word not in last] == []
    assert [word for word in without if word in last] == []
    assert given.source in last, "the target itself stays"


def test_what_was_left_out_of_the_last_request_is_known() -> None:
    given = replace(context(), **RICH)  # type: ignore[arg-type]
    generator = llm.Llm(Scripted(REPLY, REPLY), room=1500)
    proposed(generator, given)
    (left_out,) = generator.shortened.values()
    assert "existing tests" in " ".join(left_out)
    proposed(generator, context())
    assert generator.shortened == {}


def test_earlier_rounds_are_left_out_before_the_context() -> None:
    given = left(context(), 16)
    past = history(given)
    model = Small(5_105, 1_700)
    proposed(llm.Llm(model), given, past)
    assert len(model.requests) == 2
    assert [message.role for message in model.requests[-1].messages] == ["system", "user", "user"]


@pytest.mark.parametrize("limit", [10, None])
def test_what_cannot_be_shortened_enough_is_asked_once_more_only(limit: int | None) -> None:
    model = Small(10, limit)
    with pytest.raises(ContextTooLong):
        proposed(llm.Llm(model), replace(context(), **RICH))  # type: ignore[arg-type]
    assert len(model.requests) == 2


def failed(given: Context, attempt: int, reason: str) -> Verdict:
    return rejected(candidate(given, "test_a", f"# {attempt}", attempt), "run", reason)


@pytest.mark.parametrize(
    ("lines", "reasons", "worthwhile"),
    [
        ([16], [], True),
        ([], [], True),  # the pipeline decides about first rounds
        ([], ["a"], False),
        ([16], ["a"], True),
        ([16], ["a", "a"], True),
        ([16], ["a", "a", "a"], False),
        ([16], ["line 1", "line 2", "line 30"], False),
        ([16], ["a", "b", "a"], True),
        ([16], ["b", "a", "a", "a"], False),
    ],
)
def test_whether_a_round_is_worth_a_request(lines: list[int], reasons: list[str], worthwhile: bool) -> None:
    given = left(context(), *lines)
    past = [failed(given, number, reason) for number, reason in enumerate(reasons)]
    model = Scripted(REPLY)
    assert bool(proposed(llm.Llm(model), given, past)) is worthwhile
    assert len(model.requests) == worthwhile


def test_over_http() -> None:
    given = context()

    async def session(url: str) -> list[str]:
        model = configured("gpt-x", url, {})
        try:
            return [found.name async for found in llm.Llm(model).propose(given, [])]
        finally:
            await model.aclose()

    with chat_server([REPLY]) as server:
        assert asyncio.run(session(server.url)) == ["test_empty", "test_discount"]
    (asked,) = server.asked
    assert asked["messages"][-1]["content"].startswith("shop/basket.py:12-17\ntotal\n")


class Asks(Scripted):
    """A model that asks for names, several at a time, before it replies."""

    def __init__(self, *asked: Sequence[str], calls: Sequence[Call] = ()) -> None:
        super().__init__(*["" for _ in asked], REPLY)
        self._asked = [
            [Call(f"{n}", "get_info", json.dumps({"name": name})) for n, name in enumerate(names)]
            for names in asked
        ]
        self._calls = calls

    async def complete(self, request: Request) -> Reply:
        reply = await super().complete(request)
        number = len(self.requests) - 1
        if number < len(self._asked) and request.may_call:
            return replace(reply, calls=(*self._asked[number], *self._calls), finish="tool_calls")
        return replace(reply, text=REPLY)


def test_what_a_model_asks_for_is_told() -> None:
    given = replace(context(), look_up=lambda name: f"this is {name}")
    model = Asks(["Basket", "shop.tax"])
    assert [found.name for found in proposed(llm.Llm(model), given)] == ["test_empty", "test_discount"]
    first, last = model.requests
    assert [tool.name for tool in first.tools] == ["get_info"]
    assert last.messages[:-3] == first.messages
    assert [(m.role, m.content, m.answers) for m in last.messages[-3:]] == [
        ("assistant", "", ""),
        ("tool", "this is Basket", "0"),
        ("tool", "this is shop.tax", "1"),
    ]
    assert last.messages[-3].calls == (
        Call("0", "get_info", '{"name": "Basket"}'),
        Call("1", "get_info", '{"name": "shop.tax"}'),
    )


def test_a_model_may_ask_three_times() -> None:
    given = replace(context(), look_up=str)
    model = Asks(*[["Basket"]] * 9)
    assert len(proposed(llm.Llm(model), given)) == 2
    assert [request.may_call for request in model.requests] == [True, True, True, False]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        pytest.param(Call("9", "open", "{}"), "no function `open`", id="another function"),
        pytest.param(Call("9", "get_info", '{"name": '), "JSON of this form", id="no JSON"),
        pytest.param(Call("9", "get_info", '["Basket"]'), "JSON of this form", id="a list"),
        pytest.param(Call("9", "get_info", '{"name": 3}'), "JSON of this form", id="a number"),
    ],
)
def test_calls_that_make_no_sense_are_answered(call: Call, told: str) -> None:
    model = Asks([], calls=[call])
    proposed(llm.Llm(model), replace(context(), look_up=str))
    assert told in model.requests[-1].messages[-1].content
    assert model.requests[-1].messages[-1].answers == "9"


def test_too_many_calls_at_once_are_put_off() -> None:
    model = Asks([f"name_{n}" for n in range(6)])
    proposed(llm.Llm(model), replace(context(), look_up=str))
    told = [message.content for message in model.requests[-1].messages[-6:]]
    assert told == ["name_0", "name_1", "name_2", "name_3", "Too many at once.", "Too many at once."]


def test_nothing_is_offered_where_nobody_can_be_asked() -> None:
    model = Scripted(REPLY)
    proposed(llm.Llm(model), context())
    assert model.requests[0].tools == ()


def test_hook() -> None:
    executor = FakeExecutor(context().target.gap.path)
    made = offer.pytest_aigen_generator("llm", Scripted(), executor, Settings(instructions="Be kind."))
    assert isinstance(made, llm.Llm)
    assert "Be kind." in made.request(context()).messages[0].content
    assert offer.pytest_aigen_generator("explore", Scripted(), executor, Settings()) is None
    with pytest.raises(ConfigError, match="--ai-gen-model"):
        offer.pytest_aigen_generator("llm", None, executor, Settings())


def test_an_accusation_names_the_test_that_failed_again() -> None:
    given = context()
    run = Run(Outcome.FAILED, detail="E   assert 9.0 == 8")
    error = Run(Outcome.FAILED, detail="E   NameError: x")
    history = [
        rejected(candidate(given, "test_discount", DISCOUNT), "gain", "fails", run),
        rejected(candidate(given, "test_empty", EMPTY), "gain", "fails", error),
    ]
    text = "SUSPECT test_discount: it is wrong\nSUSPECT test_empty: no\nSUSPECT test_other: no\n"
    (found,) = llm.accusations(text, history)
    assert (found.code, found.accuses, found.attempt) == (DISCOUNT, "it is wrong", 1)
    assert llm.accusations(text, []) == []
