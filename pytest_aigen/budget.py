"""Hard caps on requests, tokens, money and time: checked before a call against the most that it can cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, OutOfBudget
from pytest_aigen.protocols import Model, Reply, Request

#: A reply cut to fewer tokens than this holds no test.
LEAST_REPLY = 256
_PER_MESSAGE = 4  # tokens that a chat format adds to each message


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
        price: tuple[float, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
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
        self.usage = Usage()

    @property
    def seconds(self) -> float:
        """Since the ledger was opened."""
        return self._clock() - self._start

    def check_time(self) -> None:
        """Raises OutOfBudget when the time is over."""
        if self._max_time is not None and self.seconds >= self._max_time:
            raise OutOfBudget(f"the time is over (--ai-gen-max-time={self._max_time:g} seconds)")

    def cost(self, prompt_tokens: int, reply_tokens: int) -> float | None:
        """US dollars; None where the price is not known."""
        if self._price is None:
            return None
        return (prompt_tokens * self._price[0] + reply_tokens * self._price[1]) / 1e6

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
                reply_tokens = int(min(room, max_reply_tokens))
                reserved = Reserved(
                    prompt_tokens, reply_tokens, self.cost(prompt_tokens, reply_tokens) or 0.0
                )
                self._in_flight.append(reserved)
                return reserved
            if not self._in_flight:
                raise OutOfBudget(f"what is left is too little for another request ({cap})")
            await self._settled.wait()

    def settle(self, reserved: Reserved, usage: Usage) -> None:
        """Put what a call really cost in place of what was reserved."""
        if usage.cost is None and self._price is not None:
            usage = replace(usage, cost=self.cost(usage.prompt_tokens, usage.reply_tokens))
        self._in_flight.remove(reserved)
        self.usage += usage
        self._settled.set()
        self._settled = asyncio.Event()

    def _room_for_reply(self, prompt_tokens: int) -> tuple[float, str]:
        """The most tokens a reply may have now, and the option that says so."""
        room, cap = float("inf"), ""
        if self._max_tokens is not None:
            spent = self.usage.tokens + sum(reserved.tokens for reserved in self._in_flight)
            room, cap = self._max_tokens - spent - prompt_tokens, f"--ai-gen-max-tokens={self._max_tokens}"
        if self._max_cost is not None and self._price is not None:
            spent_money = (self.usage.cost or 0.0) + sum(reserved.cost for reserved in self._in_flight)
            money = self._max_cost - spent_money - prompt_tokens * self._price[0] / 1e6
            affordable = (
                money / self._price[1] * 1e6 if self._price[1] else float("inf") if money >= 0 else -1.0
            )
            if affordable < room:
                room, cap = affordable, f"--ai-gen-max-cost={self._max_cost:g} US dollars"
        return room, cap


def prompt_tokens(request: Request, model: str, count: Callable[[str, str], int]) -> int:
    """Tokens of a request for a model, by a function that counts those of a text."""
    return sum(count(message.content, model) + _PER_MESSAGE for message in request.messages)


class Metered:
    """A model whose every call goes through a ledger."""

    def __init__(self, model: Model, ledger: Ledger, count_tokens: Callable[[str, str], int]) -> None:
        self.name = model.name
        self._model = model
        self._ledger = ledger
        self._count = count_tokens

    async def complete(self, request: Request) -> Reply:
        """The model's reply. Raises OutOfBudget, before the call, where it might cost more than is left."""
        tokens = prompt_tokens(request, self.name, self._count)
        reserved = await self._ledger.reserve(tokens, request.max_reply_tokens)
        usage = Usage(requests=1)  # of a call that brings no answer
        try:
            reply = await self._model.complete(replace(request, max_reply_tokens=reserved.reply_tokens))
            usage = reply.usage
        finally:
            self._ledger.settle(reserved, usage)
        return reply

    async def aclose(self) -> None:
        await self._model.aclose()
