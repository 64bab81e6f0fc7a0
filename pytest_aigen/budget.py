"""Hard caps on requests, tokens, money and time: checked before a call against the most that it can cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pytest_aigen.data import Price, Usage
from pytest_aigen.errors import ConfigError, OutOfBudget
from pytest_aigen.protocols import CALLS, Model, Reply, Request

#: A reply cut to fewer tokens than this holds no test.
LEAST_REPLY = 256
_PER_MESSAGE = 4  # tokens that a chat format adds to each message
_PER_TOOL = 40  # and the schema of a function to its descriptions


@dataclass(frozen=True, slots=True, eq=False)
class Reserved:
    """The most that a call in flight can cost."""

    prompt_tokens: int
    reply_tokens: int
    cost: float

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.reply_tokens


class Ledger:
    """What was spent and what is reserved. For one event loop: nothing in it is locked."""

    def __init__(
        self,
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        max_time: float | None = None,
        price: Price | None = None,
        spent: Usage = Usage(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``spent``: what was asked before the ledger was opened. Raises ConfigError for a cap on an unknown price."""
        if max_cost is not None and price is None:
            raise ConfigError(
                "--ai-gen-max-cost: the price of the model is not known; give it with --ai-gen-price=PROMPT,REPLY"
            )
        self._max_requests, self._max_tokens, self._max_cost, self._max_time = (
            max_requests,
            max_tokens,
            max_cost,
            max_time,
        )
        self._price = price
        self._clock = clock
        self._start = clock()
        self._in_flight: list[Reserved] = []
        self._settled = asyncio.Event()
        #: What was spent so far.
        self.usage = self._priced(spent)

    @property
    def seconds(self) -> float:
        """Since the ledger was opened."""
        return self._clock() - self._start

    def check_time(self) -> None:
        """Raises OutOfBudget when the time is over."""
        if self._max_time is not None and self.seconds >= self._max_time:
            raise OutOfBudget(f"the time is over (--ai-gen-max-time={self._max_time:g} seconds)")

    async def reserve(self, prompt_tokens: int, max_reply_tokens: int) -> Reserved:
        """Room for a call, its reply shortened where little is left.

        Waits for calls in flight where only what they may yet cost stands in the way. Raises OutOfBudget where even
        a short reply would go beyond a cap.
        """
        while True:
            self.check_time()
            if (
                self._max_requests is not None
                and self.usage.requests + len(self._in_flight) >= self._max_requests
            ):
                raise OutOfBudget(f"all requests are used (--ai-gen-max-requests={self._max_requests})")
            room, cap = self._room_for_reply(prompt_tokens)
            if room >= max_reply_tokens or (room >= LEAST_REPLY and not self._in_flight):
                return self._reserved(prompt_tokens, int(min(room, max_reply_tokens)))
            if not self._in_flight:
                raise OutOfBudget(f"what is left is too little for another request ({cap})")
            await self._settled.wait()

    def settle(self, reserved: Reserved, usage: Usage) -> None:
        """Put what a call really cost in place of what was reserved."""
        self._in_flight.remove(reserved)
        self.usage += self._priced(usage)
        self._settled.set()
        self._settled = asyncio.Event()

    def reserve_now(self, prompt_tokens: int, reply_tokens: int) -> Reserved | None:
        """Room for a call with a reply that is not shortened, without waiting; None where there is none."""
        asked = self.usage.requests + len(self._in_flight)
        if self._max_requests is not None and asked >= self._max_requests:
            return None
        if self._room_for_reply(prompt_tokens)[0] < reply_tokens:
            return None
        return self._reserved(prompt_tokens, reply_tokens)

    def _reserved(self, prompt_tokens: int, reply_tokens: int) -> Reserved:
        cost = cost_of(self._price, prompt_tokens, 0, reply_tokens)
        reserved = Reserved(prompt_tokens, reply_tokens, cost or 0.0)
        self._in_flight.append(reserved)
        return reserved

    def _priced(self, usage: Usage) -> Usage:
        if usage.cost is not None or self._price is None:
            return usage
        cost = cost_of(self._price, usage.prompt_tokens, usage.cached_tokens, usage.reply_tokens)
        return replace(usage, cost=cost)

    def _room_for_reply(self, prompt_tokens: int) -> tuple[float, str]:
        """The most tokens a reply may have now, and the option that says so."""
        room, cap = float("inf"), ""
        if self._max_tokens is not None:
            spent = self.usage.tokens + sum(reserved.tokens for reserved in self._in_flight)
            room, cap = self._max_tokens - spent - prompt_tokens, f"--ai-gen-max-tokens={self._max_tokens}"
        if self._max_cost is not None and self._price is not None:
            spent_money = (self.usage.cost or 0.0) + sum(reserved.cost for reserved in self._in_flight)
            rates = self._price.at(prompt_tokens)
            money = self._max_cost - spent_money - rates.cost(prompt_tokens, 0, 0)
            affordable = money / rates.reply * 1e6 if rates.reply else float("inf") if money >= 0 else -1.0
            if affordable < room:
                room, cap = affordable, f"--ai-gen-max-cost={self._max_cost:g} US dollars"
        return room, cap


def cost_of(price: Price | None, prompt_tokens: int, cached_tokens: int, reply_tokens: int) -> float | None:
    """US dollars for one call; None where the price is not known."""
    if price is None:
        return None
    return price.at(prompt_tokens).cost(prompt_tokens, cached_tokens, reply_tokens)


def total(costs: Iterable[float | None]) -> float | None:
    """The sum; None where one of them is not known.

    >>> total([0.5, 0.25]), total([0.5, None]), total([])
    (0.75, None, 0)
    """
    found = list(costs)
    return None if None in found else sum(filter(None, found))


def prompt_tokens(request: Request, model: str, count: Callable[[str, str], int]) -> int:
    """Tokens of a request for a model, by a function that counts those of a text."""
    calls = "".join(call.arguments for message in request.messages for call in message.calls)
    tools = "".join(f"{tool.description} {tool.about}" for tool in request.tools)
    more = sum(count(text, model) for text in (calls, tools) if text) + _PER_TOOL * len(request.tools)
    return more + sum(count(message.content, model) + _PER_MESSAGE for message in request.messages)


class Metered:
    """A model whose every call goes through a ledger."""

    def __init__(self, model: Model, ledger: Ledger, count_tokens: Callable[[str, str], int]) -> None:
        self.name = model.name
        self._model = model
        self._ledger = ledger
        self._count = count_tokens

    async def complete(self, request: Request) -> Reply:
        """The model's reply. Raises OutOfBudget, before a call, where it might cost more than is left.

        Each call of a model that tries again is one of its own. A call that failed counts with what it used, and with
        the most that it may have used where that is not known.
        """
        calls = _Calls(self._ledger, prompt_tokens(request, self.name, self._count), request.max_reply_tokens)
        most = await calls.again()
        token = CALLS.set(calls)
        try:
            reply = await self._model.complete(replace(request, max_reply_tokens=most))
            calls.used(reply.usage)
        finally:
            CALLS.reset(token)
            calls.used(None)
        return reply

    async def aclose(self) -> None:
        await self._model.aclose()


def looked(look: Callable[[], None], ledger: Ledger) -> Usage:
    """What a model's look at its server, before the first test, used; within the caps."""
    calls = _Calls(ledger, 0, 0)
    token = CALLS.set(calls)
    try:
        look()
    finally:
        CALLS.reset(token)
        calls.used(None)
    return ledger.usage


class _Calls:
    """The calls of one request, one after the other, of which at most one is in flight."""

    def __init__(self, ledger: Ledger, prompt_tokens: int, reply_tokens: int) -> None:
        self._ledger, self._prompt_tokens, self._reply_tokens = ledger, prompt_tokens, reply_tokens
        self._reserved: Reserved | None = None

    async def again(self) -> int:
        self.used(None)
        self._reserved = await self._ledger.reserve(self._prompt_tokens, self._reply_tokens)
        return self._reserved.reply_tokens

    def small(self, prompt_tokens: int, reply_tokens: int) -> bool:
        self._reserved = self._ledger.reserve_now(prompt_tokens, reply_tokens)
        return self._reserved is not None

    def used(self, usage: Usage | None) -> None:
        if (reserved := self._reserved) is not None:
            self._reserved = None
            at_most = Usage(1, reserved.prompt_tokens, 0, reserved.reply_tokens, None, unanswered=1)
            self._ledger.settle(reserved, at_most if usage is None else usage)
