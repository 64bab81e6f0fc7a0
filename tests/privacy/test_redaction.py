"""Placeholders: one for each secret, the same as long as a run lasts; and what is reported of them."""

from __future__ import annotations

import asyncio

import pytest

from pytest_aigen.data import Redaction
from pytest_aigen.errors import ModelError, ModelRefused
from pytest_aigen.privacy.guard import Redacted
from pytest_aigen.privacy.redaction import Redactor, secret_values
from pytest_aigen.protocols import Message, Reply, Request
from tests.privacy.planted import planted

ONE, OTHER = (planted(seed)["aws access key"].secret for seed in (1, 2))


def test_the_same_secret_has_the_same_placeholder() -> None:
    redactor = Redactor()
    assert (
        redactor.text(f"a = '{ONE}'\nb = '{OTHER}'\n")
        == "a = '<redacted:aws-key>'\nb = '<redacted:aws-key-2>'\n"
    )
    assert redactor.text(f"{OTHER} {ONE}") == "<redacted:aws-key-2> <redacted:aws-key>"


def test_what_was_found_once_is_found_everywhere() -> None:
    redactor = Redactor()
    redactor.text("password = 'Sommer" + "nacht9'")
    assert redactor.text("it said Sommer" + "nacht9 again") == "it said <redacted:password> again"
    assert Redactor().text("it said Sommer" + "nacht9 again") != "it said <redacted:password> again"


def test_a_word_is_not() -> None:
    redactor = Redactor()
    redactor.text("password = 'swordfish'")
    assert redactor.text("swordfish live in the sea") == "swordfish live in the sea"


def test_it_is_done_after_once() -> None:
    redactor = Redactor()
    for secret in planted(3).values():
        done = redactor.text(secret.planted)
        assert redactor.text(done) == done
        assert Redactor().text(done) == done


def test_the_report_counts_what_was_sent_by_kind_and_file() -> None:
    redactor = Redactor()
    redactor.text(f"'{ONE}' '{OTHER}'", "shop/a.py")
    redactor.text(f"'{ONE}'", "shop/b.py")
    redactor.text("password = 'opensesame'", "shop/never.py")
    redactor.note_sent(redactor.text(f"{ONE} {OTHER} {ONE}"), "somewhere")
    assert redactor.sent() == (Redaction("aws-key", "shop/a.py", 2), Redaction("aws-key", "shop/b.py", 1))


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("OPENAI_API_KEY", "sk-abc" + "-1234", True),
        ("SHOP_PASSWORD", "blue-mondays-4ever", True),
        ("DATABASE_URL", "postgres://shop:hunt" + "er2023@db/shop", True),
        ("AWS_REGION", "eu-central-1", False),
        ("GITHUB_REPOSITORY", "owner/name-1", False),
        ("TOKEN_FILE", "/run/secrets/token1", False),
        ("PASSWORD", "password", False),
        ("API_KEY", "none", False),
        ("PATH", "/usr/bin:/bin/a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6", False),
    ],
)
def test_values_of_the_environment(name: str, value: str, secret: bool) -> None:
    assert bool(secret_values({name: value})) is secret


class Failing:
    """A model whose provider repeats the key."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, ""

    async def complete(self, request: Request) -> Reply:
        self.asked = request.messages[0].content
        raise self.error from ValueError(ONE)

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("kind", [ModelError, ModelRefused, RuntimeError])
def test_what_a_model_raises_names_no_key(kind: type[Exception]) -> None:
    inner = Failing(kind(f"bad key {ONE}"))
    model = Redacted(inner, Redactor())
    request = Request((Message("user", f"use {ONE}\u202e"),))
    with pytest.raises(kind) as caught:
        asyncio.run(model.complete(request))
    assert str(caught.value) == "bad key <redacted:aws-key>"
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert inner.asked == "use <redacted:aws-key>\\u202e"
    assert (
        asyncio.run(model.body(request))
        == b'{"messages":[{"role":"user","content":"use <redacted:aws-key>\\\\u202e"}]}'
    )
