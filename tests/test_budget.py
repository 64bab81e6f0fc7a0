"""Caps hold before the call, whatever runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from pytest_aigen.budget import LEAST_REPLY, Ledger, Metered, looked
from pytest_aigen.data import Price, Rates, Usage
from pytest_aigen.errors import ConfigError, ModelError, OutOfBudget
from pytest_aigen.protocols import CALLS, Message, Reply, Request


def priced(prompt: float, reply: float) -> Price:
    return Price(Rates(prompt, reply, prompt), "a test")


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
        ({"max_cost": 0.0, "price": priced(1.0, 10.0)}, 0, []),
        ({"max_cost": 0.0101, "price": priced(1.0, 10.0)}, 1, [1000]),
        ({"max_cost": 0.0152, "price": priced(1.0, 10.0)}, 2, [1000, 500]),
        ({"max_cost": 1e-9, "price": priced(0.0, 0.0)}, 9, [1000] * 9),
        ({"max_cost": 0.00025, "price": priced(1.0, 0.0)}, 2, [1000, 1000]),
        ({"max_cost": 0.0101, "price": priced(1.0, 10.0), "max_tokens": 600}, 1, [500]),
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
        ({"max_cost": 0.0, "price": priced(1.0, 1.0)}, "--ai-gen-max-cost=0"),
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
        ({"max_cost": 0.0250, "price": priced(0.0, 10.0)}, 2, 20),
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


def test_a_failed_call_is_over_and_counts_with_the_most() -> None:
    """It may have been paid for: what it reserved is spent, and no longer in flight."""
    model = Fake(error=ModelError("down"))
    ledger = Ledger(max_tokens=2200)

    async def session() -> None:
        for error in (ModelError, ModelError, OutOfBudget):
            with pytest.raises(error):
                await metered(model, ledger).complete(REQUEST)

    asyncio.run(session())
    assert ledger.usage == Usage(2, 200, 0, 2000, None, unanswered=2)


@pytest.mark.parametrize(
    ("price", "cost"), [(None, None), (priced(1.0, 10.0), 0.0101)], ids=["unknown", "the most it can be"]
)
def test_a_call_without_an_answer_never_costs_nothing(price: Price | None, cost: float | None) -> None:
    ledger = Ledger(price=price)
    with pytest.raises(ModelError):
        asyncio.run(metered(Fake(error=ModelError("down")), ledger).complete(REQUEST))
    assert ledger.usage.cost == (cost and pytest.approx(cost))


class Again(Fake):
    """Calls so often for one request; each call but the last used what ``usage`` says."""

    def __init__(self, calls: int, usage: Usage | None) -> None:
        super().__init__(tokens=50)
        self.calls, self.usage = calls, usage

    async def complete(self, request: Request) -> Reply:
        counted = CALLS.get()
        assert counted is not None
        for _ in range(self.calls - 1):
            self.asked.append(request.max_reply_tokens)
            counted.used(self.usage)
            request = replace(request, max_reply_tokens=await counted.again())
        return await super().complete(request)


REFUSED = Usage(requests=1, cost=None)


@pytest.mark.parametrize(
    ("caps", "usage", "asked", "spent"),
    [
        pytest.param({}, REFUSED, [1000] * 3, Usage(3, 100, 0, 50, None), id="price unknown"),
        pytest.param(
            {"price": priced(0.0, 2.0)}, REFUSED, [1000] * 3, Usage(3, 100, 0, 50, 0.0001), id="price known"
        ),
        pytest.param(
            {"price": priced(0.0, 2.0)}, None, [1000] * 3, Usage(3, 300, 0, 2050, 0.0041, unanswered=2), id="no answer"
        ),
        pytest.param({"max_requests": 2}, REFUSED, [1000] * 2, Usage(2, cost=None), id="too many requests"),
        pytest.param(
            {"max_tokens": 1700}, None, [1000, 500], Usage(2, 200, 0, 1500, None, unanswered=2), id="too many tokens"
        ),
        pytest.param(
            {"max_cost": 0.003001, "price": priced(0.0, 2.0)}, None, [1000, 500], Usage(2, 200, 0, 1500, 0.003, unanswered=2),
            id="too dear",
        ),
    ],
)  # fmt: skip
def test_each_call_of_one_request_is_counted_and_capped(
    caps: dict[str, object], usage: Usage | None, asked: list[int], spent: Usage
) -> None:
    model, ledger = Again(3, usage), Ledger(**caps)  # type: ignore[arg-type]
    expected = 1 if len(asked) == 3 else 0
    assert run(ask(metered(model, ledger), 1)) == expected
    assert model.asked == asked
    assert replace(ledger.usage, cost=None) == replace(spent, cost=None)
    assert ledger.usage.cost == (spent.cost and pytest.approx(spent.cost))


def test_calls_beside_one_another_are_each_counted() -> None:
    model, ledger = Again(3, REFUSED), Ledger(max_requests=6)
    meter = metered(model, ledger)

    async def session() -> None:
        found = await asyncio.gather(*(meter.complete(REQUEST) for _ in range(4)), return_exceptions=True)
        assert all(isinstance(one, (Reply, OutOfBudget)) for one in found)

    asyncio.run(session())
    assert len(model.asked) == ledger.usage.requests == 6


@pytest.mark.parametrize(
    ("caps", "allowed"),
    [
        ({}, True),
        ({"max_requests": 0}, False),
        ({"max_requests": 1}, True),
        ({"max_tokens": 16}, False),
        ({"max_tokens": 17}, True),
        ({"max_cost": 0.0, "price": priced(1.0, 1.0)}, False),
        ({"max_cost": 1.0, "price": priced(1.0, 1.0)}, True),
    ],
)
def test_what_is_asked_before_the_first_test_is_counted_and_capped(
    caps: dict[str, object], allowed: bool
) -> None:
    def look() -> None:
        calls = CALLS.get()
        assert calls is not None
        assert calls.small(16, 1) is allowed

    spent = looked(look, Ledger(**caps))  # type: ignore[arg-type]
    assert (spent.requests, spent.unanswered, spent.tokens) == ((1, 1, 17) if allowed else (0, 0, 0))
    assert Ledger(price=priced(1.0, 1.0), spent=Usage(1, 16, 0, 1, None)).usage.cost == pytest.approx(17e-6)


def test_a_cancelled_call_is_over_and_counts_with_the_most() -> None:
    ledger = Ledger(max_tokens=2200)

    async def session() -> int:
        call = asyncio.ensure_future(metered(Fake(), ledger).complete(REQUEST))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return await ask(metered(Fake(), ledger), 1)

    assert run(session()) == 1


def test_cost_is_what_the_model_says_or_the_price() -> None:
    ledger = Ledger(price=priced(1.0, 10.0))
    run(ask(metered(Fake(), ledger), 1))
    assert ledger.usage.cost == pytest.approx(0.0101)
    unknown = Ledger()
    run(ask(metered(Fake(), unknown), 1))
    assert unknown.usage.cost is None


DEAR = Price(Rates(1.0, 10.0, 0.25), "a test", ((50, Rates(2.0, 20.0, 0.5)),))


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        pytest.param(Usage(1, 40, 0, 10, None), 140e-6, id="new tokens"),
        pytest.param(Usage(1, 40, 40, 10, None), 110e-6, id="cached tokens"),
        pytest.param(Usage(1, 40, 20, 0, None), 25e-6, id="some of both"),
        pytest.param(Usage(1, 60, 20, 10, None), 290e-6, id="a long prompt"),
        pytest.param(Usage(1, 60, 20, 10, 0.5), 0.5, id="the model knows better"),
    ],
)
def test_cached_tokens_and_long_prompts_have_prices_of_their_own(usage: Usage, cost: float) -> None:
    assert Ledger(price=DEAR, spent=usage).usage.cost == pytest.approx(cost)


def test_a_cap_counts_with_nothing_in_the_cache_and_the_price_of_the_prompt_s_length() -> None:
    """100 tokens of the prompt cost 0.0002 and 1000 of the reply 0.02, whatever comes to be cached."""
    model = Fake(tokens=0)
    assert run(ask(metered(model, Ledger(max_cost=0.0202, price=DEAR)), 1)) == 1
    assert model.asked == [1000]
    assert run(ask(metered(model, Ledger(max_cost=0.0201, price=DEAR)), 1)) == 1
    assert model.asked[1] in (994, 995)


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
