"""What models cost: by the library where it is installed, by a stand-in for what it may say."""

from __future__ import annotations

from decimal import Decimal
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from pytest_aigen.data import Price, Rates
from pytest_aigen.models import prices
from pytest_aigen.settings import Settings

installed = pytest.mark.skipif(find_spec("genai_prices") is None, reason="genai-prices is not installed")
OPENAI = ("", "https://api.openai.com/v1")


def said(**more: object) -> SimpleNamespace:
    """A set of prices as the library has it."""
    nothing = dict.fromkeys(
        ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "requests_kcount")
    )
    return SimpleNamespace(**{**nothing, **more})


def tiered(base: str, *tiers: tuple[int, str]) -> SimpleNamespace:
    above = [SimpleNamespace(start=start, price=Decimal(price)) for start, price in tiers]
    return SimpleNamespace(base=Decimal(base), tiers=above)


IN, OUT = Decimal("2.5"), Decimal("10")


@pytest.mark.parametrize(
    ("given", "price"),
    [
        pytest.param(said(input_mtok=IN, output_mtok=OUT), Price(Rates(2.5, 10, 2.5), "s"), id="no price of the cache"),
        pytest.param(
            said(input_mtok=IN, output_mtok=OUT, cache_read_mtok=Decimal(1)), Price(Rates(2.5, 10, 1), "s"), id="cached"
        ),
        pytest.param(
            said(input_mtok=IN, output_mtok=OUT, cache_write_mtok=Decimal(3)), Price(Rates(3, 10, 2.5), "s"),
            id="a cache that is paid for when it is written",
        ),
        pytest.param(
            said(input_mtok=tiered("3", (200, "6")), output_mtok=tiered("15", (200, "22.5")), cache_read_mtok=Decimal(1)),
            Price(Rates(3, 15, 1), "s", ((200, Rates(6, 22.5, 1)),)),
            id="long prompts",
        ),
        pytest.param(
            said(input_mtok=tiered("1", (100, "2"), (300, "3")), output_mtok=tiered("5", (200, "6"))),
            Price(Rates(1, 5, 1), "s", ((100, Rates(2, 5, 2)), (200, Rates(2, 6, 2)), (300, Rates(3, 6, 3)))),
            id="steps of their own",
        ),
        pytest.param(said(input_mtok=Decimal(0), output_mtok=Decimal(0)), Price(Rates(0, 0, 0), "s"), id="free, and said so"),
        pytest.param(said(), None, id="nothing said is not nothing"),
        pytest.param(said(input_mtok=IN), None, id="no price of replies"),
        pytest.param(said(output_mtok=OUT), None, id="no price of prompts"),
        pytest.param(
            said(input_mtok=IN, output_mtok=OUT, requests_kcount=Decimal(5)), None, id="each request costs, too"
        ),
    ],
)  # fmt: skip
def test_a_set_of_prices(given: SimpleNamespace, price: Price | None) -> None:
    assert prices.price(given, "s") == price


@installed
@pytest.mark.parametrize(
    ("provider", "url", "model", "says"),
    [
        pytest.param(*OPENAI, "gpt-4o", "for openai gpt-4o", id="by address"),
        pytest.param(*OPENAI, "gpt-4o-2024-08-06", "for openai gpt-4o", id="a dated name"),
        pytest.param("azure", "", "gpt-4o", "for azure gpt-4o", id="by provider"),
        pytest.param("litellm", "", "openai/gpt-4o", "for openai gpt-4o", id="by LiteLLM's name"),
    ],
)
def test_known(provider: str, url: str, model: str, says: str) -> None:
    found = prices.looked_up(provider, url, model)
    assert found is not None
    assert found.source.startswith("genai-prices ")
    assert found.source.endswith(says)
    assert 0 < found.rates.cached < found.rates.prompt < found.rates.reply


@installed
@pytest.mark.parametrize(
    ("provider", "url", "model"),
    [
        pytest.param(*OPENAI, "no-such-model", id="model"),
        pytest.param("", "https://llm.example/v1", "gpt-4o", id="address"),
        pytest.param("", "", "gpt-4o", id="no address"),
        pytest.param("mine", "", "gpt-4o", id="provider"),
        pytest.param("perplexity", "", "sonar", id="a price of each request"),
        pytest.param(*OPENAI, "text-embedding-3-small", id="no price of replies"),
    ],
)
def test_unknown_is_none(provider: str, url: str, model: str) -> None:
    assert prices.looked_up(provider, url, model) is None


@installed
def test_another_process_says_the_same() -> None:
    assert prices.asked(*OPENAI, "gpt-4o") == prices.looked_up(*OPENAI, "gpt-4o")
    assert prices.asked(*OPENAI, "no-such-model") is None


def test_a_process_that_fails_leaves_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    assert prices.asked(*OPENAI, "gpt-4o") is None


@pytest.mark.parametrize(
    ("provider", "settings"),
    [
        ("replay", Settings()),
        ("openai", Settings(base_url="http://localhost:11434/v1")),
        ("openai", Settings(base_url="http://[::1/v1")),
    ],
    ids=["recorded", "on this machine", "no address"],
)
def test_what_has_no_price(provider: str, settings: Settings) -> None:
    assert prices.pytest_aigen_price(provider, "gpt-4o", settings) is None
