"""What models cost, as genai-prices has it: a list that is kept up to date. It comes with the package; nothing is fetched.

It is asked in a process of its own: what it imports would change what the user's suite finds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_aigen.data import Price, Rates

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

_HERE = ("localhost", "127.0.0.1", "::1")
_OPENAI = "https://api.openai.com/v1"
#: Seconds after which the price is not known.
_TIMEOUT = 30.0
_SCRIPT = "import sys; sys.path[:] = sys.argv[1:-3]; from pytest_aigen.models import prices; prices.say(*sys.argv[-3:])"
#: Variables with which a process would measure itself.
_MEASURING = ("COV_CORE_", "COVERAGE_PROCESS_")


# Without pytest's mark: the other process does without pytest, which takes longer to import than the rest.
def pytest_aigen_price(provider: str, model: str, settings: Settings) -> Price | None:
    if provider == "replay" or find_spec("genai_prices") is None:
        return None
    provider, url = where(provider, settings.base_url, os.environ)
    return None if is_here(url) else asked(provider, url, model)


def where(provider: str, base_url: str | None, environ: Mapping[str, str]) -> tuple[str, str]:
    """The provider, as genai-prices calls it, or else the address by which it knows it.

    >>> where("openai", None, {}), where("openai", "http://localhost:11434/v1", {})
    (('', 'https://api.openai.com/v1'), ('', 'http://localhost:11434/v1'))
    >>> where("azure", "https://mine.example", {}), where("litellm", None, {})
    (('azure', ''), ('litellm', ''))
    """
    if provider == "openai":
        return "", base_url or environ.get("OPENAI_BASE_URL") or _OPENAI
    if provider == "litellm" and base_url:
        return "", base_url
    return provider, ""


def is_here(url: str) -> bool:
    """Whether a server is on this machine, where nobody sells anything.

    >>> is_here("http://localhost:11434/v1"), is_here("https://api.openai.com/v1")
    (True, False)
    """
    try:
        return urlsplit(url).hostname in _HERE
    except ValueError:
        return False


def asked(provider: str, url: str, model: str) -> Price | None:
    """The price by a process that looks it up; None where it is not known, or the process fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_MEASURING)}
    path = [place or os.getcwd() for place in sys.path]
    command = [sys.executable, "-W", "ignore", "-c", _SCRIPT, *path, provider, url, model]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=kept, timeout=_TIMEOUT, check=True
        )
        found = json.loads(done.stdout)
        above = tuple((start, Rates(**rates)) for start, rates in found["above"])
        return Price(Rates(**found["rates"]), found["source"], above)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


# ---------------------------------------------------------------------------------- in a process of its own


def say(provider: str, url: str, model: str) -> None:
    """Print what `looked_up` finds as JSON."""
    found = looked_up(provider, url, model)
    print(json.dumps(found and asdict(found)))


def looked_up(provider: str, url: str, model: str) -> Price | None:
    """The price of a model; where it depends on the hour, the dearest of a day.

    None where the model is not known, or costs more than tokens, such as each request.
    """
    import genai_prices

    by = {"provider_id": provider} if provider else {"provider_api_url": url}
    now = datetime.now(timezone.utc)
    found = []
    for hours in range(24):
        try:
            known = genai_prices.calc_price(
                genai_prices.Usage(), model, genai_request_timestamp=now + timedelta(hours=hours), **by
            )
        except LookupError:
            return None
        says = f"genai-prices {genai_prices.__version__} for {known.provider.id} {known.model.id}"
        found.append(price(known.model_price, says))
    if None in found:
        return None
    return max(filter(None, found), key=lambda price: (price.rates.reply, price.rates.prompt))


def price(prices: Any, source: str) -> Price | None:
    """Of a set of prices as genai-prices has it.

    Tokens of a prompt cost what it costs to write them to the provider's cache where that is more, as a server does
    not tell which it has written.
    """
    prompt, reply = _steps(prices.input_mtok), _steps(prices.output_mtok)
    if prompt is None or reply is None or prices.requests_kcount:
        return None
    written, cached = _steps(prices.cache_write_mtok) or prompt, _steps(prices.cache_read_mtok) or prompt

    def rates(start: int) -> Rates:
        return Rates(max(_at(prompt, start), _at(written, start)), _at(reply, start), _at(cached, start))

    starts = sorted({start for steps in (prompt, reply, written, cached) for start, _ in steps} - {-1})
    return Price(rates(-1), source, tuple((start, rates(start)) for start in starts))


def _steps(found: Any) -> Sequence[tuple[int, float]] | None:
    """From how many tokens of the prompt on it costs what; -1 for always."""
    if found is None:
        return None
    tiers: Iterable[Any] = getattr(found, "tiers", ())
    return [(-1, float(getattr(found, "base", found))), *((tier.start, float(tier.price)) for tier in tiers)]


def _at(steps: Sequence[tuple[int, float]], start: int) -> float:
    return next(cost for begin, cost in reversed(steps) if begin <= start)
