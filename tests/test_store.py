"""What a model answered is not asked, nor paid for, again."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_aigen import statefolder
from pytest_aigen.budget import Ledger, Metered
from pytest_aigen.data import Usage
from pytest_aigen.errors import ModelError
from pytest_aigen.protocols import Call, Message, Model, Reply, Request
from pytest_aigen.store import DAYS, Remembering, Replies, place

SERVER = "http://localhost/v1"
ASKED = Request((Message("user", "shop.py:1-2\nlabel\n"),), max_reply_tokens=1000)


CALL = Call("1", "get_info", '{"name": "Basket"}')


class Says:
    """A model that numbers its replies, or ends them as it is told."""

    def __init__(self, name: str = "openai:fake", finish: str = "stop", text: str = "reply") -> None:
        self.name, self._finish, self._text = name, finish, text
        self.asked: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        if self._finish == "error":
            raise ModelError("down")
        text = f"{self._text} {len(self.asked)}" if self._text.strip() else self._text
        return Reply(text, Usage(1, 100, 0, 20, 0.5), self._finish)

    async def aclose(self) -> None: ...


def ask(
    root: Path,
    model: Model,
    *requests: Request,
    place: str = SERVER,
    ledger: Ledger | None = None,
    secret: str = "",
) -> tuple[list[str], Usage, Sequence[str]]:
    """The replies of one run, what it spent, and what it noted."""
    ledger = ledger or Ledger()
    replies = Replies(root)
    redacted = (lambda text: text.replace(secret, "***")) if secret else str
    remembering = Remembering(
        Metered(model, ledger, lambda text, name: 1), replies, ledger, place=place, redacted=redacted
    )

    async def run() -> list[str]:
        found = []
        for request in requests:
            try:
                found.append((await remembering.complete(request)).text)
            except ModelError as error:
                found.append(str(error))
        await remembering.aclose()
        return found

    return asyncio.run(run()), ledger.usage, replies.notes


def test_a_second_run_pays_nothing_even_where_nothing_may_be_spent(tmp_path: Path) -> None:
    said, usage, _ = ask(tmp_path, Says(), ASKED, ASKED)
    assert (said, usage) == (["reply 1", "reply 2"], Usage(2, 200, 0, 40, 1.0))
    model = Says()
    said, usage, notes = ask(tmp_path, model, ASKED, ASKED, ledger=Ledger(max_requests=0))
    assert (said, usage, notes, model.asked) == (["reply 1", "reply 2"], Usage(remembered=2), [], [])


def test_what_a_model_asked_for_is_not_asked_again_either(tmp_path: Path) -> None:
    class Asks(Says):
        async def complete(self, request: Request) -> Reply:
            return replace(await super().complete(request), calls=(CALL,))

    found = []
    for model in (asks := Asks(finish="tool_calls")), Says():
        replies = Replies(tmp_path)
        remembering = Remembering(model, replies, Ledger(), place=SERVER, redacted=str)
        found.append(asyncio.run(remembering.complete(ASKED)))
        replies.close()
    assert [(reply.text, reply.calls, reply.finish) for reply in found] == [
        ("reply 1", (CALL,), "tool_calls")
    ] * 2
    assert len(asks.asked) == 1


@pytest.mark.parametrize(
    ("request_", "name", "server"),
    [
        pytest.param(replace(ASKED, temperature=0.5), "openai:fake", SERVER, id="other parameters"),
        pytest.param(
            replace(ASKED, messages=(Message("user", "x"),)), "openai:fake", SERVER, id="other words"
        ),
        pytest.param(ASKED, "openai:other", SERVER, id="another model"),
        pytest.param(ASKED, "openai:fake", "http://elsewhere/v1", id="another server"),
    ],
)
def test_what_differs_is_asked(tmp_path: Path, request_: Request, name: str, server: str) -> None:
    ask(tmp_path, Says(), ASKED)
    model = Says(name)
    assert ask(tmp_path, model, request_, place=server)[1].remembered == 0
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(Says(finish="length"), id="cut short"),
        pytest.param(Says(finish="content_filter"), id="filtered"),
        pytest.param(Says(finish="error"), id="an error"),
        pytest.param(Says(text=" \n"), id="nothing"),
        pytest.param(Says(text="key sk-1"), id="a secret"),
        pytest.param(Says(text="\ud800"), id="no text"),
    ],
)
def test_what_is_not_kept(tmp_path: Path, model: Says) -> None:
    ask(tmp_path, model, ASKED, secret="sk-1")
    ask(tmp_path, model, ASKED, secret="sk-1")
    assert len(model.asked) == 2


def test_neither_requests_nor_credentials_are_in_the_file(tmp_path: Path) -> None:
    ask(tmp_path, Says(), ASKED, place=place("openai", "http://me:sk-123@host/v1?key=sk-123", None, {}))
    data = statefolder.replies(tmp_path).read_bytes()
    assert b"reply 1" in data
    assert b"sk-123" not in data
    assert b"shop.py" not in data


def test_old_replies_go(tmp_path: Path) -> None:
    now = 1e9
    replies = Replies(tmp_path, clock=lambda: now)
    replies.put("a", "text")
    replies.close()
    for days, known in ((DAYS - 1, "text"), (DAYS + 1, None)):
        later = Replies(tmp_path, clock=lambda days=days: now + days * 86_400)  # type: ignore[misc]
        assert later.get("a") == known
        later.close()


def test_two_at_once(tmp_path: Path) -> None:
    one, other = Replies(tmp_path), Replies(tmp_path)
    for number in range(20):
        one.put(f"one{number}", "1")
        other.put(f"other{number}", "2")
    assert {other.get(f"one{n}") for n in range(20)} == {"1"}
    assert {one.get(f"other{n}") for n in range(20)} == {"2"}
    assert one.notes == other.notes == []
    one.close()
    other.close()


def _garbage(root: Path) -> None:
    path = statefolder.replies(root)
    statefolder.made(path.parent)
    path.write_bytes(b"no database, but long enough to look like a file of one" * 40)


def _other_table(root: Path) -> None:
    path = statefolder.replies(root)
    statefolder.made(path.parent)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE replies (other TEXT)")
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(_garbage, id="no database"),
        pytest.param(_other_table, id="a table of another shape"),
        pytest.param(
            lambda root: (root / statefolder.NAME).write_text(""), id="a file where the folder would be"
        ),
        pytest.param(
            lambda root: root.chmod(0o500),
            id="a folder that cannot be written",
            marks=pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write"),
        ),
    ],
)
def test_without_a_file_it_goes_on_and_says_so_once(tmp_path: Path, spoil: object) -> None:
    spoil(tmp_path)  # type: ignore[operator]
    said, usage, notes = ask(tmp_path, Says(), ASKED, ASKED)
    assert (said, usage.requests) == (["reply 1", "reply 2"], 2)
    assert len(notes) == 1
    assert "an interrupted run would ask again" in notes[0]
    tmp_path.chmod(0o700)
