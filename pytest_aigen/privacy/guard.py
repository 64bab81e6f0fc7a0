"""The one way to a model: what goes out is redacted, and errors that come back name no key."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_aigen.data import Candidate, Context, Target, Verdict
from pytest_aigen.privacy.hidden import shown
from pytest_aigen.privacy.redaction import Redactor
from pytest_aigen.protocols import Generator, Model, Reply, Request

_TARGET = re.compile(r"(\S+\.py):\d+-\d+\n")


class Redacted:
    """A model that gets requests without secrets and without hidden characters, whoever asks."""

    def __init__(self, model: Model, redactor: Redactor) -> None:
        self.name = model.name
        self._redactor = redactor
        self._model = model

    async def complete(self, request: Request) -> Reply:
        """The model's reply to what may be sent. What it raises is redacted as well."""
        outgoing = self.outgoing(request)
        try:
            return await self._model.complete(outgoing)
        except Exception as error:
            raise self._without_secrets(error) from None

    async def body(self, request: Request) -> bytes:
        """The bytes that `complete` would send; nothing is sent.

        A model that cannot tell its own (it has no such method) is shown by the messages it would be given.
        """
        outgoing = self.outgoing(request)
        try:
            if (own := getattr(self._model, "body", None)) is not None:
                return bytes(await own(outgoing))
        except Exception as error:
            raise self._without_secrets(error) from None
        messages = [{"role": message.role, "content": message.content} for message in outgoing.messages]
        return json.dumps({"messages": messages}, ensure_ascii=False, separators=(",", ":")).encode()

    def preflight(self) -> None:
        """Raises ModelRefused where the model, if it can tell, will answer no request."""
        if (look := getattr(self._model, "preflight", None)) is not None:
            try:
                look()
            except Exception as error:
                raise self._without_secrets(error) from None

    async def aclose(self) -> None:
        await self._model.aclose()

    @property
    def notes(self) -> list[str]:
        """Sentences of the model that the user should read."""
        return [self._redactor.text(note) for note in getattr(self._model, "notes", ())]

    def outgoing(self, request: Request) -> Request:
        """A request as it may be sent."""
        place = next(
            (match[1] for m in reversed(request.messages) if (match := _TARGET.match(m.content))), "a request"
        )
        messages = []
        for message in request.messages:
            content = self._redactor.text(shown(message.content))
            self._redactor.note_sent(content, place)
            messages.append(replace(message, content=content))
        return replace(request, messages=tuple(messages))

    def _without_secrets(self, error: Exception) -> Exception:
        """The error itself, its words redacted and what led to it forgotten: an answer may repeat the key."""
        error.args = tuple(self._redactor.text(arg) if isinstance(arg, str) else arg for arg in error.args)
        error.__cause__ = error.__context__ = None
        return error


class Shielded:
    """A generator that is not asked about private files."""

    def __init__(self, generator: Generator, is_private: Callable[[Path], bool]) -> None:
        self.name = generator.name
        self.groups = getattr(generator, "groups", False)
        self._generator, self._is_private = generator, is_private

    @property
    def shortened(self) -> Mapping[Target, tuple[str, ...]]:
        """What it had no room for, if it can tell."""
        found: Mapping[Target, tuple[str, ...]] = getattr(self._generator, "shortened", {})
        return found

    async def propose(self, context: Context, history: Sequence[Verdict]) -> AsyncIterator[Candidate]:
        """What the generator proposes; nothing for a target in a private file."""
        if not self._is_private(context.target.gap.path):
            async for candidate in self._generator.propose(context, history):
                yield candidate
