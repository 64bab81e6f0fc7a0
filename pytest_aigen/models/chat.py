"""A chat model behind a client of chat completions: one request, asked until it is answered or cannot be.

Who tries again is decided here alone: the clients' own retries are off.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from pytest_aigen import tokens
from pytest_aigen.data import Usage
from pytest_aigen.errors import ModelError, ModelRefused
from pytest_aigen.models import answers, faults, keyless, preflight, wire
from pytest_aigen.models.faults import Service
from pytest_aigen.models.pace import Pace
from pytest_aigen.protocols import CALLS, Reply, Request

#: Seconds without a word, and of all tries of one request together.
TIMEOUT, _TOTAL = 120.0, 600.0
_TRIES = 5
#: Tries of a server that has not answered anything yet, where each takes the whole time limit.
_TRIES_UNHEARD = 2
#: Requests given up in a row, after which no other is tried.
_GIVEN_UP = 5
_UNSUPPORTED = ("unsupported", "not support", "unrecognized", "unknown", "extra", "permitted", "not allowed")
#: What a server may not know, in the order in which a message is looked at: ``stream_options`` is not ``stream``.
_OPTIONAL = ("stream_options", "stream", "reasoning_effort", "temperature", "seed")
#: How servers name what they lack, which give no parameter's name: a flag for a template, a parser of calls.
_NO_TOOLS = re.compile(r"\btools?\b|\btool_choice\b|\bfunction calling\b")
#: What a call used that the server refused: no token of it is paid for.
_REFUSED = Usage(requests=1, cost=None)
#: Faults of the libraries that carry HTTP, by name, after which no byte of the request was sent.
_NOT_SENT = {"ConnectError", "ConnectTimeout", "UnsupportedProtocol"}
_LONGEST = re.compile(r"at most (\d+) (?:completion|output) tokens")


class Client(Protocol):
    """Sends requests. Belongs to the event loop in which it was made."""

    async def create(self, **options: Any) -> Any:
        """The chunks of a stream, or a chat completion. Raises openai.APIError."""
        ...

    async def close(self) -> None: ...


class Chat:
    """A chat model behind a client."""

    def __init__(
        self,
        service: Service,
        connect: Callable[[], Client],
        *,
        secrets: Sequence[str] = (),
        length_parameter: str = "max_tokens",
        door: preflight.Door | None = None,
        timeout: float = TIMEOUT,
        total: float = _TOTAL,
        tries: int = _TRIES,
        concurrency: int = 16,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        """``timeout``: seconds that a try may be silent; ``secrets`` are taken out of messages and logs."""
        self.service, self.name = service, service.name
        self._connect, self._secrets = connect, [secret for secret in secrets if len(secret) > 6]
        self._timeout, self._total, self._tries = timeout, max(total, 2 * timeout), tries
        self._clock, self._sleep, self._random = clock, sleep, rng or random.Random()
        self.pace = Pace(concurrency, clock=clock, sleep=sleep)
        self._door = door
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_answered = False
        self._given_up = 0
        self._length_parameter = length_parameter
        self._longest_reply: int | None = None
        self._unsupported: set[str] = set()
        #: Sentences that the user should read.
        self.notes: list[str] = []

    def preflight(self) -> None:
        """Raises ModelRefused where it is plain already that no request will be answered.

        It may ask the model for one token.
        """
        if self._door is not None:
            preflight.knock(self.service, self._door)

    async def complete(self, request: Request) -> Reply:
        """The reply; tries again, more and more slowly, where that may help.

        Raises ContextTooLong where the request is longer than the model takes, ModelRefused where no request will be
        answered, and ModelError where this one will not be.
        """
        import openai

        give_up = self._clock() + self._total
        tried = limited = 0
        calls, is_first = CALLS.get(), True
        while True:
            if calls is not None and not is_first:
                request = replace(request, max_reply_tokens=await calls.again())
            is_first, is_answered = False, False
            used: Usage | None = Usage()  # as long as it has not gone out
            try:
                era = await self.pace.enter()
            except BaseException:
                if calls is not None:
                    calls.used(used)
                raise
            try:
                self._connected()
                used = None
                answer = await self._try(request)
                used = self._usage(answer, request)
                reply = self._reply(answer, used)
                is_answered = True
                self._has_answered, self._given_up = True, 0
                self.pace.went_well()
                return reply
            except ModelError:
                used = used or Usage()  # no token for the key: nothing was sent
                raise
            except openai.APIStatusError as error:
                self._has_answered = True
                used = _REFUSED
                if self._adapts(error, request):
                    continue
                fault = self._brief(error)
                if refusal := faults.for_good(self.service, error.status_code, error.code or "", fault):
                    raise refusal from error
                asked = faults.retry_after(error.response.headers)
                pause = self._pause(tried, asked)
                if error.status_code == 429:
                    # No fault: it is tried as long as patience lasts, and more slowly than the server asks.
                    pause = self._pause(limited, asked)
                    pause = max(pause, self._pause(limited - 1, None)) if limited else pause
                    limited, tried = limited + 1, tried - 1
                    if asked is not None and asked > self._total:
                        raise ModelRefused(
                            f"{self.service.url} asks to wait for {asked:.0f} seconds: {fault}"
                        ) from error
                    self.pace.limited(era, pause)
            except openai.APIError as error:
                # No connection, or an error in the middle of a stream.
                used = _REFUSED if type(error.__cause__).__name__ in _NOT_SENT else None
                pause, fault = self._pause(tried, None), self._brief(error)
                if refusal := faults.for_good(self.service, 503, error.code or "", fault):
                    raise refusal from error
            except (ValueError, asyncio.TimeoutError) as error:
                # An answer that is none, a time limit.
                pause, fault = self._pause(tried, None), self._brief(error)
                if isinstance(error, asyncio.TimeoutError):
                    fault = f"no word in {self._timeout:g} seconds (--ai-gen-request-timeout)"
                    if not self._has_answered and tried + 1 >= _TRIES_UNHEARD:
                        raise self._gave_up(fault, tried + 1) from error
            finally:
                self.pace.leave()
                if calls is not None and not is_answered:
                    calls.used(used)
            tried += 1
            if tried >= self._tries or self._clock() + pause > give_up:
                raise self._gave_up(fault, tried + limited)
            await self._sleep(pause)

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    # -------------------------------------------------------------------------------------------- one try

    async def _try(self, request: Request) -> answers.Answer:
        answer = await asyncio.wait_for(self._connected().create(**self.options(request)), self._timeout)
        if hasattr(answer, "__anext__"):
            return await answers.streamed(
                answer, silence=self._timeout, most=20 * request.max_reply_tokens + 2000
            )
        return answers.whole(answer)

    def options(self, request: Request) -> dict[str, Any]:
        """The parameters of a chat completion, without those that this server does not know."""
        length = min(request.max_reply_tokens, self._longest_reply or request.max_reply_tokens)
        stream = "stream" not in self._unsupported
        options: dict[str, Any] = {
            "model": self.service.model,
            "messages": list(map(wire.message, request.messages)),
            self._length_parameter: length,
            "temperature": request.temperature,
            "reasoning_effort": request.reasoning_effort,
            "seed": request.seed,
            "stream": stream or None,
            "stream_options": {"include_usage": True} if stream else None,
            "tools": list(map(wire.tool, request.tools)) or None,
            "tool_choice": "none" if request.tools and not request.may_call else None,
        }
        if "tools" in self._unsupported:
            options["tool_choice"] = None
        return {k: v for k, v in options.items() if v is not None and k not in self._unsupported}

    def _connected(self) -> Client:
        """The client of the running event loop: its connections belong to the loop that made them."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = self._connect(), loop
            keyless.hide(self._secrets)
        return self._client

    def _reply(self, answer: answers.Answer, usage: Usage) -> Reply:
        if answer.finish == "content_filter" and not answer.text.strip():
            raise ModelError(f"the content filter of {self.service.url} held the reply back")
        return Reply(answer.text, usage, answer.finish, answer.calls)

    def _usage(self, answer: answers.Answer, request: Request) -> Usage:
        """As the server counted, or as we do where it does not say."""
        model = self.service.model
        return answers.counted(
            answer.usage,
            prompt=lambda: sum(tokens.count(message.content, model) for message in request.messages),
            reply=lambda: tokens.count(answer.text + "".join(c.arguments for c in answer.calls), model),
        )

    # --------------------------------------------------------------------------------------- trying again

    def _adapts(self, error: Any, request: Request) -> bool:
        """Whether a parameter that this model or server does not know was changed, so that asking again makes sense."""
        said = f"{error.param or ''} {self._brief(error)}".lower()
        sent = self.options(request)
        if "tools" in sent and error.status_code in (400, 404, 422, 500, 501) and _NO_TOOLS.search(said):
            self._unsupported.add("tool_choice" if "tool_choice" in sent else "tools")
            return True
        if error.status_code not in (400, 415, 422, 501):
            return False
        is_unsupported = any(word in said for word in _UNSUPPORTED)
        other = "max_tokens" if self._length_parameter == "max_completion_tokens" else "max_completion_tokens"
        if re.search(rf"\b{self._length_parameter}\b", said) and is_unsupported:
            if other in self._unsupported:
                return False
            self._unsupported.add(self._length_parameter)
            self._length_parameter = other
            return True
        if (found := _LONGEST.search(said)) and self._longest_reply is None:
            self._longest_reply = int(found[1])
            return True
        for name in _OPTIONAL:
            if name in sent and re.search(rf"\b{name}(?:ing)?\b", said):
                if is_unsupported or name in ("temperature", error.param):
                    self._unsupported.add(name)
                    if name not in ("stream", "stream_options"):
                        self.notes.append(f"{self.name} takes no {name}: it was asked without")
                    return True
        return False

    def _pause(self, tried: int, asked: float | None) -> float:
        """Seconds to wait: as long as the server asks, or 1, 2, 4, 8, with jitter so that requests spread."""
        if asked is not None:
            return asked + self._random.uniform(0, 0.5)
        return min(30.0, 2.0**tried) * self._random.uniform(0.5, 1.0)

    def _brief(self, error: Exception) -> str:
        """One line about an error, with its cause and without the key."""
        text = " ".join(str(getattr(error, "message", "") or error).split()) or type(error).__name__
        cause = " ".join(str(error.__cause__ or "").split())
        if cause and text in ("Connection error.", "Request timed out."):
            text += f" ({cause})"
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text[:300]

    def _gave_up(self, fault: str, tried: int) -> ModelError:
        times = f"{tried} tries" if tried > 1 else "one try"
        if not self._has_answered:
            return ModelRefused(
                f"no answer from {self.service.url} in {times}: {fault}; is the URL right ({self.service.address})"
                " and the server up?"
            )
        self._given_up += 1
        if self._given_up >= _GIVEN_UP:
            return ModelRefused(f"{self.name} failed in the last {self._given_up} requests: {fault}")
        return ModelError(f"{self.name} failed in {times}: {fault}")
