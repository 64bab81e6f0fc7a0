"""Azure's older interface: deployments in addresses, a version in each, keys and tokens in their headers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

import pytest

from pytest_aigen.errors import ConfigError, ModelRefused
from pytest_aigen.models import azure
from pytest_aigen.protocols import Message, Request
from pytest_aigen.settings import Settings
from tests.chat_server import Fail, chat_server

REQUEST = Request((Message("user", "a.py:1-2"),), max_reply_tokens=500)
KEY = {"AZURE_OPENAI_API_KEY": "key-of-this-test"}


def said(url: str, environ: Mapping[str, str], version: str | None = None) -> str:
    async def session() -> str:
        model = azure.configured("my-gpt", url, version, environ, timeout=5.0)
        try:
            return (await model.complete(REQUEST)).text
        finally:
            await model.aclose()

    return asyncio.run(session())


@pytest.mark.parametrize(
    ("path", "environ", "version", "sent"),
    [
        pytest.param("", KEY, None, "2024-10-21", id="default"),
        pytest.param("/", KEY, "2025-01-01", "2025-01-01", id="setting"),
        pytest.param("", {**KEY, "OPENAI_API_VERSION": "2025-02-02"}, None, "2025-02-02", id="environment"),
        pytest.param("/openai/deployments/x/chat/completions?api-version=2025-03-03", KEY, None, "2025-03-03", id="as the portal shows it"),
        pytest.param("?api-version=2025-03-03", KEY, "2025-01-01", "2025-01-01", id="the setting wins"),
    ],
)  # fmt: skip
def test_asks_the_deployment(path: str, environ: Mapping[str, str], version: str | None, sent: str) -> None:
    with chat_server(["hello"]) as server:
        assert said(server.url.removesuffix("/v1") + path, environ, version) == "hello"
    assert server.paths == [f"/openai/deployments/my-gpt/chat/completions?api-version={sent}"]
    assert server.keys == ["key-of-this-test"]
    assert server.asked[0]["max_completion_tokens"] == 500


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        pytest.param({"API_KEY": "b"}, "b", id="another name"),
        pytest.param({**KEY, "API_KEY": "b"}, "key-of-this-test", id="its own name wins"),
        pytest.param({"AZURE_OPENAI_AD_TOKEN": "token"}, "token", id="a token of Entra ID"),
        pytest.param({**KEY, "OPENAI_API_KEY": "other", "OPENAI_BASE_URL": "http://x"}, "key-of-this-test", id="not OpenAI's"),
    ],
)  # fmt: skip
def test_keys(environ: Mapping[str, str], key: str) -> None:
    with chat_server(["hello"]) as server:
        said(server.url.removesuffix("/v1"), environ)
    assert server.keys == [key]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(Fail(401, "Access denied"), "the key .AZURE_OPENAI_API_KEY", id="key"),
        pytest.param(Fail(404, "The API deployment for this resource does not exist", "DeploymentNotFound"), "has no model 'my-gpt'", id="deployment"),
        pytest.param(Fail(404, "Resource not found"), "AZURE_OPENAI_ENDPOINT", id="address"),
    ],
)  # fmt: skip
def test_preflight_and_the_run_say_what_is_wrong(answer: Fail, says: str) -> None:
    with chat_server([answer]) as server:
        url = server.url.removesuffix("/v1")
        with pytest.raises(ModelRefused, match=says):
            azure.configured("my-gpt", url, None, KEY).preflight()
        with pytest.raises(ModelRefused, match=says):
            said(url, KEY)
    assert server.looked == ["/openai/models?api-version=2024-10-21"]
    assert server.asked[0]["max_completion_tokens"] == 1
    assert server.paths[0] == server.paths[1]


@pytest.mark.parametrize(
    ("url", "environ", "says"),
    [
        (None, KEY, "no endpoint; give --ai-gen-base-url or set AZURE_OPENAI_ENDPOINT"),
        ("my-resource", KEY, "like https://MY-RESOURCE.openai.azure.com, not 'my-resource'"),
    ],
)
def test_what_is_missing(url: str | None, environ: Mapping[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        azure.configured("my-gpt", url, None, environ)
    assert says in str(caught.value)


def test_without_a_key_a_token_is_needed() -> None:
    """Which azure-identity gets, where it is installed."""
    endpoint = "https://my.openai.azure.com"
    if azure._has_identity():
        assert azure.configured("my-gpt", endpoint, None, {})._door is None
    else:
        with pytest.raises(ConfigError, match=r"AZURE_OPENAI_API_KEY.*pytest-aigen\[azure\]"):
            azure.configured("my-gpt", endpoint, None, {})


def test_a_token_is_fetched_without_holding_up_the_others() -> None:
    threads: list[int] = []

    def token() -> str:
        threads.append(threading.get_ident())
        return "of-entra"

    assert asyncio.run(azure.in_a_thread(token, PermissionError)()) == "of-entra"  # type: ignore[arg-type]
    assert threads != [threading.get_ident()]


def test_without_a_token_the_run_ends() -> None:
    def token() -> str:
        raise PermissionError("not signed\n in")

    with pytest.raises(ModelRefused, match=r"no token of Entra ID: not signed in; sign in with `az login`"):
        asyncio.run(azure.in_a_thread(token, PermissionError)())  # type: ignore[arg-type]


def test_preview_shows_the_bytes_without_a_key() -> None:
    settings = Settings(mode="preview", base_url="https://my.openai.azure.com")
    model = azure.pytest_aigen_model("azure", "my-gpt", settings)
    assert model is not None
    assert b'"a.py:1-2"' in asyncio.run(model.body(REQUEST))  # type: ignore[attr-defined]


def test_hook() -> None:
    assert azure.pytest_aigen_model("openai", "x", Settings()) is None
