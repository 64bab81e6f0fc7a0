"""What a model costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens."""

    prompt: float
    reply: float
    #: Of those prompt tokens that the provider has in its cache.
    cached: float

    def cost(self, prompt_tokens: int, cached_tokens: int, reply_tokens: int) -> float:
        """US dollars; the cached tokens are some of those of the prompt.

        >>> Rates(2.5, 10.0, 1.25).cost(1_000_000, 400_000, 0)
        2.0
        """
        new = prompt_tokens - cached_tokens
        return (new * self.prompt + cached_tokens * self.cached + reply_tokens * self.reply) / 1e6


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model, which may be another for long prompts."""

    rates: Rates
    #: Who says so, for a person: ``--ai-gen-price``.
    source: str
    #: Where a prompt has more tokens than a number here, all tokens of the call cost what stands beside it; ascending.
    above: tuple[tuple[int, Rates], ...] = ()

    def at(self, prompt_tokens: int) -> Rates:
        """What a call with so long a prompt costs.

        >>> long = Rates(6.0, 22.5, 0.6)
        >>> price = Price(Rates(3.0, 15.0, 0.3), "", ((200_000, long),))
        >>> price.at(200_000).prompt, price.at(200_001).prompt
        (3.0, 6.0)
        """
        return next((rates for start, rates in reversed(self.above) if prompt_tokens > start), self.rates)
