"""Replies from a folder instead of a model: for tests, demonstrations without a network, and replies written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_aigen import recordings, tokens
from pytest_aigen.errors import ConfigError, ModelError
from pytest_aigen.protocols import Model, Reply, Request
from pytest_aigen.settings import Settings


class Replay:
    """Answers with what a folder holds for a target and a round, whatever else stands in the request."""

    def __init__(self, folder: Path) -> None:
        self.name = f"replay:{folder}"
        self._folder = folder

    async def complete(self, request: Request) -> Reply:
        """The recorded reply. Raises ModelError, which names the file, where there is none."""
        found = recordings.read(self._folder, request)
        if found is None:
            place = recordings.place_of(request)
            raise ModelError(
                f"no reply is recorded for this request: there is no {place.stem()}.md in {self._folder}"
            )
        text, details = found
        asked = sum(tokens.count(message.content, self.name) for message in request.messages)
        usage = recordings.usage(details, asked, tokens.count(text, self.name))
        return Reply(text, usage, str(details.get("finish", "stop")))

    async def aclose(self) -> None: ...


@pytest.hookimpl
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    if provider != "replay":
        return None
    folder = Path(model).expanduser().resolve()
    if not model or not folder.is_dir():
        raise ConfigError(
            f"--ai-gen-model=replay:{model}: there is no folder {folder}; record one with --ai-gen-record=DIR"
        )
    if settings.record is None and not any(recordings.replies(folder)):
        raise ConfigError(
            f"--ai-gen-model=replay:{model}: no replies in {folder}; they are called like shop/prices/total.1.md"
        )
    return Replay(folder)
