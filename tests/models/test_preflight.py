"""What is found out before the first test: key, model and address, each by its name."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from pytest_aigen.budget import Ledger, looked
from pytest_aigen.data import Usage
from pytest_aigen.errors import ModelRefused
from pytest_aigen.models import openai, preflight
from pytest_aigen.models.faults import Service
from tests.chat_server import Answer, Drop, Fail, Hang, Raw, Say, chat_server

KEY = "sk-of-this-test"


def look(url: str, model: str = "gpt-x") -> None:
    found = openai.configured(model, url, {"OPENAI_API_KEY": KEY})
    assert found._door is not None
    preflight.knock(found.service, found._door, timeout=0.5)


@pytest.mark.parametrize(
    ("models", "model", "asked"),
    [
        pytest.param(["gpt-x"], "gpt-x", 0, id="listed"),
        pytest.param(["qwen:latest"], "qwen", 0, id="listed by Ollama"),
        pytest.param(["/models/some.gguf"], "gpt-x", 1, id="a server that takes any name"),
        pytest.param([], "gpt-x", 1, id="nothing listed"),
        pytest.param(None, "gpt-x", 1, id="no list"),
    ],
)
def test_all_is_well(models: Sequence[str] | None, model: str, asked: int) -> None:
    with chat_server(["1"], models=models, key=KEY) as server:
        look(server.url, model)
    assert server.looked == ["/v1/models"]
    assert len(server.asked) == asked
    assert [one["max_tokens"] for one in server.asked] == [1] * asked, "one token at most"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(Fail(404, "The model `gpt-x` does not exist", "model_not_found"), "has no model 'gpt-x'", id="model"),
        pytest.param(Fail(404, "model 'gpt-x' not found"), "has no model 'gpt-x'", id="model of Ollama"),
        pytest.param(Fail(404, "Not Found"), "no chat completions at", id="address"),
        pytest.param(Fail(401, "Invalid token"), "the key .* is not accepted", id="key, where models need none"),
        pytest.param(Fail(429, "pay", "insufficient_quota"), "no quota left", id="quota"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(answer: Answer, says: str) -> None:
    with chat_server([answer], models=["another"]) as server, pytest.raises(ModelRefused, match=says):
        look(server.url)


def test_a_wrong_key_is_found_without_a_request() -> None:
    with (
        chat_server(["1"], key="another") as server,
        pytest.raises(ModelRefused, match=r"the key .* is not accepted"),
    ):
        look(server.url)
    assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Fail(429, "slow down"), id="rate limit"),
        pytest.param(Fail(500), id="500"),
        pytest.param(Fail(400, "max_tokens is too small"), id="another complaint"),
        pytest.param(Drop(), id="dropped"),
        pytest.param(Hang(), id="silent"),
        pytest.param(Raw(b"<html>", "text/html"), id="no JSON"),
        pytest.param(Fail(302, headers={"Location": "http://127.0.0.1:9/"}), id="a redirect, which is not followed"),
    ],
)  # fmt: skip
def test_what_may_pass_is_not_judged(answer: Answer) -> None:
    with chat_server([answer], models=None) as server:
        look(server.url)
    assert len(server.asked) == 1


def test_nobody_is_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ModelRefused, match=r"no answer from http://127\.0\.0\.1.*is the URL right"):
        look(url)


@pytest.mark.parametrize("url", ["http://user:word@127.0.0.1:9/v1", "no address", "http://[/v1"])
def test_an_address_that_cannot_be_asked_is_left_to_the_client(url: str) -> None:
    service = Service("openai:x", "x", url)
    preflight.knock(service, preflight.Door(f"{url}/models", f"{url}/chat/completions", {}), timeout=0.5)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(preflight.Door("a", "b", {"Authorization": f"Bearer {KEY}"}))


@pytest.mark.parametrize(
    ("answer", "caps", "usage"),
    [
        pytest.param("1", {}, Usage(1, 100, 0, 20, None), id="as the server counted"),
        pytest.param(Say("1", usage=None), {}, Usage(1, 16, 0, 1, None), id="not counted"),
        pytest.param(Fail(500), {}, Usage(1, cost=None), id="refused"),
        pytest.param(Drop(), {}, Usage(1, 16, 0, 1, None, unanswered=1), id="no answer"),
        pytest.param("1", {"max_requests": 0}, Usage(), id="no room"),
    ],
)
def test_the_question_is_in_the_ledger(answer: Answer, caps: dict[str, int], usage: Usage) -> None:
    with chat_server([answer], models=None) as server:
        assert looked(lambda: look(server.url), Ledger(max_requests=caps.get("max_requests"))) == usage
    assert len(server.asked) == usage.requests
