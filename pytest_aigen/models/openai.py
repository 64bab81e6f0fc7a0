"""OpenAI, and any server that speaks its chat completions: Ollama, vLLM, llama.cpp, LM Studio, a proxy."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pytest_aigen.errors import ConfigError
from pytest_aigen.models.chat import Chat
from pytest_aigen.models.faults import Service
from pytest_aigen.models.preflight import Door
from pytest_aigen.protocols import Model, Request
from pytest_aigen.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OFFICIAL = "https://api.openai.com/v1"


class Client:
    """A client of OpenAI's library, as `Chat` wants one."""

    def __init__(self, sdk: AsyncOpenAI) -> None:
        self._sdk = sdk

    async def create(self, **options: Any) -> Any:
        """A stream, or, where none was asked for or the server does not stream, a chat completion."""
        # Which the oldest versions of the library have no parameter for.
        more = {name: options.pop(name) for name in ("reasoning_effort",) if name in options}
        raw: Any = await self._sdk.chat.completions.with_raw_response.create(
            **options, extra_body=more or None
        )
        if options.get("stream") and "event-stream" not in raw.headers.get("content-type", ""):
            try:
                return json.loads(await raw.http_response.aread())
            except Exception as error:  # of whatever library carries HTTP
                raise ValueError(f"the server's answer is no chat completion: {error!r}") from error
        return raw.parse()

    async def close(self) -> None:
        await self._sdk.close()


class OpenAI(Chat):
    """A chat model behind OpenAI's library, which ``make`` makes a client of."""

    def __init__(self, service: Service, make: Callable[..., AsyncOpenAI], **options: Any) -> None:
        super().__init__(service, lambda: Client(make()), **options)
        self._make = make

    async def body(self, request: Request) -> bytes:
        """The bytes of the first try of `complete`, made by the same client; nothing is sent."""
        import openai

        wire = _NoWire()
        sdk = self._make(http_client=openai.DefaultAsyncHttpxClient(transport=wire))  # type: ignore[arg-type]
        try:
            await Client(sdk).create(**self.options(request))
        except (openai.APIConnectionError, ConnectionError):
            pass  # as was to be: the request ended at the wire, and some versions of the client let that through
        finally:
            await sdk.close()
        return wire.body


class _NoWire:
    """The end of an HTTP client, which keeps the body of a request and sends nothing."""

    body = b""

    async def handle_async_request(self, request: Any) -> Any:
        self.body = await request.aread()
        raise ConnectionError("nothing is sent")

    async def aclose(self) -> None: ...


@pytest.hookimpl
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    if provider != "openai":
        return None
    environ = {"OPENAI_API_KEY": "none", **os.environ} if settings.mode == "preview" else os.environ
    return configured(
        model,
        settings.base_url,
        environ,
        timeout=settings.request_timeout,
        concurrency=settings.concurrency,
    )


def configured(model: str, base_url: str | None, environ: Mapping[str, str], **options: Any) -> OpenAI:
    """The model as the settings and the environment describe it, with options of `Chat`.

    Raises ConfigError where neither key nor URL is given.
    """
    base_url = base_url or environ.get("OPENAI_BASE_URL") or None
    key = environ.get("OPENAI_API_KEY") or environ.get("API_KEY")
    if not key and not base_url:
        raise ConfigError(
            f"--ai-gen-model=openai:{model}: no key; set OPENAI_API_KEY, or give --ai-gen-base-url for a local server that"
            " needs none, or use --ai-gen-engine=explore, which needs no model"
        )
    url = base_url or _OFFICIAL

    def make(**more: Any) -> AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(api_key=key or "none", base_url=url, max_retries=0, timeout=None, **more)

    length_parameter = "max_completion_tokens" if url.rstrip("/") == _OFFICIAL else "max_tokens"
    base = url.rstrip("/")
    door = Door(
        f"{base}/models",
        f"{base}/chat/completions",
        {"Authorization": f"Bearer {key or 'none'}"},
        length_parameter,
    )
    return OpenAI(
        Service(f"openai:{model}", model, url),
        make,
        secrets=[key or "", urlsplit(url).password or ""],
        length_parameter=length_parameter,
        door=door,
        **options,
    )
