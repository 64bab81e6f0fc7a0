"""What an error of a provider means: whether it passes, and if not, what the user can do about it."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_aigen.errors import ContextTooLong, ModelError, ModelRefused
from pytest_aigen.patterns import regex

#: Statuses below 500 that pass with time.
_PASSING = {408, 409, 425, 429}
_NO_SUCH = ("not exist", "not found", "unknown model", "invalid model", "no such model", "not a valid model")
_NO_QUOTA = ("exceeded your current quota", "insufficient_quota", "insufficient credit", "credit balance")
#: Of a bad key with another status than 401: Gemini's words, and those of LiteLLM's proxy without a database of keys.
_NO_KEY = ("api key not valid", "invalid api key", "incorrect api key", "invalid_api_key", "no connected db")
_TOO_LONG = regex(
    r"context[ _](?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens|reduce the length"
    r"|exceeds? the (?:maximum|available) (?:number of tokens|context)"
)
_LIMIT = regex(
    r"(?:context (?:length|window|size)[^.\d]*|limit(?: is| of)?|at most|maximum[^.\d]*)\D{0,12}(\d[\d,]{2,})"
)


@dataclass(frozen=True, slots=True)
class Service:
    """Whom a model is asked of, and how messages name what can be wrong about it."""

    name: str
    model: str
    url: str
    key: str = "OPENAI_API_KEY, or API_KEY"
    address: str = "--ai-gen-base-url, OPENAI_BASE_URL"


def for_good(service: Service, status: int, code: str, said: str) -> ModelError | None:
    """What to raise where asking again brings the same; None for faults that pass."""
    lower = f"{code} {said}".lower()
    if status == 402 or any(words in lower for words in _NO_QUOTA):
        return ModelRefused(f"the account behind the key ({service.key}) has no quota left: {said}")
    if status == 401 or (status in (400, 403) and any(words in lower for words in _NO_KEY)):
        return ModelRefused(f"the key ({service.key}) is not accepted by {service.url}: {said}")
    if status in (400, 413, 422) and _TOO_LONG.search(lower):
        return ContextTooLong(f"{service.model} did not take the request: {said}", _limit(lower))
    unknown = "model" in lower and any(words in lower for words in _NO_SUCH)
    no_deployment = code == "DeploymentNotFound"
    if code == "model_not_found" or no_deployment or (status in (400, 404) and unknown):
        return ModelRefused(f"{service.url} has no model {service.model!r} (--ai-gen-model): {said}")
    if status == 403:
        return ModelRefused(f"the key ({service.key}) may not use {service.model!r} at {service.url}: {said}")
    if status in (404, 405):
        return ModelRefused(f"there are no chat completions at {service.url} ({service.address}): {said}")
    if status not in _PASSING and status < 500:
        return ModelError(f"{service.model} did not take the request: {said}")
    return None


def _limit(said: str) -> int | None:
    """The most tokens that a model takes, where its message says so.

    >>> _limit("this model's maximum context length is 8,192 tokens. however, you requested 9000 tokens")
    8192
    """
    found = _LIMIT.search(said)
    return int(found[1].replace(",", "")) if found else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(0.0, float(value) / unit)
        except ValueError:
            pass
        if moment := email.utils.parsedate_tz(value):
            return max(0.0, email.utils.mktime_tz(moment) - time.time())
    return None
