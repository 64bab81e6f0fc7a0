"""What a run is expected to ask a model and to pay for it, from the first requests as they would be sent; nothing is sent."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from pytest_aigen import asking, choices, grouping, store
from pytest_aigen.budget import cost_of, prompt_tokens
from pytest_aigen.data import Context, Expected, Forecast, Gap, Price, Report, Target, Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.preview import Asked, asking_generators, shortened
from pytest_aigen.protocols import Generator
from pytest_aigen.settings import Settings, asked_model
from pytest_aigen.tokens import count

#: Tokens of a reply: some, and more for each line of the function. Of a further request, those of what pytest said about
#: the tests of the last. And how many rounds a target has. All counted on some 250 conversations of a model about
#: functions of real packages; another model writes more or less.
REPLY, REPLY_LINE = 210, 7
SAID = 400
ROUNDS = 1.9
#: US dollars that a run without a cap may be expected to cost without a question.
UNASKED = 5.0


@dataclass(frozen=True, slots=True)
class First:
    """The first request for a target, and for those that are asked for with it."""

    target: Target
    prompt_tokens: int
    max_reply_tokens: int
    #: Under which its reply would be kept.
    key: str
    others: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        return self.target, *self.others


def planned(
    report: Report,
    config: pytest.Config,
    settings: Settings,
    workplace: Workplace,
    context: Callable[[Target, Gap], Context],
) -> Report:
    """The report with the forecast, its targets by what they are expected to bring for each token; as it is where no
    model would be asked.
    """
    if not report.targets or not choices.wants_model(settings):
        return report
    name = ":".join(asked_model(settings))
    asked = Asked(name)
    wanted = asking_generators(asked, config, settings, workplace)
    place = choices.kept_for(settings)
    found = asyncio.run(firsts(report.targets, wanted, asked, place or "", context))
    known = store.kept(report.root, (first.key for first in found)) if place is not None else frozenset()
    expected = {
        one.target: one
        for first in found
        for one in of_targets(first, settings.attempts, report.price, kept=first.key in known)
    }
    targets = ordered(report.targets, expected)
    forecast = Forecast(name, tuple(expected[target] for target in targets if target in expected))
    return replace(report, targets=targets, forecast=forecast, shortened=shortened(wanted))


async def firsts(
    targets: Sequence[Target],
    generators: Sequence[Generator],
    asked: Asked,
    place: str,
    context: Callable[[Target, Gap], Context],
) -> list[First]:
    """The first request for each target or group, but for those that the model is not asked about.

    The generators were made with ``asked`` in place of the model.
    """
    found = []
    done: set[Target] = set()
    for generator in generators:
        for target, *others in grouping.groups_for(generator, [t for t in targets if t not in done]):
            try:
                contexts = [context(one, one.gap) for one in (target, *others)]
                async for _ in generator.propose(grouping.combined(contexts), ()):
                    pass
            except Exception:  # what is wrong with one target is said when it is tried
                asked.requests.clear()
            for request in asked.requests[:1]:
                tokens = prompt_tokens(request, asked.name, count)
                key = store.key(asked.name, place, request.key(), 0)
                found.append(First(target, tokens, request.max_reply_tokens, key, tuple(others)))
                done |= {target, *others}
            asked.requests.clear()
    return found


def of_targets(first: First, attempts: int, price: Price | None, *, kept: bool) -> list[Expected]:
    """What is expected for each target of a request with its further rounds: an equal share; nothing where the first reply
    is kept.
    """
    if kept:
        return [Expected(target, 0, 0, 0.0, kept=True) for target in first.targets]
    prompt, number = first.prompt_tokens, len(first.targets)
    lines = sum(target.gap.last - target.gap.first + 1 for target in first.targets)
    reply = min(REPLY * number + REPLY_LINE * lines, first.max_reply_tokens)
    again, further = min(ROUNDS, attempts) - 1, prompt + reply + SAID
    costs = cost_of(price, prompt, 0, reply), cost_of(price, further, 0, reply)
    cost = None if None in costs else ((costs[0] or 0.0) + again * (costs[1] or 0.0)) / number
    tokens = round((prompt + again * further) / number), round((1 + again) * reply / number)
    return [Expected(target, *tokens, cost) for target in first.targets]


def ordered(targets: Sequence[Target], expected: dict[Target, Expected]) -> tuple[Target, ...]:
    """Targets by what is missing for each token that it is expected to take, the best first; module bodies last, as any
    import executes most of them.
    """

    def worth(target: Target) -> tuple[bool, float]:
        found = expected.get(target)
        tokens = found.prompt_tokens + found.reply_tokens if found else 0
        return target.gap.is_module_body, -len(target.gap.missing) / tokens if tokens else -math.inf

    return tuple(sorted(targets, key=worth))


def approved(report: Report, config: pytest.Config, settings: Settings) -> None:
    """Asks a person before a run that has no cap and is expected to be dear. Raises ConfigError where the answer is no, or
    nobody is there to ask.
    """
    caps = settings.max_cost, settings.max_tokens, settings.max_requests
    forecast = report.forecast
    if forecast is None or forecast.model.startswith("replay:") or any(cap is not None for cap in caps):
        return
    if (cost := forecast.cost) is None or cost <= UNASKED:
        return
    number = len(forecast.expected) - forecast.kept
    dear = f"a model would be asked about {number} targets for about ${cost:.2f}, and nothing caps it"
    option = f"--ai-gen-max-cost={math.ceil(cost)}"
    if hindrance := asking.hindrance(config):
        raise ConfigError(f"{dear}; pass {option}, or less ({hindrance}; --ai-gen-mode=plan lists them)")
    if not asking.agreed(config, f"ai-gen: {dear}. Go on [y/N]? "):
        raise ConfigError(f"you said no; {option} caps it, and --ai-gen-mode=plan lists the targets")
