"""What would be sent: the first request for each target, as bytes; nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from pytest_aigen import choices, grouping
from pytest_aigen.budget import cost_of, prompt_tokens, total
from pytest_aigen.data import (
    Context,
    Demand,
    Gap,
    Left,
    Outgoing,
    Price,
    Report,
    Shortened,
    Target,
    Workplace,
)
from pytest_aigen.plan import Plan
from pytest_aigen.privacy.guard import Redacted
from pytest_aigen.protocols import Executor, Generator, Reply, Request
from pytest_aigen.settings import Settings
from pytest_aigen.tokens import count

#: Requests that are put together to tell what a model would be asked.
_COUNTED = 500
T = TypeVar("T")


class Asked:
    """A model that keeps what it is asked, and answers with nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply("")

    async def aclose(self) -> None: ...


def asking_generators(
    asked: Asked, config: pytest.Config, settings: Settings, workplace: Workplace
) -> list[Generator]:
    """The generators that would ask a model, with ``asked`` in its place."""
    executor = choices.executor(config, settings.executor, workplace)
    generators = choices.generators(config, settings, asked, executor)
    return [generator for generator in generators if generator.name != choices.OFFLINE]


def shortened(generators: Sequence[Generator]) -> tuple[Shortened, ...]:
    """What the requests of generators had no room for, of those that can tell."""
    return tuple(
        Shortened(target, parts)
        for generator in generators
        for target, parts in getattr(generator, "shortened", {}).items()
    )


def previewed(
    report: Report,
    config: pytest.Config,
    settings: Settings,
    model: Redacted | None,
    workplace: Workplace,
    context: Callable[[Target, Gap], Context],
) -> Report:
    """The report with the requests that a run would begin with; nothing is sent, run or written."""
    if model is None:
        return replace(report, notes=("no model is to be asked: nothing would be sent",))
    notes = choices.private_targets(config, settings, report.targets)
    if settings.engine == "auto":
        notes.append("the offline engine comes first: only the requests for what it leaves would be sent")
    asked = Asked(model.name)
    wanted = asking_generators(asked, config, settings, workplace)
    requests = asyncio.run(outgoing(report.targets, wanted, asked, model, context=context))
    cost = total(cost_of(report.price, request.tokens, 0, request.reply_tokens) for request in requests)
    return replace(report, outgoing=requests, estimate=cost, notes=tuple(notes))


def demanded(
    unreached: Sequence[Left],
    config: pytest.Config,
    settings: Settings,
    executor: Executor,
    plan: Plan,
    price: Price | None,
) -> Demand | None:
    """What a model would be asked first for what is left, private files apart; None where nothing is.

    Of very many requests some, evenly spread, stand for all: each is put together to be counted.
    """
    if not unreached:
        return None
    asked = Asked("")
    (generator,) = choices.generators(config, replace(settings, engine="llm"), asked, executor)

    gaps = {left.target: left.gap for left in unreached}
    groups = grouping.groups_for(generator, gaps)
    some = _spread(groups, _COUNTED)
    share = len(some) / len(groups)

    async def ask() -> None:
        for group in some:
            async for _ in generator.propose(plan.context_of(group, gaps.__getitem__), ()):
                pass

    asyncio.run(ask())
    prompts = [prompt_tokens(request, asked.name, count) for request in asked.requests]
    replies = [request.max_reply_tokens for request in asked.requests]
    cost = total(cost_of(price, prompt, 0, reply) for prompt, reply in zip(prompts, replies))
    requests, prompt, reply = (round(n / share) for n in (len(asked.requests), sum(prompts), sum(replies)))
    return Demand(requests, prompt, reply, None if cost is None else cost / share)


def _spread(things: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of them, at even distances.

    >>> _spread("abcdefg", 3), _spread("ab", 3)
    ('adg', 'ab')
    """
    return things[:: max(1, -(-len(things) // most))]


async def outgoing(
    targets: Sequence[Target],
    generators: Sequence[Generator],
    asked: Asked,
    model: Redacted,
    *,
    context: Callable[[Target, Gap], Context],
) -> tuple[Outgoing, ...]:
    """What each generator asks of ``model`` in the first round for each target or group, in the order of a run.

    The generators were made with ``asked`` in place of the model.
    """
    found = []
    for generator in generators:
        wanted = sorted(targets, key=lambda target: target.gap.is_module_body)
        for target, *others in grouping.groups_for(generator, wanted):
            contexts = [context(one, one.gap) for one in (target, *others)]
            async for _ in generator.propose(grouping.combined(contexts), ()):
                pass
            for request in asked.requests:
                tokens = prompt_tokens(model.outgoing(request), model.name, count)
                body, most = await model.body(request), request.max_reply_tokens
                found.append(Outgoing(target, body, tokens, most, tuple(others)))
            asked.requests.clear()
    return tuple(found)
