"""The client against a real server on this machine: what it sends, reads, tries again, and gives up on."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import formatdate
from typing import cast

import pytest

from pytest_aigen.budget import Ledger, Metered
from pytest_aigen.data import Price, Rates, Usage
from pytest_aigen.errors import ConfigError, ContextTooLong, ModelError, ModelRefused, OutOfBudget
from pytest_aigen.models import openai
from pytest_aigen.models.pace import Pace
from pytest_aigen.protocols import Call, Message, Reply, Request, Tool
from pytest_aigen.settings import Settings
from tests.chat_server import Answer, Ask, Asked, ChatServer, Drop, Fail, Hang, Raw, Say, chat_server, events

REQUEST = Request((Message("system", "rules"), Message("user", "a.py:1-2")), max_reply_tokens=500)
KEY = "sk-of-this-test"


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def made(url: str, clock: Clock | None = None, **options: object) -> openai.OpenAI:
    clock = clock or Clock()
    environ = {"OPENAI_API_KEY": KEY}
    chosen = {"timeout": 5.0, "clock": clock, "sleep": clock.sleep, "rng": random.Random(1), **options}
    return openai.configured("gpt-x", url, environ, **chosen)


def run(model: openai.OpenAI, use: Callable[[openai.OpenAI], Awaitable[object]] | None = None) -> object:
    async def session() -> object:
        try:
            return await (use(model) if use else model.complete(REQUEST))
        finally:
            await model.aclose()

    try:
        return asyncio.run(session())
    finally:
        gc.collect()  # a connection left open warns here


def reply_of(server: ChatServer, **options: object) -> Reply:
    reply = run(made(server.url, **options))  # type: ignore[arg-type]
    assert isinstance(reply, Reply)
    return reply


def test_asks_and_reads() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 900}}
    with chat_server([Say("hello", usage=usage)]) as server:
        reply = reply_of(server)
    assert reply == Reply("hello", Usage(1, 1000, 900, 500, None), "stop")
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [KEY]
    assert server.asked == [
        {
            "model": "gpt-x",
            "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "a.py:1-2"}],
            "max_tokens": 500,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (Say("def test_", finish="length"), "def test_", "length"),
        (Say("def test_", finish="content_filter"), "def test_", "content_filter"),
        (Say(""), "", "stop"),
    ],
)
def test_reports_why_the_model_stopped(answer: Say, text: str, finish: str) -> None:
    with chat_server([answer]) as server:
        reply = reply_of(server)
    assert (reply.text, reply.finish) == (text, finish)


def test_counts_where_the_server_does_not() -> None:
    with chat_server([Say("hello you", usage=None)]) as server:
        usage = reply_of(server).usage
    assert usage.requests == 1
    assert usage.prompt_tokens > 0
    assert usage.reply_tokens > 0
    assert usage.cost is None


# ------------------------------------------------------------------------------------- what a model asks for

TOOL = Tool("get_info", "Shows a definition.", "name", "Of what.")
CALLS = (Call("call-0", "get_info", '{"name": "Basket"}'), Call("call-1", "get_info", '{"name": "tax"}'))


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_a_model_asks_before_it_replies(streams: bool) -> None:
    asks = Ask([(call.tool, call.arguments) for call in CALLS], text="Let me see.")

    async def talk(model: openai.OpenAI) -> list[Reply]:
        asked = replace(REQUEST, tools=(TOOL,))
        first = await model.complete(asked)
        told = (
            Message("assistant", first.text, calls=first.calls),
            Message("tool", "class Basket: ...", answers="call-0"),
        )
        last = replace(asked, messages=(*asked.messages, *told), may_call=False)
        return [first, await model.complete(last)]

    with chat_server([asks, "done"], streams=streams) as server:
        first, last = cast("list[Reply]", run(made(server.url), talk))
    assert (first.text, first.calls, first.finish) == ("Let me see.", CALLS, "tool_calls")
    assert first.usage == Usage(1, 50, 0, 5, None)
    assert (last.text, last.calls) == ("done", ())
    begun, ended = server.asked
    (tool,) = begun["tools"]
    assert tool["function"]["parameters"]["required"] == ["name"]
    assert "tool_choice" not in begun
    assert (ended["tools"], ended["tool_choice"]) == ([tool], "none")
    assert ended["messages"][-2] == {**asks.message()}
    assert ended["messages"][-1] == {
        "role": "tool",
        "content": "class Basket: ...",
        "tool_call_id": "call-0",
    }


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(Fail(400, "fake does not support tools"), id="Ollama"),
        pytest.param(
            Fail(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'), id="vLLM"
        ),
        pytest.param(Fail(500, "tools param requires --jinja flag"), id="llama.cpp"),
        pytest.param(Fail(404, "No endpoints found that support tool use."), id="OpenRouter"),
        pytest.param(Fail(422, "extra inputs are not permitted", param="tools"), id="a strict one"),
    ],
)  # fmt: skip
def test_a_server_without_tools_is_asked_without(refusal: Fail) -> None:
    def script(asked: Asked, number: int) -> Answer:
        return refusal if "tools" in asked else "ok"

    async def twice(model: openai.OpenAI) -> list[str]:
        asked = replace(REQUEST, tools=(TOOL,))
        return [(await model.complete(asked)).text for _ in range(2)]

    with chat_server(script) as server:
        model = made(server.url)
        assert run(model, twice) == ["ok", "ok"]
    assert ["tools" in asked for asked in server.asked] == [True, False, False]
    assert model.notes == []


# ---------------------------------------------------------------------------------------- faults that pass


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fail(429), id="429"),
        pytest.param(Fail(500), id="500"),
        pytest.param(Fail(503), id="503"),
        pytest.param(Fail(408), id="408"),
        pytest.param(Drop(), id="dropped"),
        pytest.param(Raw(b"<html>gateway</html>", "text/html"), id="html"),
        pytest.param(Raw(b'{"choices": ['), id="broken JSON"),
        pytest.param(Raw(b'{"choices": []}'), id="no choices"),
        pytest.param(Raw(b"{}"), id="empty object"),
        pytest.param(Raw(b"[1, 2]"), id="list"),
        pytest.param(Raw(b'{"choices"', length=5000), id="body cut short"),
        pytest.param(Raw(b""), id="empty body"),
    ],
)
def test_tries_again(fault: Answer) -> None:
    clock = Clock()
    with chat_server([fault, fault, "at last"]) as server:
        assert reply_of(server, clock=clock).text == "at last"
    assert len(server.asked) == 3
    assert 0.5 <= clock.slept[0] <= 1.0
    assert 1.0 <= clock.slept[-1] <= 2.0


def test_a_hanging_server_costs_its_time_limit() -> None:
    with chat_server([Hang(), "at last"]) as server:
        assert reply_of(server, timeout=0.3).text == "at last"


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7.5),
        ({"Retry-After-Ms": "1500"}, 1.5, 2.0),
        ({"Retry-After": formatdate(usegmt=True)}, 0, 1.5),
        ({"Retry-After": "soon"}, 0.5, 1.0),
        ({}, 0.5, 1.0),
    ],
)
def test_waits_as_long_as_the_server_asks(headers: Mapping[str, str], least: float, most: float) -> None:
    clock = Clock()
    with chat_server([Fail(429, headers=headers), "ok"]) as server:
        reply_of(server, clock=clock)
    assert least <= sum(clock.slept) <= most


def test_a_rate_limit_holds_for_all_requests() -> None:
    clock = Clock()

    async def two(model: openai.OpenAI) -> list[float]:
        await model.complete(REQUEST)
        model.pace.not_before = clock.now + 5
        await model.complete(REQUEST)
        return clock.slept

    with chat_server(["ok"]) as server:
        assert run(made(server.url, clock), two) == [5]


def test_gives_up_after_its_tries() -> None:
    clock = Clock()
    fault = Fail(500, "the engine is on fire")
    with chat_server([fault]) as server, pytest.raises(ModelError, match=r"5 tries: .*on fire") as caught:
        run(made(server.url, clock))
    assert not isinstance(caught.value, ModelRefused)
    assert len(server.asked) == 5
    assert 7.5 <= sum(clock.slept) <= 15


def test_a_rate_limit_is_waited_for_more_slowly_than_the_server_asks() -> None:
    """One that counts by the minute may say one second each time."""
    clock = Clock()
    limited = Fail(429, headers={"Retry-After": "1"})
    with chat_server([*[limited] * 9, "ok"]) as server:
        assert reply_of(server, clock=clock).text == "ok"
    assert sum(clock.slept) > 60


def test_a_rate_limit_without_an_end_is_given_up() -> None:
    clock = Clock()
    with (
        chat_server([Fail(429, "slow down")]) as server,
        pytest.raises(ModelError, match="slow down") as caught,
    ):
        run(made(server.url, clock))
    assert type(caught.value) is ModelError
    assert 500 < sum(clock.slept) <= 600


def test_a_server_that_asks_to_wait_too_long_is_asked_no_more() -> None:
    clock = Clock()
    fault = Fail(429, "daily limit", headers={"Retry-After": "3600"})
    with chat_server([fault]) as server, pytest.raises(ModelRefused, match=r"wait for 3600 .*daily limit"):
        run(made(server.url, clock))
    assert clock.slept == []


@pytest.mark.parametrize(
    ("answers", "usage"),
    [
        pytest.param([Fail(429), Fail(500), "ok"], Usage(3, 100, 0, 20, None), id="refused"),
        pytest.param([Fail(400, "temperature: unsupported"), "ok"], Usage(2, 100, 0, 20, None), id="adapted"),
        pytest.param([Drop(), "ok"], Usage(2, 120, 0, 520, None, unanswered=1), id="dropped"),
        pytest.param([Raw(b"{}"), "ok"], Usage(2, 120, 0, 520, None, unanswered=1), id="no answer"),
        pytest.param([Fail(401)], Usage(1, cost=None), id="refused for good"),
        pytest.param(
            [Say(None, finish="content_filter")], Usage(1, 100, 0, 20, None), id="held back, and paid for"
        ),
        pytest.param([Hang()], Usage(2, 40, 0, 1000, None, unanswered=2), id="given up"),
    ],
)  # fmt: skip
def test_every_call_that_went_out_is_in_the_ledger(answers: Sequence[Answer], usage: Usage) -> None:
    ledger = Ledger()

    async def metered(model: openai.OpenAI) -> None:
        try:
            await Metered(model, ledger, lambda text, name: 6).complete(replace(REQUEST, temperature=0.5))
        except ModelError:
            pass

    with chat_server(answers) as server:
        run(made(server.url, timeout=0.3 if isinstance(answers[0], Hang) else 5.0), metered)
    assert ledger.usage == usage
    assert len(server.asked) == usage.requests


def test_a_cap_on_requests_ends_the_tries() -> None:
    ledger = Ledger(max_requests=2)

    async def metered(model: openai.OpenAI) -> object:
        return await Metered(model, ledger, lambda text, name: 6).complete(REQUEST)

    with chat_server([Fail(500)]) as server, pytest.raises(OutOfBudget, match="--ai-gen-max-requests=2"):
        run(made(server.url), metered)
    assert len(server.asked) == ledger.usage.requests == 2


@pytest.mark.parametrize("waits", [True, False], ids=["waits for its turn", "has no connection"])
def test_a_call_that_never_went_out_costs_nothing(waits: bool) -> None:
    ledger = Ledger(price=Price(Rates(1.0, 1.0, 1.0), "a test"))

    async def metered(model: openai.OpenAI) -> None:
        if waits:
            await model.pace.enter()
        call = asyncio.ensure_future(Metered(model, ledger, lambda text, name: 6).complete(REQUEST))
        await asyncio.sleep(0.05)
        if waits:
            call.cancel()
        with pytest.raises(asyncio.CancelledError if waits else ModelRefused):
            await call

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    run(made(url, concurrency=1), metered)
    assert (ledger.usage.tokens, ledger.usage.cost) == (0, 0.0)


# ------------------------------------------------------------------------------------- faults that stay


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fail(401, "Incorrect API key provided"), ModelRefused, "the key .OPENAI_API_KEY, or API_KEY. is not accepted"),
        (Fail(400, "API key not valid. Please pass a valid API key."), ModelRefused, "the key .* is not accepted"),
        (Fail(400, "No connected db.", "400"), ModelRefused, "the key .* is not accepted"),
        (Fail(403, "not for you"), ModelRefused, "may not use 'gpt-x'"),
        (Fail(404, "The model `gpt-x` does not exist", "model_not_found"), ModelRefused, "no model 'gpt-x' .--ai-gen-model"),
        (Fail(404, 'model "gpt-x" not found, try pulling it first'), ModelRefused, "no model 'gpt-x'"),
        (Fail(404, "no such path"), ModelRefused, "no chat completions at http.*--ai-gen-base-url"),
        (Fail(405, "Method Not Allowed"), ModelRefused, "no chat completions"),
        (Fail(429, "You exceeded your current quota", "insufficient_quota"), ModelRefused, "no quota left"),
        (Fail(402, "pay"), ModelRefused, "no quota left"),
        (Fail(400, "maximum context length is 10 tokens", "context_length_exceeded"), ContextTooLong, "context length"),
        (Fail(413, "too large"), ModelError, "too large"),
    ],
)  # fmt: skip
def test_stops_at_once(fault: Fail, error: type[ModelError], says: str) -> None:
    clock = Clock()
    with chat_server([fault]) as server, pytest.raises(error, match=says) as caught:
        run(made(server.url, clock))
    assert type(caught.value) is error
    assert len(server.asked) == 1
    assert clock.slept == []


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ModelRefused, match=r"no answer from http://127\.0\.0\.1.*is the URL right"):
        run(made(url))


def test_the_key_is_never_in_a_message() -> None:
    with chat_server([Fail(401, f"wrong key {KEY}")]) as server, pytest.raises(ModelRefused) as caught:
        run(made(server.url))
    assert KEY not in str(caught.value)
    assert "[key]" in str(caught.value)


# ------------------------------------------------------------------------------------------------ streams

_DONE = b"data: [DONE]\n\n"
_STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
_SSE = "text/event-stream"


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        pytest.param(Raw(events("def ", "test_a", _STOP) + _DONE, _SSE), "def test_a", "stop", id="whole"),
        pytest.param(Raw(events("def ", _STOP), _SSE), "def ", "stop", id="no end mark"),
        pytest.param(Raw(events("def ", _STOP), _SSE, silence=30), "def ", "stop", id="silence after the reply"),
        pytest.param(Raw(events("def ", "test_a"), _SSE), "def test_a", "length", id="ends early"),
        pytest.param(Raw(events("def ", "test_a"), _SSE, length=9000), "def test_a", "length", id="cut off"),
        pytest.param(Raw(events("def ", "test_a"), _SSE, silence=30), "def test_a", "length", id="stalls"),
        pytest.param(Raw(events("def ") + b"data: {oops\n\n", _SSE), "def ", "length", id="garbage"),
        pytest.param(Raw(events("def ") + b"data: [1]\n\n", _SSE), "def ", "length", id="no chunk"),
        pytest.param(
            Raw(events("def ", {"error": {"message": "overloaded"}}), _SSE), "def ", "length", id="error within"
        ),
        pytest.param(Raw(events(*["many words "] * 2000), _SSE, silence=30), None, "length", id="never ends"),
    ],
)  # fmt: skip
def test_what_came_of_a_stream_counts(answer: Raw, text: str | None, finish: str) -> None:
    with chat_server([answer]) as server:
        reply = reply_of(server, timeout=0.5 if answer.silence else 5.0)
    assert reply.finish == finish
    assert text is None or reply.text == text
    assert 0 < len(reply.text) < 20_000
    assert reply.usage.reply_tokens > 0
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Raw(b"", _SSE), id="empty"),
        pytest.param(Raw(_DONE, _SSE), id="only an end"),
        pytest.param(Raw(b"", _SSE, length=100), id="cut off"),
        pytest.param(Raw(b"", _SSE, silence=30), id="stalls"),
        pytest.param(Raw(b"data: {oops\n\n", _SSE), id="garbage"),
        pytest.param(Raw(events({"error": {"message": "overloaded"}}), _SSE), id="error"),
    ],
)
def test_a_stream_that_brought_nothing_is_tried_again(answer: Raw) -> None:
    with chat_server([answer, "at last"]) as server:
        assert reply_of(server, timeout=0.5).text == "at last"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "usage", [{"prompt_tokens": 7, "completion_tokens": 3}, None], ids=["counted", "not"]
)
def test_a_server_that_does_not_stream(usage: Mapping[str, int] | None) -> None:
    with chat_server([Say("whole", usage=usage)], streams=False) as server:
        reply = reply_of(server)
    assert reply.text == "whole"
    assert reply.usage.reply_tokens == (3 if usage else 1)
    assert len(server.asked) == 1


def test_a_content_filter_costs_one_request() -> None:
    held_back = pytest.raises(ModelError, match=r"content filter .* held the reply back")
    with chat_server([Say(None, finish="content_filter")]) as server, held_back as caught:
        run(made(server.url))
    assert type(caught.value) is ModelError
    assert len(server.asked) == 1


# -------------------------------------------------------------------------------------------------- pace


def test_half_as_many_in_flight_after_a_rate_limit_and_more_again() -> None:
    now, most, lock = 0, [0], threading.Lock()

    def script(asked: Asked, number: int) -> Answer:
        nonlocal now
        with lock:
            now += 1
            most[-1] = max(most[-1], now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return Fail(429) if number < 8 else "ok"

    async def many(model: openai.OpenAI) -> list[float]:
        await asyncio.gather(*(model.complete(REQUEST) for _ in range(8)))
        limits = [model.pace.limit]
        most.append(0)
        await asyncio.gather(*(model.complete(REQUEST) for _ in range(40)))
        return [*limits, model.pace.limit]

    with chat_server(script) as server:
        limits = run(made(server.url, concurrency=8), many)
    assert isinstance(limits, list)
    assert 4 <= limits[0] < 8, "eight at once that were refused count once"
    assert limits[1] == 8
    assert most[0] <= 8
    assert most[1] <= 8


def test_never_fewer_than_one() -> None:
    clock = Clock()
    pace = Pace(4, clock=clock, sleep=clock.sleep)

    async def use() -> None:
        for _ in range(5):
            era = await pace.enter()
            pace.limited(era, 1.0)
            pace.leave()
            assert pace.limit >= 1
        assert await pace.enter() == 5

    asyncio.run(use())
    assert pace.limit == 1
    assert sum(clock.slept) == 5


def test_a_turn_that_is_given_up_is_free_for_others() -> None:
    clock = Clock()
    pace = Pace(1, clock=clock, sleep=clock.sleep)

    async def use() -> None:
        await pace.enter()
        tasks = [asyncio.ensure_future(pace.enter()) for _ in range(2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        pace.leave()
        await tasks[1]

    asyncio.run(use())


# ------------------------------------------------------------------------------- a provider that is gone


def test_a_server_that_never_answers_is_given_up_soon() -> None:
    with (
        chat_server([Hang()]) as server,
        pytest.raises(ModelRefused, match=r"no answer .* in 2 tries: no word in"),
    ):
        run(made(server.url, timeout=0.2))
    assert len(server.asked) == 2


def test_after_five_requests_in_vain_no_other_is_tried() -> None:
    async def five(model: openai.OpenAI) -> list[type[BaseException]]:
        found: list[type[BaseException]] = []
        for _ in range(5):
            try:
                await model.complete(REQUEST)
            except ModelError as error:
                found.append(type(error))
        return found

    with chat_server([Fail(503)]) as server:
        assert run(made(server.url), five) == [*[ModelError] * 4, ModelRefused]


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", 8192),
        ("the request exceeds the available context size (4096 tokens)", 4096),
        ("prompt is too long: 250000 tokens > 200000 maximum", None),
        ("Please reduce the length of the messages", None),
    ],
)
def test_a_context_that_is_too_long(message: str, limit: int | None) -> None:
    with chat_server([Fail(400, message)]) as server, pytest.raises(ContextTooLong) as caught:
        run(made(server.url))
    assert caught.value.limit == limit


# ---------------------------------------------------------------------------------- parameters, lifetime


def test_adapts_to_what_a_server_knows() -> None:
    def picky(asked: Asked, number: int) -> Answer:
        if "max_tokens" in asked:
            return Fail(
                400, "Unsupported parameter: 'max_tokens', use 'max_completion_tokens'", param="max_tokens"
            )
        if "temperature" in asked:
            return Fail(400, "Unsupported value: 'temperature'", param="temperature")
        return "ok"

    async def twice(model: openai.OpenAI) -> None:
        for _ in range(2):
            await model.complete(Request(REQUEST.messages, 500, temperature=0.0))

    clock = Clock()
    with chat_server(picky) as server:
        run(made(server.url, clock), twice)
    always = {"model", "messages", "stream", "stream_options"}
    assert [sorted(asked.keys() - always) for asked in server.asked] == [
        ["max_tokens", "temperature"],
        ["max_completion_tokens", "temperature"],
        ["max_completion_tokens"],
        ["max_completion_tokens"],
    ]
    assert clock.slept == []


@pytest.mark.parametrize(
    ("message", "left_out"),
    [
        ("Unrecognized request argument supplied: stream_options", {"stream_options"}),
        ("streaming is not supported by this model", {"stream", "stream_options"}),
        ("Unsupported parameter: 'reasoning_effort' is not supported with this model", {"reasoning_effort"}),
        ("seed: extra inputs are not permitted", {"seed"}),
        ("'temperature' does not support 0.0 with this model", {"temperature"}),
    ],
)
def test_asks_without_what_is_not_known(message: str, left_out: set[str]) -> None:
    request = Request(REQUEST.messages, 500, 0.0, "high", 7)

    async def use(model: openai.OpenAI) -> tuple[Reply, list[str]]:
        return await model.complete(request), model.notes

    def script(asked: Asked, number: int) -> Answer:
        return Fail(400, message) if left_out & asked.keys() else "ok"

    with chat_server(script) as server:
        found = run(made(server.url), use)
    assert isinstance(found, tuple)
    reply, notes = found
    first, last = server.asked
    assert (first["temperature"], first["reasoning_effort"], first["seed"]) == (0.0, "high", 7)
    assert first.keys() - last.keys() == left_out
    assert reply.text == "ok"
    assert bool(notes) is ("stream" not in min(left_out)), "the user hears what was asked for in vain"


def test_asks_for_no_longer_replies_than_a_model_gives() -> None:
    too_long = Fail(400, "max_tokens is too large: 500. This model supports at most 300 completion tokens")
    with chat_server([too_long, "ok"]) as server:
        reply_of(server)
    assert [asked["max_tokens"] for asked in server.asked] == [500, 300]


def test_adapts_only_once() -> None:
    def impossible(asked: Asked, number: int) -> Answer:
        return Fail(400, "Unsupported parameters: 'max_tokens', 'max_completion_tokens'")

    with chat_server(impossible) as server, pytest.raises(ModelError, match="did not take"):
        run(made(server.url))
    assert len(server.asked) == 2


def test_many_requests_at_once() -> None:
    async def many(model: openai.OpenAI) -> set[str]:
        return {reply.text for reply in await asyncio.gather(*(model.complete(REQUEST) for _ in range(24)))}

    with chat_server(lambda asked, number: Say(str(number), delay=0.02)) as server:
        assert run(made(server.url), many) == {str(n) for n in range(24)}


def test_serves_one_loop_after_another() -> None:
    with chat_server(["ok"]) as server:
        model = made(server.url)
        run(model)
        run(model)
    assert len(server.asked) == 2


def test_closing_without_a_request() -> None:
    async def nothing(model: openai.OpenAI) -> None:
        pass

    run(made("http://127.0.0.1:9/v1"), nothing)


# ------------------------------------------------------------------------------------------ configuration


@pytest.mark.parametrize(
    ("environ", "base_url", "key", "url"),
    [
        ({"OPENAI_API_KEY": "a", "API_KEY": "b"}, None, "a", "https://api.openai.com/v1"),
        ({"API_KEY": "b"}, None, "b", "https://api.openai.com/v1"),
        ({"OPENAI_API_KEY": "a", "OPENAI_BASE_URL": "http://x/v1"}, None, "a", "http://x/v1"),
        ({"OPENAI_API_KEY": "a", "OPENAI_BASE_URL": "http://x/v1"}, "http://y/v1", "a", "http://y/v1"),
        ({}, "http://y/v1", "none", "http://y/v1"),
        ({"OPENAI_BASE_URL": "http://x/v1"}, None, "none", "http://x/v1"),
    ],
)
def test_configured(environ: Mapping[str, str], base_url: str | None, key: str, url: str) -> None:
    model = openai.configured("gpt-x", base_url, environ)
    sdk = model._make()
    assert (model.name, model.service.url) == ("openai:gpt-x", url)
    assert (sdk.api_key, str(sdk.base_url).rstrip("/")) == (key, url)


def test_neither_key_nor_url() -> None:
    with pytest.raises(ConfigError) as caught:
        openai.configured("gpt-x", None, {"OPENAI_API_KEY": ""})
    for way_on in ("OPENAI_API_KEY", "--ai-gen-base-url", "--ai-gen-engine=explore"):
        assert way_on in str(caught.value)


def test_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a")
    assert openai.pytest_aigen_model("azure", "x", Settings()) is None
    model = openai.pytest_aigen_model("openai", "x", Settings())
    assert model is not None
    assert model.name == "openai:x"
    assert isinstance(model, openai.OpenAI)
    assert model._length_parameter == "max_completion_tokens"
