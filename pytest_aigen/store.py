"""Replies of models, kept in ``.pytest_aigen/replies.sqlite``: a run that was interrupted goes on, and pays nothing twice.

A reply is found by a hash of the model, the server and the whole request. Requests are not kept. Each reply is one short
transaction, so that a process may be killed at any moment and two may be at work at once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

from pytest_aigen import statefolder
from pytest_aigen.budget import Ledger
from pytest_aigen.data import Usage
from pytest_aigen.errors import WriteError
from pytest_aigen.protocols import Call, Model, Reply, Request

#: Replies older than this many days are removed.
DAYS = 30
_WAIT = 5.0  # seconds for another process to end its transaction
_CALLS = "\x1ecalls "
_TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, text TEXT NOT NULL, kept REAL NOT NULL)"


class Replies:
    """The file. Where it cannot be read or written, all goes on without, and a note says so."""

    def __init__(self, root: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = statefolder.replies(root)
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        #: Sentences that the user should read.
        self.notes: list[str] = []

    def get(self, key: str) -> str | None:
        """The text of a reply; None where it is not known."""
        row = self._done("SELECT text FROM replies WHERE key = ?", (key,))
        return row[0] if row and isinstance(row[0], str) else None

    def put(self, key: str, text: str) -> None:
        """Keep a reply; on disk when this returns."""
        self._done("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, text, self._clock()))

    def _done(self, statement: str, values: tuple[str | float, ...]) -> tuple[object, ...] | None:
        """The first row of what a statement finds."""
        if self.notes:
            return None
        try:
            if self._connection is None:
                self._connection = self._opened()
            row: tuple[object, ...] | None = self._connection.execute(statement, values).fetchone()
            return row
        except (WriteError, sqlite3.Error, UnicodeError) as error:
            self._without(error)
            return None

    def _opened(self) -> sqlite3.Connection:
        statefolder.made(self._path.parent)
        connection = sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)
        try:
            connection.execute(_TABLE)
            connection.execute("DELETE FROM replies WHERE kept < ?", (self._clock() - DAYS * 86_400,))
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _without(self, error: Exception) -> None:
        self.close()
        self.notes.append(
            f"replies of the model are not kept in {statefolder.NAME}: {error}; an interrupted run would ask again"
        )


def key(model: str, place: str, whole: str, before: int) -> str:
    """Under what a reply is kept: for a model at a server, the `Request.key`, and how often the run asked it before."""
    return hashlib.sha256(json.dumps([model, place, whole, before]).encode()).hexdigest()


def kept(root: Path, keys: Iterable[str], *, clock: Callable[[], float] = time.time) -> frozenset[str]:
    """Those of the keys whose replies are kept. Nothing is written, nor made where nothing is."""
    path = statefolder.replies(root).absolute()
    if not path.is_file():
        return frozenset()
    since = clock() - DAYS * 86_400
    wanted = "SELECT 1 FROM replies WHERE key = ? AND kept >= ?"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_WAIT)) as connection:
            return frozenset(one for one in keys if connection.execute(wanted, (one, since)).fetchone())
    except sqlite3.Error:
        return frozenset()


class Remembering:
    """A model that is not asked again what it answered in an earlier run.

    Only whole replies are kept: no errors, none that was cut short. Nor one in which ``redacted`` finds a secret. The
    second of two equal requests of one run is a request of its own, for another reply.
    """

    def __init__(
        self, model: Model, replies: Replies, ledger: Ledger, *, place: str, redacted: Callable[[str], str]
    ) -> None:
        self.name = model.name
        self._model, self._replies, self._ledger = model, replies, ledger
        self._place, self._redacted = place, redacted
        self._asked: Counter[str] = Counter()

    async def complete(self, request: Request) -> Reply:
        """The reply of an earlier run, at no cost, or the model's."""
        whole = request.key()
        found = key(self.name, self._place, whole, self._asked[whole])
        self._asked[whole] += 1
        if (text := self._replies.get(found)) is not None:
            usage = Usage(remembered=1)
            self._ledger.usage += usage
            return _read(text, usage)
        reply = await self._model.complete(request)
        text = _written(reply)
        is_whole = (reply.finish == "stop" and reply.text.strip()) or reply.calls
        if is_whole and self._redacted(text) == text:
            self._replies.put(found, text)
        return reply

    async def aclose(self) -> None:
        self._replies.close()
        await self._model.aclose()


def _written(reply: Reply) -> str:
    """The text of a reply, or of one that asks for something all of it, as JSON behind a mark that no text begins with."""
    if not reply.calls:
        return reply.text
    return _CALLS + json.dumps([reply.text, [[call.id, call.tool, call.arguments] for call in reply.calls]])


def _read(text: str, usage: Usage) -> Reply:
    if not text.startswith(_CALLS):
        return Reply(text, usage)
    said, calls = json.loads(text[len(_CALLS) :])
    return Reply(said, usage, "tool_calls", tuple(Call(*call) for call in calls))


def place(
    provider: str, base_url: str | None, api_version: str | None, environment: Mapping[str, str]
) -> str:
    """The server that a model is asked at, without user, password and parameters.

    >>> place("openai", "https://me:secret@host:8000/v1?key=secret", None, {})
    'https://host:8000/v1'
    >>> place("azure", None, "2024-10-21", {"AZURE_OPENAI_ENDPOINT": "https://mine.example"})
    'https://mine.example 2024-10-21'
    """
    names = ("AZURE_OPENAI_ENDPOINT", "OPENAI_BASE_URL") if provider == "azure" else ("OPENAI_BASE_URL",)
    url = base_url or next((environment[name] for name in names if environment.get(name)), "")
    version = api_version or (environment.get("OPENAI_API_VERSION", "") if provider == "azure" else "")
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = f"{parts.scheme}://{host}{parts.path.rstrip('/')}" if url else ""
    return " ".join(filter(None, (bare, version)))
