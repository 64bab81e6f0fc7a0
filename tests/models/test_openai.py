"""The client against a real server on this machine: what it sends, reads, tries again, and gives up on."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate

import pytest

from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, ModelError, ModelRefused
from pytest_aigen.models import openai
from pytest_aigen.protocols import Message, Reply, Request
from pytest_aigen.settings import Settings
from tests.chat_server import Answer, Asked, ChatServer, Drop, Fail, Hang, Raw, Say, chat_server

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
    defaults: dict[str, object] = {"api_key": KEY, "timeout": 5.0, "price": (2.0, 8.0)}
    return openai.OpenAI(
        "gpt-x", base_url=url, clock=clock, sleep=clock.sleep, rng=random.Random(1), **{**defaults, **options}  # type: ignore[arg-type]
    )  # fmt: skip


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
    assert reply == Reply("hello", Usage(1, 1000, 900, 500, 0.006), "stop")
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [KEY]
    assert server.asked == [
        {
            "model": "gpt-x",
            "messages": [{"role": "system", "content": "rules"}, {"role": "user", "content": "a.py:1-2"}],
            "max_tokens": 500,
        }
    ]


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (Say("def test_", finish="length"), "def test_", "length"),
        (Say(None, finish="content_filter"), "", "content_filter"),
        (Say(""), "", "stop"),
    ],
)
def test_reports_why_the_model_stopped(answer: Say, text: str, finish: str) -> None:
    with chat_server([answer]) as server:
        reply = reply_of(server)
    assert (reply.text, reply.finish) == (text, finish)


def test_counts_where_the_server_does_not() -> None:
    with chat_server([Say("hello you", usage=None)]) as server:
        usage = reply_of(server, price=None).usage
    assert usage.requests == 1
    assert usage.prompt_tokens > 0
    assert usage.reply_tokens > 0
    assert usage.cost is None


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
        model._not_before = clock.now + 5
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


def test_gives_up_when_the_wait_is_longer_than_its_patience() -> None:
    clock = Clock()
    fault = Fail(429, "slow down", headers={"Retry-After": "3600"})
    with chat_server([fault]) as server, pytest.raises(ModelError, match=r"one try: .*slow down"):
        run(made(server.url, clock))
    assert clock.slept == []


# ------------------------------------------------------------------------------------- faults that stay


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fail(401, "Incorrect API key provided"), ModelRefused, "the key .OPENAI_API_KEY, or API_KEY. is not accepted"),
        (Fail(403, "not for you"), ModelRefused, "may not use 'gpt-x'"),
        (Fail(404, "The model `gpt-x` does not exist", "model_not_found"), ModelRefused, "no model 'gpt-x' .--ai-gen-model"),
        (Fail(404, 'model "gpt-x" not found, try pulling it first'), ModelRefused, "no model 'gpt-x'"),
        (Fail(404, "no such path"), ModelRefused, "no chat completions at http.*--ai-gen-base-url"),
        (Fail(405, "Method Not Allowed"), ModelRefused, "no chat completions"),
        (Fail(429, "You exceeded your current quota", "insufficient_quota"), ModelRefused, "no quota left"),
        (Fail(402, "pay"), ModelRefused, "no quota left"),
        (Fail(400, "maximum context length is 10 tokens", "context_length_exceeded"), ModelError, "context length"),
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
    assert [sorted(asked.keys() - {"model", "messages"}) for asked in server.asked] == [
        ["max_tokens", "temperature"],
        ["max_completion_tokens", "temperature"],
        ["max_completion_tokens"],
        ["max_completion_tokens"],
    ]
    assert clock.slept == []


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
    model = openai.configured("gpt-x", base_url, None, environ)
    assert (model.name, model._api_key, model._url) == ("openai:gpt-x", key, url)


def test_neither_key_nor_url() -> None:
    with pytest.raises(ConfigError) as caught:
        openai.configured("gpt-x", None, None, {"OPENAI_API_KEY": ""})
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
