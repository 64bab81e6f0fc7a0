"""Reads an answer: a chat completion, or the chunks of a stream, as far as it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pytest_aigen.data import Usage
from pytest_aigen.protocols import Call

#: Seconds to wait for what follows the end of a reply: the chunk that holds the usage.
_AFTERWARDS = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    text: str
    #: Why the model stopped; ``length`` also where the stream ended before the reply did.
    finish: str
    usage: Mapping[str, Any]
    #: What it asked for.
    calls: tuple[Call, ...] = ()


def whole(completion: Any) -> Answer:
    """A chat completion. Raises ValueError where it is none."""
    found = _plain(completion)
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if choice is None or not isinstance(message, dict):
        raise ValueError(f"the server's answer is no chat completion: {str(completion)[:200]!r}")
    text = message.get("content") or message.get("refusal") or ""
    calls = _Pieces()
    calls.add(message.get("tool_calls"))
    return Answer(str(text), str(choice.get("finish_reason") or "stop"), _usage(found) or {}, calls.whole())


async def streamed(stream: AsyncIterator[Any], *, silence: float, most: int) -> Answer:
    """The chunks of a stream, joined: what came until it ended, broke, was silent for so many seconds, or grew longer
    than ``most`` characters. A reply that was cut short is a reply: it was paid for.

    Raises what broke the stream, or ValueError, where it brought nothing.
    """
    parts: list[str] = []
    calls = _Pieces()
    finish, usage = "", None
    fault: Exception = ValueError("the stream ended before it said anything")
    try:
        while sum(map(len, parts)) <= most:
            wait = min(silence, _AFTERWARDS) if finish else silence
            try:
                chunk = _plain(await asyncio.wait_for(stream.__anext__(), wait))
            except StopAsyncIteration:
                break
            except Exception as error:  # whatever it is, the stream is over
                fault = error
                break
            usage = _usage(chunk) or usage
            for choice in (chunk.get("choices") or [])[:1]:
                delta = choice.get("delta") or {}
                parts.append(str(delta.get("content") or delta.get("refusal") or ""))
                calls.add(delta.get("tool_calls"))
                finish = str(choice.get("finish_reason") or finish)
    finally:
        with suppress(Exception):  # the connection is gone
            await _close(stream)
    text = "".join(parts)
    if not text and not finish:
        if isinstance(fault, (asyncio.TimeoutError, ValueError)) or hasattr(fault, "code"):
            raise fault
        raise ValueError(f"the stream broke: {fault!r}") from fault
    return Answer(text, finish or "length", usage or {}, calls.whole() if finish else ())


class _Pieces:
    """The calls of a reply, put together from the pieces in which a stream brings them."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, str]] = {}

    def add(self, pieces: Any) -> None:
        for number, piece in enumerate(pieces if isinstance(pieces, list) else ()):
            if not isinstance(piece, dict):
                continue
            at = piece.get("index")
            call = self._found.setdefault(at if isinstance(at, int) else number, {})
            said = {"id": piece.get("id"), **(piece.get("function") or {})}
            for name in ("id", "name"):
                call[name] = call.get(name) or str(said.get(name) or "")
            arguments = said.get("arguments") or ""
            arguments = arguments if isinstance(arguments, str) else json.dumps(arguments)
            call["arguments"] = call.get("arguments", "") + arguments

    def whole(self) -> tuple[Call, ...]:
        return tuple(
            Call(call["id"] or f"call_{number}", call["name"], call["arguments"])
            for number, call in sorted(self._found.items())
            if call["name"]
        )


def counted(usage: Any, *, prompt: Callable[[], int], reply: Callable[[], int]) -> Usage:
    """The tokens of one call as the server counted them, or, where it does not say, as these functions do.

    >>> said = {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}
    >>> found = counted(said, prompt=lambda: 1, reply=lambda: 2)
    >>> found.prompt_tokens, found.cached_tokens, found.reply_tokens
    (9, 4, 2)
    """
    said = usage if isinstance(usage, dict) else {}
    asked, answered = _number(said.get("prompt_tokens")), _number(said.get("completion_tokens"))
    details = said.get("prompt_tokens_details")
    cached = _number(details.get("cached_tokens")) if isinstance(details, dict) else None
    asked = prompt() if asked is None else asked
    return Usage(1, asked, min(cached or 0, asked), reply() if answered is None else answered, None)


def _number(found: Any) -> int | None:
    return found if isinstance(found, int) and found >= 0 else None


async def _close(stream: Any) -> None:
    if (close := getattr(stream, "close", None) or getattr(stream, "aclose", None)) is not None:
        await close()


def _plain(found: Any) -> dict[str, Any]:
    """A record of the client's library as a dictionary. Raises ValueError where it is something else."""
    if hasattr(found, "model_dump"):
        found = found.model_dump(warnings=False)
    if not isinstance(found, dict):
        raise ValueError(f"the server's answer is no chat completion: {str(found)[:200]!r}")
    return found


def _usage(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    usage = found.get("usage")
    return usage if isinstance(usage, dict) else None
