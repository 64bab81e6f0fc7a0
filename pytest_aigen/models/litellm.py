"""A hundred other providers, by way of LiteLLM: ``litellm:anthropic/claude-...``, ``litellm:gemini/...``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import pytest

from pytest_aigen.errors import ConfigError
from pytest_aigen.models.chat import Chat
from pytest_aigen.models.faults import Service
from pytest_aigen.privacy.redaction import secret_values
from pytest_aigen.protocols import Model
from pytest_aigen.settings import Settings


class Client:
    """LiteLLM, as `Chat` wants a client; its own retries are off."""

    def __init__(self, library: Any, base_url: str | None) -> None:
        self._litellm = library
        self._base_url = base_url

    async def create(self, **options: Any) -> Any:
        """A stream, or, where none was asked for, a chat completion."""
        where = {"api_base": self._base_url} if self._base_url else {}
        return await self._litellm.acompletion(
            **options, **where, num_retries=0, max_retries=0, drop_params=True
        )

    async def close(self) -> None:
        if (close := getattr(self._litellm, "close_litellm_async_clients", None)) is not None:
            await close()


def _library() -> Any:
    # Else it fetches a list of prices when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm


@pytest.hookimpl
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    if provider != "litellm":
        return None
    if find_spec("litellm") is None:
        raise ConfigError(
            f"--ai-gen-model=litellm:{model}: LiteLLM is not installed; pip install pytest-aigen[litellm]"
        )
    service = Service(
        f"litellm:{model}",
        model,
        settings.base_url or "the provider of LiteLLM",
        "the variable that LiteLLM names for this provider",
        "--ai-gen-base-url",
    )
    base_url = settings.base_url
    return Chat(
        service,
        lambda: Client(_library(), base_url),
        secrets=list(secret_values(os.environ)),
        timeout=settings.request_timeout,
        concurrency=settings.concurrency,
    )
