"""Secrets that are known by the name they are given: ``password = "..."``, ``"api_key": "..."``, ``DB_PASSWORD=...``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_aigen.patterns import regex
from pytest_aigen.privacy.randomness import looks_random

#: What is given under such a name is a secret, unless it plainly is none.
_STRONG = (
    "passw", "passphrase", "pwd", "secret", "api_key", "apikey", "api-key", "access_key", "accesskey", "private_key",
    "privatekey", "auth_token", "access_token", "refresh_token", "credential", "mnemonic", "seed_phrase",
)  # fmt: skip
#: What is given under such a name is a secret where chance made it.
_WEAK = ("token", "_key", "-key", "authkey", "_auth", "signature", "_salt")
_NAMES = (*_STRONG, *_WEAK)

_QUOTED = regex(
    r"(?P<name>[\w-]*)[\"']?\]?\)?\s*(?P<sep>:[^\S\n]*[\w\[\]., |]{1,40}=|=>|[!=]=|:=|=|:|,|\()\s*\(?\s*"
    r"[rbfuRBFU]{0,2}(?P<quote>\"\"\"|'''|[\"'`])(?P<value>[^\"'`\n]{4,400}?)(?P=quote)"
)
_BARE = regex(
    r"(?P<name>[\w-]*)[\"']?(?P<sep>=|:[^\S\n]+|[^\S\n]*=[^\S\n]*)(?P<value>[^\s\"'`;,&<>(){}\[\]]{8,200})(?=[\s;,\"'`)]|$)"
)
_IDENTIFIER = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_PLACEHOLDER = regex(r"\{[^{}]*\}|<[\w: -]+>|%[(]|^%[sdr]$|^\$[A-Za-z_]\w*$|\$[{(]|\.\.\.|\*\*\*|\[redacted")  # fmt: skip
_WORDS = regex(r"[A-Za-z]+(?:[_.\-/: ]+[A-Za-z]+)+")
#: Ends of names whose values are not the secret itself.
_ABOUT = regex(
    r"[_-](?:field|name|url|uri|path|file|dir|header|env|var|id|type|kind|re|regex|pattern|prompt|help|label|length|len|"
    r"param|prefix|suffix|error|message|msg|format|column|attr|class|view|policy|required|title|placeholder|hint|list|"
    r"chars|charset|alphabet|scheme|method|algorithm|alg|backend|provider|ttl|expiry|location|source|key_name)s?$",
    re.IGNORECASE,
)
#: Words of which no secret is made.
_TELLING = regex(
    r"password|passwd|passphrase|secret|token|example|change ?me|dummy|test|sample|placeholder|your|x{3,}|todo|none|"
    r"null|true|false|default|foo|bar|baz|key|api|access|private|public|auth|user|name|admin|login|string|str|text|"
    r"required|optional|hidden|missing|invalid|valid|empty|plain|basic|bearer|input|field|value|fake|mock|some|my|"
    r"the|here|old|new|wrong|correct|right|other|client|server|hash|redacted|credentials?|file|bytes?|int|type|env|"
    r"hunter|abc|123\d*|data|id|hmac|sha\d*|md5|rsa|aes|ssh|jwt|sign|cookie|session|cache|primary|foreign|sort|group"
    r"|[\W_]",
    re.IGNORECASE,
)
#: Passwords that everybody knows, and that stand for one in examples.
_NO_SECRET = {"guest", "postgres", "root", "toor", "letmein", "qwerty", "rabbitmq", "minio"}


def named(text: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """``(start, end, kind)`` of the values that are given under the name of a secret; ``lower`` is the text in small letters."""
    seen: set[int] = set()
    for name in _NAMES:
        at = lower.find(name)
        while at >= 0:
            for pattern in (_QUOTED, _BARE):
                match = pattern.match(text, at)
                if match is not None and match.start("value") not in seen:
                    value = match["value"]
                    paired = pattern is _BARE or match["sep"] not in (",", "(")
                    if (
                        (paired or _has_digit(value))
                        and is_secret(lower[at : match.end("name")], value, name)
                        and (pattern is _QUOTED or _may_stand_bare(text, at, match))
                    ):
                        seen.add(match.start("value"))
                        yield (*match.span("value"), _kind(lower[at : match.end("name")]))
                    break
            at = lower.find(name, at + len(name))


def _kind(name: str) -> str:
    if name.startswith(("pass", "pwd")):
        return "password"
    return next((kind for kind in ("token", "key") if kind in name), "secret")


def is_secret(name: str, value: str, keyword: str) -> bool:
    """Whether what is given under a name is a secret.

    >>> is_secret("password", "swordfish", "passw"), is_secret("password_field", "user_password", "passw")
    (True, False)
    """
    if _PLACEHOLDER.search(value) or value.startswith(("http://", "https://", "/", "./", "~/")):
        return False
    if looks_random(value, least=16, most_reading=0.7) or _is_long_hex(value):
        return True
    if keyword in _WEAK or _ABOUT.search(name) or value.isspace() or value.lower() in _NO_SECRET:
        return False
    if keyword in ("passphrase", "mnemonic", "seed_phrase"):
        return (len(value.split()) >= 4 and value.replace(" ", "").isalpha()) or _has_digit(value)
    if " " in value or _is_constant(value) or len(_TELLING.sub("", value)) <= 3 or len(set(value)) < 4:
        return False
    if _WORDS.fullmatch(value):
        return keyword.startswith(("pass", "pwd")) and value.count("-") >= 3
    if value.isalpha() and value.isascii():
        return keyword.startswith(("pass", "pwd")) and len(value) >= 6
    return len(value) >= 6


def _is_long_hex(value: str) -> bool:
    return len(value) >= 32 and bool(re.fullmatch(r"[0-9a-fA-F-]+", value)) and len(set(value)) >= 8


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _is_constant(value: str) -> bool:
    """``DB_PASSWORD``, ``UserPassword``: the name of something."""
    return bool(re.fullmatch(r"[A-Z][A-Z_]*(?:_\d+)?|(?:[A-Z][a-z]{2,})+", value))


def _may_stand_bare(text: str, at: int, match: re.Match[str]) -> bool:
    """Whether a value without quotes is text, as in a file of variables, and not the name of something in code."""
    value, name = match["value"], match["name"]
    has_letter = any(map(str.isalpha, value))
    if not (has_letter and _has_digit(value)):
        return False
    if match["sep"] == "=" and name.isupper():
        return not _IDENTIFIER.fullmatch(value) or _has_digit(value)
    if _IDENTIFIER.fullmatch(value):
        return looks_random(value, least=20)
    return bool(re.fullmatch(r"[\w!@#$%^&*+/=~?.:-]+", value)) and not re.search(r"\w[.(]\w*[A-Za-z_]", value)
