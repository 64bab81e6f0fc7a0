"""Offers the generator that asks a model, which is imported once it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aigen.errors import ConfigError
from pytest_aigen.protocols import Request

if TYPE_CHECKING:
    from pytest_aigen.protocols import Executor, Generator, Model
    from pytest_aigen.settings import Settings


@pytest.hookimpl
def pytest_aigen_generator(
    name: str, model: Model | None, executor: Executor, settings: Settings
) -> Generator | None:
    if name != "llm":
        return None
    if model is None:
        raise ConfigError(
            "--ai-gen-engine=llm: no model is configured; name one with --ai-gen-model=PROVIDER:MODEL"
        )
    from pytest_aigen.generators.llm import Llm

    sampling = Request(
        (), settings.reply_tokens, settings.temperature, settings.reasoning_effort, settings.seed
    )
    return Llm(model, instructions=settings.instructions, sampling=sampling, room=settings.context_tokens)
