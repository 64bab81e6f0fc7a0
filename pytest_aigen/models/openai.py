"""OpenAI, and any server that speaks its chat completions: Ollama, vLLM, llama.cpp, LM Studio, a proxy."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pytest_aigen import tokens
from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, ModelError, ModelRefused
from pytest_aigen.protocols import Model, Reply, Request
from pytest_aigen.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OFFICIAL = "https://api.openai.com/v1"
#: Seconds that one try may take, and all tries of one request together.
_TIMEOUT, _TOTAL = 120.0, 600.0
_TRIES = 5
_NONE = SimpleNamespace()
#: Statuses below 500 that pass with time.
_PASSING = {408, 409, 425, 429}
#: Libraries of the client that log.
_LOGGERS = {"openai", "httpx", "httpcore", "httpx2", "httpcore2"}
_NO_SUCH = ("not exist", "not found", "unknown model", "invalid model", "no such model")
_UNSUPPORTED = ("unsupported", "not support", "unrecognized", "unknown", "extra", "permitted")


class OpenAI:
    """A chat model behind ``openai.AsyncOpenAI``. Who tries again is decided here alone: the SDK's own retries are off."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        base_url: str | None = None,
        price: tuple[float, float] | None = None,
        timeout: float = _TIMEOUT,
        total: float = _TOTAL,
        tries: int = _TRIES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self.name = f"openai:{model}"
        self._model, self._api_key, self._base_url, self._price = model, api_key, base_url, price
        self._timeout, self._total, self._tries = timeout, total, tries
        self._clock, self._sleep, self._random = clock, sleep, rng or random.Random()
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        #: Nobody asks before this moment: a rate limit holds for all requests.
        self._not_before = clock()
        self._has_answered = False
        self._length_parameter = (
            "max_tokens" if base_url and base_url.rstrip("/") != _OFFICIAL else "max_completion_tokens"
        )
        self._unsupported: set[str] = set()

    async def complete(self, request: Request) -> Reply:
        """The reply; tries again, more and more slowly, where that may help."""
        import openai

        give_up = self._clock() + self._total
        tried = 0
        while True:
            await self._wait_until(self._not_before)
            try:
                reply = self._read(
                    await asyncio.wait_for(self._ask(request, self._connected()), self._timeout), request
                )
                self._has_answered = True
                return reply
            except openai.APIStatusError as error:
                self._has_answered = True
                if self._adapts(error):
                    continue
                fault = self._brief(error)
                if refusal := _for_good(error, fault, self._model, self._url):
                    raise refusal from error
                pause = self._pause(tried, _retry_after(error.response.headers))
                if error.status_code == 429:
                    self._not_before = max(self._not_before, self._clock() + pause)
            except (openai.APIError, ValueError, asyncio.TimeoutError) as error:
                # No connection, a time limit, an answer that is none.
                pause, fault = self._pause(tried, None), self._brief(error)
            tried += 1
            if tried >= self._tries or self._clock() + pause > give_up:
                raise self._gave_up(fault, tried)
            await self._sleep(pause)

    async def body(self, request: Request) -> bytes:
        """The bytes of the first try of `complete`, made by the same client; nothing is sent."""
        import openai

        wire = _NoWire()
        client = self._made(http_client=openai.DefaultAsyncHttpxClient(transport=wire))  # type: ignore[arg-type]
        try:
            await self._ask(request, client)
        except (openai.APIConnectionError, ConnectionError):
            pass  # as was to be: the request ended at the wire, and some versions of the client let that through
        finally:
            await client.close()
        return wire.body

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    # -------------------------------------------------------------------------------------------- one try

    async def _ask(self, request: Request, client: AsyncOpenAI) -> Any:
        options: dict[str, Any] = {
            self._length_parameter: request.max_reply_tokens,
            "temperature": request.temperature,
        }
        given = {k: v for k, v in options.items() if v is not None and k not in self._unsupported}
        messages: Any = [{"role": message.role, "content": message.content} for message in request.messages]
        return await client.chat.completions.create(model=self._model, messages=messages, **given)

    def _connected(self) -> AsyncOpenAI:
        """The client of the running event loop: its connections belong to the loop that made them."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = self._made(), loop
            self._hide_key_in_logs()
        return self._client

    def _made(self, **more: Any) -> AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(
            api_key=self._api_key,
            base_url=self._base_url or _OFFICIAL,
            timeout=self._timeout,
            max_retries=0,
            **more,
        )

    def _hide_key_in_logs(self) -> None:
        """What the client's libraries log, at any level, names neither the key nor a password of the URL."""
        hidden = [self._api_key, urlsplit(self._url).password or ""]
        keyless = _Keyless([secret for secret in hidden if len(secret) > 6])
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] in _LOGGERS:
                logger = logging.getLogger(name)
                for old in [f for f in logger.filters if isinstance(f, _Keyless)]:
                    logger.removeFilter(old)
                logger.addFilter(keyless)

    def _read(self, answer: Any, request: Request) -> Reply:
        """The reply in a chat completion. Raises ValueError where there is none."""
        choices = getattr(answer, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise ValueError(f"the server's answer is no chat completion: {str(answer)[:200]!r}")
        text = choices[0].message.content or getattr(choices[0].message, "refusal", None) or ""
        return Reply(text, self._usage(answer.usage, text, request), choices[0].finish_reason or "stop")

    def _usage(self, usage: Any, text: str, request: Request) -> Usage:
        """As the server counted, or as we do where it does not say."""
        prompt = getattr(usage, "prompt_tokens", None)
        reply = getattr(usage, "completion_tokens", None)
        if prompt is None:
            prompt = sum(tokens.count(message.content, self._model) for message in request.messages)
        if reply is None:
            reply = tokens.count(text, self._model)
        details = getattr(usage, "prompt_tokens_details", None)
        cached = (details if isinstance(details, dict) else vars(details or _NONE)).get("cached_tokens") or 0
        cost = None if self._price is None else (prompt * self._price[0] + reply * self._price[1]) / 1e6
        return Usage(1, prompt, cached, reply, cost)

    # --------------------------------------------------------------------------------------- trying again

    def _adapts(self, error: Any) -> bool:
        """Whether a parameter that this model or server does not know was changed, so that asking again makes sense."""
        if error.status_code not in (400, 422):
            return False
        said = f"{error.param or ''} {self._brief(error)}".lower()
        other = "max_tokens" if self._length_parameter == "max_completion_tokens" else "max_completion_tokens"
        if self._length_parameter in said and any(word in said for word in _UNSUPPORTED):
            if other in self._unsupported:
                return False
            self._unsupported.add(self._length_parameter)
            self._length_parameter = other
            return True
        if "temperature" in said and "temperature" not in self._unsupported:
            self._unsupported.add("temperature")
            return True
        return False

    def _pause(self, tried: int, asked: float | None) -> float:
        """Seconds to wait: as long as the server asks, or 1, 2, 4, 8, with jitter so that requests spread."""
        if asked is not None:
            return asked + self._random.uniform(0, 0.5)
        return min(30.0, 2.0**tried) * self._random.uniform(0.5, 1.0)

    async def _wait_until(self, moment: float) -> None:
        if (pause := moment - self._clock()) > 0:
            await self._sleep(pause)

    def _brief(self, error: Exception) -> str:
        """One line about an error, with its cause and without the key."""
        text = " ".join(str(getattr(error, "message", "") or error).split()) or type(error).__name__
        cause = " ".join(str(error.__cause__ or "").split())
        if cause and text in ("Connection error.", "Request timed out."):
            text += f" ({cause})"
        return (text.replace(self._api_key, "[key]") if len(self._api_key) > 6 else text)[:300]

    @property
    def _url(self) -> str:
        return self._base_url or _OFFICIAL

    def _gave_up(self, fault: str, tried: int) -> ModelError:
        times = f"{tried} tries" if tried > 1 else "one try"
        if not self._has_answered:
            return ModelRefused(
                f"no answer from {self._url} in {times}: {fault}; is the URL right (--ai-gen-base-url, OPENAI_BASE_URL) and the server up?"
            )
        return ModelError(f"{self.name} failed in {times}: {fault}")


class _NoWire:
    """The end of an HTTP client, which keeps the body of a request and sends nothing."""

    body = b""

    async def handle_async_request(self, request: Any) -> Any:
        self.body = await request.aread()
        raise ConnectionError("nothing is sent")

    async def aclose(self) -> None: ...


class _Keyless(logging.Filter):
    """Takes secrets out of log records, tracebacks included."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._without(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = self._without(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text


def _for_good(error: Any, said: str, model: str, url: str) -> ModelError | None:
    """What to raise where asking again brings the same; None for faults that pass."""
    status, code, lower = error.status_code, error.code or "", said.lower()
    key = "OPENAI_API_KEY, or API_KEY"
    if code == "insufficient_quota" or status == 402 or "exceeded your current quota" in lower:
        return ModelRefused(f"the account behind the key ({key}) has no quota left: {said}")
    if status == 401:
        return ModelRefused(f"the key ({key}) is not accepted by {url}: {said}")
    unknown = "model" in lower and any(words in lower for words in _NO_SUCH)
    if code == "model_not_found" or (status in (400, 404) and unknown):
        return ModelRefused(f"{url} has no model {model!r} (--ai-gen-model): {said}")
    if status == 403:
        return ModelRefused(f"the key ({key}) may not use {model!r} at {url}: {said}")
    if status in (404, 405):
        return ModelRefused(
            f"there are no chat completions at {url} (--ai-gen-base-url, OPENAI_BASE_URL): {said}"
        )
    if status not in _PASSING and status < 500:
        return ModelError(f"{model} did not take the request: {said}")
    return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(0.0, float(value) / unit)
        except ValueError:
            pass
        if moment := email.utils.parsedate_tz(value):
            return max(0.0, email.utils.mktime_tz(moment) - time.time())
    return None


@pytest.hookimpl
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    if provider != "openai":
        return None
    environ = {"OPENAI_API_KEY": "none", **os.environ} if settings.mode == "preview" else os.environ
    return configured(model, settings.base_url, settings.price, environ)


def configured(
    model: str, base_url: str | None, price: tuple[float, float] | None, environ: Mapping[str, str]
) -> OpenAI:
    """The model as the settings and the environment describe it. Raises ConfigError where neither key nor URL is given."""
    base_url = base_url or environ.get("OPENAI_BASE_URL") or None
    key = environ.get("OPENAI_API_KEY") or environ.get("API_KEY")
    if not key and not base_url:
        raise ConfigError(
            f"--ai-gen-model=openai:{model}: no key; set OPENAI_API_KEY, or give --ai-gen-base-url for a local server that"
            " needs none, or use --ai-gen-engine=explore, which needs no model"
        )
    return OpenAI(model, api_key=key or "none", base_url=base_url, price=price)
