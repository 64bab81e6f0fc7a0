"""LiteLLM against a server on this machine; the environment `providers` of tox has it, others the test of its absence."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import pytest

from pytest_aigen.errors import ConfigError, ModelError, ModelRefused
from pytest_aigen.models import litellm
from pytest_aigen.models.chat import Chat
from pytest_aigen.models.faults import Service
from pytest_aigen.protocols import Message, Reply, Request
from pytest_aigen.settings import Settings
from tests.chat_server import Answer, Drop, Fail, Say, chat_server

REQUEST = Request((Message("user", "a.py:1-2"),), max_reply_tokens=500)
installed = pytest.mark.skipif(find_spec("litellm") is None, reason="LiteLLM is not installed")


def reply(url: str) -> Reply:
    async def session() -> Reply:
        model = litellm.pytest_aigen_model(
            "litellm", "openai/gpt-x", Settings(base_url=url, request_timeout=20.0)
        )
        assert model is not None
        try:
            return await model.complete(REQUEST)
        finally:
            await model.aclose()

    return asyncio.run(session())


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-this-test")


pytestmark = pytest.mark.filterwarnings("ignore")  # of its own and of what it imports


class Library:
    """What LiteLLM is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.closed = False

    async def acompletion(self, **options: object) -> object:
        self.asked.append(options)
        return {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}

    async def close_litellm_async_clients(self) -> None:
        self.closed = True


@pytest.mark.parametrize("base_url", [None, "http://127.0.0.1:9/v1"])
def test_asks_the_library_once_and_never_has_it_try_again(base_url: str | None) -> None:
    library = Library()
    model = Chat(Service("litellm:x/y", "x/y", "there"), lambda: litellm.Client(library, base_url))

    async def session() -> Reply:
        try:
            return await model.complete(REQUEST)
        finally:
            await model.aclose()

    assert asyncio.run(session()).text == "hello"
    (asked,) = library.asked
    assert (asked["model"], asked["num_retries"], asked["max_retries"]) == ("x/y", 0, 0)
    assert asked.get("api_base") == base_url
    assert library.closed


@installed
@pytest.mark.usefixtures("key")
def test_asks_and_reads() -> None:
    with chat_server([Say("hello " * 30)]) as server:
        found = reply(server.url)
    assert found.text == "hello " * 30
    assert found.finish == "stop"
    assert (found.usage.prompt_tokens, found.usage.reply_tokens) == (100, 20)
    assert server.asked[0]["model"] == "gpt-x"
    assert server.keys == ["sk-of-this-test"]


@installed
@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    "fault", [Fail(500), Fail(429, headers={"Retry-After": "0"}), Drop()], ids=["500", "429", "dropped"]
)
def test_tries_again_once_each_time(fault: Answer) -> None:
    with chat_server([fault, "at last"]) as server:
        assert reply(server.url).text == "at last"
    assert len(server.asked) == 2, "its own retries are off"


@installed
@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fail(401, "Incorrect API key"), ModelRefused, "the key .* is not accepted"),
        (Fail(404, "The model `gpt-x` does not exist", "model_not_found"), ModelRefused, "no model"),
        (Fail(400, "maximum context length is 10 tokens", "context_length_exceeded"), ModelError, "context"),
    ],
)
def test_stops_at_once(fault: Fail, error: type[ModelError], says: str) -> None:
    with chat_server([fault]) as server, pytest.raises(error, match=says):
        reply(server.url)
    assert len(server.asked) == 1


@pytest.mark.skipif(find_spec("litellm") is not None, reason="LiteLLM is installed")
def test_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"pip install pytest-aigen\[litellm\]"):
        litellm.pytest_aigen_model("litellm", "x", Settings())


def test_hook() -> None:
    assert litellm.pytest_aigen_model("openai", "x", Settings()) is None
