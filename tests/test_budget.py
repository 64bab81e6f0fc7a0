"""Caps hold before the call, whatever runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from pytest_aigen.budget import LEAST_REPLY, Ledger, Metered
from pytest_aigen.data import Usage
from pytest_aigen.errors import ConfigError, ModelError, OutOfBudget
from pytest_aigen.protocols import Message, Reply, Request


class Fake:
    """A model whose replies use what they may, or ``tokens``."""

    name = "fake:model"

    def __init__(self, tokens: int | None = None, error: Exception | None = None) -> None:
        self.tokens, self.error = tokens, error
        self.asked: list[int] = []
        self.at_once = self.most_at_once = 0
        self.closed = False

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request.max_reply_tokens)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if self.error:
            raise self.error
        used = request.max_reply_tokens if self.tokens is None else self.tokens
        return Reply("text", Usage(1, 100, 0, used, None))

    async def aclose(self) -> None:
        self.closed = True


REQUEST = Request((Message("user", "x" * 96),), max_reply_tokens=1000)  # counted as 100 prompt tokens


def metered(model: Fake, ledger: Ledger) -> Metered:
    return Metered(model, ledger, lambda text, name: len(text))


async def ask(model: Metered, times: int) -> int:
    """How many of so many calls, one after the other, were allowed."""
    for done in range(times):
        try:
            await model.complete(REQUEST)
        except OutOfBudget:
            return done
    return times


def run(awaitable: Awaitable[int]) -> int:
    async def session() -> int:
        return await awaitable

    return asyncio.run(session())


@pytest.mark.parametrize(
    ("caps", "allowed", "asked"),
    [
        ({}, 9, [1000] * 9),
        ({"max_requests": 0}, 0, []),
        ({"max_requests": 2}, 2, [1000, 1000]),
        ({"max_tokens": 0}, 0, []),
        ({"max_tokens": 1100}, 1, [1000]),
        ({"max_tokens": 100 + LEAST_REPLY - 1}, 0, []),
        ({"max_tokens": 100 + LEAST_REPLY}, 1, [LEAST_REPLY]),
        ({"max_tokens": 1700}, 2, [1000, 500]),
        ({"max_cost": 0.0, "price": (1.0, 10.0)}, 0, []),
        ({"max_cost": 0.0101, "price": (1.0, 10.0)}, 1, [1000]),
        ({"max_cost": 0.0152, "price": (1.0, 10.0)}, 2, [1000, 500]),
        ({"max_cost": 1e-9, "price": (0.0, 0.0)}, 9, [1000] * 9),
        ({"max_cost": 0.00025, "price": (1.0, 0.0)}, 2, [1000, 1000]),
        ({"max_cost": 0.0101, "price": (1.0, 10.0), "max_tokens": 600}, 1, [500]),
    ],
)
def test_caps(caps: dict[str, object], allowed: int, asked: list[int]) -> None:
    model, ledger = Fake(), Ledger(**caps)  # type: ignore[arg-type]
    assert run(ask(metered(model, ledger), 9)) == allowed
    assert model.asked == asked
    assert ledger.usage.requests == allowed
    assert ledger.usage.tokens == sum(asked) + 100 * allowed


@pytest.mark.parametrize(
    ("caps", "option"),
    [
        ({"max_requests": 0}, "--ai-gen-max-requests=0"),
        ({"max_tokens": 10}, "--ai-gen-max-tokens=10"),
        ({"max_cost": 0.0, "price": (1.0, 1.0)}, "--ai-gen-max-cost=0"),
        ({"max_time": 0.0}, "--ai-gen-max-time=0"),
    ],
)
def test_says_which_cap(caps: dict[str, object], option: str) -> None:
    model = metered(Fake(), Ledger(**caps))  # type: ignore[arg-type]
    with pytest.raises(OutOfBudget, match=option):
        asyncio.run(model.complete(REQUEST))


@pytest.mark.parametrize(
    ("caps", "most_at_once", "requests"),
    [
        ({"max_requests": 3}, 3, 3),
        # Replies are short: what is reserved for one is room for others when it is there.
        ({"max_tokens": 2500}, 2, 12),
        ({"max_tokens": 1100}, 1, 5),
        ({"max_cost": 0.0250, "price": (0.0, 10.0)}, 2, 20),
    ],
)
def test_parallel_calls_reserve(caps: dict[str, object], most_at_once: int, requests: int) -> None:
    model = Fake(tokens=50)
    ledger = Ledger(**caps)  # type: ignore[arg-type]
    meter = metered(model, ledger)

    async def session() -> None:
        results = await asyncio.gather(*(meter.complete(REQUEST) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(r, (Reply, OutOfBudget)) for r in results)

    asyncio.run(session())
    assert model.most_at_once == most_at_once
    assert ledger.usage.requests >= requests
    assert ledger.usage.tokens <= caps.get("max_tokens", 10**9)  # type: ignore[operator]
    assert (ledger.usage.cost or 0) <= caps.get("max_cost", 10**9)  # type: ignore[operator]


def test_a_failed_call_frees_what_it_reserved() -> None:
    model = Fake(error=ModelError("down"))
    ledger = Ledger(max_tokens=1100)

    async def session() -> None:
        for _ in range(3):
            with pytest.raises(ModelError):
                await metered(model, ledger).complete(REQUEST)

    asyncio.run(session())
    assert ledger.usage == Usage(requests=3)


def test_a_cancelled_call_frees_what_it_reserved() -> None:
    ledger = Ledger(max_tokens=1100)

    async def session() -> int:
        call = asyncio.ensure_future(metered(Fake(), ledger).complete(REQUEST))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return await ask(metered(Fake(), ledger), 1)

    assert run(session()) == 1


def test_cost_is_what_the_model_says_or_the_price() -> None:
    ledger = Ledger(price=(1.0, 10.0))
    run(ask(metered(Fake(), ledger), 1))
    assert ledger.usage.cost == pytest.approx(0.0101)
    unknown = Ledger()
    run(ask(metered(Fake(), unknown), 1))
    assert unknown.usage.cost is None


def test_unknown_price_is_never_nothing() -> None:
    with pytest.raises(ConfigError, match="--ai-gen-price"):
        Ledger(max_cost=1.0)


def test_time() -> None:
    now = [10.0]
    ledger = Ledger(max_time=5.0, clock=lambda: now[0])
    now[0] = 14.9
    ledger.check_time()
    assert ledger.seconds == pytest.approx(4.9)
    now[0] = 15.0
    with pytest.raises(OutOfBudget, match="--ai-gen-max-time=5"):
        ledger.check_time()


def test_metered_passes_on_name_and_end() -> None:
    model = Fake()
    meter = metered(model, Ledger())
    asyncio.run(meter.aclose())
    assert (meter.name, model.closed) == ("fake:model", True)
