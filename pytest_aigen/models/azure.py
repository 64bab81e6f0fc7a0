"""Azure OpenAI: a deployment as the model, with a key or a token of Entra ID."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_aigen.errors import ConfigError, ModelRefused
from pytest_aigen.models.faults import Service
from pytest_aigen.models.openai import OpenAI
from pytest_aigen.models.preflight import Door
from pytest_aigen.protocols import Model
from pytest_aigen.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

#: The newest version of the interface that Azure calls generally available.
_VERSION = "2024-10-21"
_SCOPE = "https://cognitiveservices.azure.com/.default"
_KEY = "AZURE_OPENAI_API_KEY"
_ADDRESS = "--ai-gen-base-url, AZURE_OPENAI_ENDPOINT"


@pytest.hookimpl
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    if provider != "azure":
        return None
    environ = {_KEY: "none", **os.environ} if settings.mode == "preview" else os.environ
    return configured(
        model,
        settings.base_url,
        settings.api_version,
        environ,
        timeout=settings.request_timeout,
        concurrency=settings.concurrency,
    )


def configured(
    deployment: str, base_url: str | None, version: str | None, environ: Mapping[str, str], **options: Any
) -> OpenAI:
    """The deployment as the settings and the environment describe it, with options of `Chat`.

    Raises ConfigError where there is no endpoint, or neither a key nor a way to a token.
    """
    given = base_url or environ.get("AZURE_OPENAI_ENDPOINT") or ""
    parts = urlsplit(given)
    if not parts.scheme or not parts.netloc:
        raise ConfigError(
            f"--ai-gen-model=azure:{deployment}: no endpoint; give --ai-gen-base-url or set AZURE_OPENAI_ENDPOINT,"
            f" like https://MY-RESOURCE.openai.azure.com{f', not {given!r}' if given else ''}"
        )
    # Azure's portal shows whole addresses of requests; what stands before /openai/ is the endpoint.
    endpoint = f"{parts.scheme}://{parts.netloc}{parts.path.partition('/openai')[0].rstrip('/')}"
    version = (
        version
        or "".join(parse_qs(parts.query).get("api-version", ())[:1])
        or environ.get("OPENAI_API_VERSION")
        or _VERSION
    )
    key, token = environ.get(_KEY) or environ.get("API_KEY"), environ.get("AZURE_OPENAI_AD_TOKEN")
    credentials: dict[str, Any] = {"api_key": key} if key else {"azure_ad_token": token}
    if not key and not token:
        if not _has_identity():
            raise ConfigError(
                f"--ai-gen-model=azure:{deployment}: no key; set {_KEY}, or AZURE_OPENAI_AD_TOKEN, or install"
                " pytest-aigen[azure] to sign in with Entra ID"
            )
        credentials = {}

    def make(**more: Any) -> AsyncOpenAI:
        import openai

        return openai.AsyncAzureOpenAI(
            azure_endpoint=endpoint,
            api_version=version,
            max_retries=0,
            timeout=None,
            **(credentials or {"azure_ad_token_provider": _token_provider()}),
            **more,
        )

    headers = {"api-key": key} if key else {"Authorization": f"Bearer {token}"}
    door = Door(
        f"{endpoint}/openai/models?api-version={version}",
        f"{endpoint}/openai/deployments/{deployment}/chat/completions?api-version={version}",
        headers,
        "max_completion_tokens",
    )
    return OpenAI(
        Service(f"azure:{deployment}", deployment, endpoint, f"{_KEY}, or a token of Entra ID", _ADDRESS),
        make,
        secrets=[key or "", token or ""],
        length_parameter="max_completion_tokens",
        door=door if credentials else None,
        **options,
    )


def _has_identity() -> bool:
    try:
        return find_spec("azure.identity") is not None
    except ModuleNotFoundError:
        return False


def _token_provider() -> Callable[[], Awaitable[str]]:
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    return in_a_thread(get_bearer_token_provider(DefaultAzureCredential(), _SCOPE), ClientAuthenticationError)


def in_a_thread(token: Callable[[], str], failed: type[Exception]) -> Callable[[], Awaitable[str]]:
    """What gives a token, which may take long, for an event loop; where it failed, no request will be answered."""

    async def provide() -> str:
        try:
            return await asyncio.to_thread(token)
        except failed as error:
            said = " ".join(str(error).split())[:300]
            raise ModelRefused(
                f"no token of Entra ID: {said}; sign in with `az login`, or set {_KEY}"
            ) from error

    return provide
