"""Finds secrets in a text: by their formats, by the names they are given, and by looking as if chance made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pytest_aigen.privacy import formats
from pytest_aigen.privacy.named import named
from pytest_aigen.privacy.randomness import looks_random

_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
#: Characters of a string that may be random without standing alone in quotes or on a line.
_LONG = 32
#: The fewest characters of a word that may hold a secret known by its format.
_SHORTEST = 16
_PLACEHOLDER = re.compile(r"[{}<>$*]|%[(s]|\.\.\.")


class Secret(NamedTuple):
    """Where a secret stands in a text, and of what kind it is."""

    start: int
    end: int
    kind: str


def find(text: str, *, emails: bool = False) -> list[Secret]:
    """The secrets of a text in order, none within another.

    >>> find('url = "postgres://shop:opensesame@db/shop"')
    [Secret(start=23, end=33, kind='url-password')]
    """
    words = "\n".join({word for word in text.split() if len(word) >= _SHORTEST})
    words = "\n".join({word for word in text.split() if len(word) >= _SHORTEST})
    known = [
        *_by_format(text, words),
        *(Secret(start, end, "private-key") for start, end in formats.private_keys(text)),
        *(Secret(*place) for place in named(text, text.lower())),
        *(_emails(text) if emails else ()),
    ]
    return _apart(_joined(known), _joined(list(_by_chance(text, words))), text)


def _joined(found: list[Secret]) -> list[Secret]:
    """In order, those that overlap as one, of the kind that was found first."""
    joined: list[Secret] = []
    for secret in sorted(found, key=lambda secret: secret.start):
        if not joined or secret.start >= joined[-1].end:
            joined.append(secret)
        else:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, secret.end))
    return joined


def _apart(known: list[Secret], random: list[Secret], text: str) -> list[Secret]:
    """Both, but of what is random the parts that are not known already, where they look random by themselves."""
    left = list(random)
    for secret in known:
        left = [
            piece
            for whole in left
            for piece in (
                whole._replace(end=min(whole.end, secret.start)),
                whole._replace(start=max(whole.start, secret.end)),
            )
            if piece == whole or looks_random(text[piece.start : piece.end])
        ]
    return sorted(_behind_escape(secret, text) for secret in known + list(dict.fromkeys(left)))


def _behind_escape(secret: Secret, text: str) -> Secret:
    """Without the letter of an escape before it: the ``n`` of a newline in a string is none of a key."""
    before = text[: secret.start]
    escaped = (len(before) - len(before.rstrip("\\"))) % 2 if before.endswith("\\") else 0
    return secret._replace(start=secret.start + escaped)


def _by_format(text: str, words: str) -> Iterator[Secret]:
    for kind, marks, pattern in formats.WORDS:
        if any(mark in words for mark in marks):
            for value in {match[_group(pattern)] for match in pattern.finditer(words)}:
                if kind != "url-key" or not _stands_for_one(value):
                    yield from (Secret(at, at + len(value), kind) for at in _places(text, value))
    for kind, marks, pattern in formats.PHRASES:
        if marks[0] in text:
            for match in pattern.finditer(text):
                if not _stands_for_one(match["secret"]):
                    yield Secret(*match.span("secret"), kind)


def _group(pattern: re.Pattern[str]) -> str | int:
    return "secret" if "secret" in pattern.groupindex else 0


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def _stands_for_one(value: str) -> bool:
    """``{password}``, ``PASSWORD``, ``pass``: what examples write in its place."""
    return bool(_PLACEHOLDER.search(value)) or value.lower() in _STAND_INS


_STAND_INS = {
    "password",
    "passwd",
    "pass",
    "pw",
    "pwd",
    "secret",
    "token",
    "key",
    "xxx",
    "xxxx",
    "your_password",
    "port",
}


def _by_chance(text: str, words: str) -> Iterator[Secret]:
    for word in {run[0] for run in _RUN.finditer(words)}:
        if looks_random(word):
            for at in _places(text, word):
                if len(word) >= _LONG or _is_alone(text, at, at + len(word)):
                    yield Secret(at, at + len(word), "random-string")


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether a word is all that stands between quotes."""
    return text[start - 1 : start] in ("'", '"', "`") and text[end : end + 1] in ("'", '"', "`")


def _emails(text: str) -> Iterator[Secret]:
    for match in formats.EMAIL.pattern.finditer(text) if "@" in text else ():
        if not formats.is_nobodys(match[0]):
            yield Secret(*match.span(), formats.EMAIL.kind)
