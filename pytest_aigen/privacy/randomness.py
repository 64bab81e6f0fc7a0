"""Whether a string looks like chance made it, as keys do, and not like a name, a path, a number or an alphabet."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

from pytest_aigen.patterns import regex

_WORDS = regex(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SEPARATORS = regex(r"[_\-./+=~]+")
_HEX = regex(r"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
_UUID = regex(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Digits of the usual hashes, in hex: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
_HASHES = {32, 40, 56, 64, 96, 128}
#: Hashes that say so, and how pictures, archives and documents begin in base64.
_KNOWN_DATA = regex(
    r"(?:sha(?:1|256|384|512)|md5)[-:=]|iVBORw0K|R0lGOD|/9j/|UEsDB|JVBERi|PHN2Zy|H4sI|Qk0|AAABAA|T2dnU|d09GM"
)
#: Pairs of letters that are common in English.
_COMMON = frozenset(
    [
        "th",
        "he",
        "in",
        "er",
        "an",
        "re",
        "nd",
        "on",
        "en",
        "at",
        "ou",
        "ed",
        "ha",
        "to",
        "or",
        "it",
        "is",
        "hi",
        "es",
        "ng",
        "st",
        "ar",
        "se",
        "te",
        "ea",
        "ti",
        "of",
        "le",
        "nt",
        "as",
        "ve",
        "me",
        "al",
        "ne",
        "ll",
        "ri",
        "ro",
        "ic",
        "io",
        "co",
        "de",
        "ra",
        "us",
        "ma",
        "li",
        "el",
        "om",
        "la",
        "si",
        "ur",
        "ce",
        "ch",
        "ec",
        "em",
        "et",
        "fo",
        "ge",
        "il",
        "ir",
        "ly",
        "na",
        "no",
        "ns",
        "ot",
        "ow",
        "pe",
        "pr",
        "qu",
        "rs",
        "sa",
        "sh",
        "so",
        "ta",
        "tr",
        "ts",
        "ul",
        "un",
        "ut",
        "ss",
        "ee",
        "oo",
        "ac",
        "ad",
        "ag",
        "ai",
        "am",
        "ap",
        "av",
        "ay",
        "be",
        "bl",
        "bo",
        "ca",
        "cl",
        "ct",
        "cu",
        "di",
        "do",
        "du",
        "ef",
        "ev",
        "ex",
        "fi",
        "fr",
        "gh",
        "gr",
        "ho",
        "id",
        "ie",
        "if",
        "im",
        "ke",
        "ld",
        "lo",
        "lu",
        "mi",
        "mo",
        "mp",
        "nc",
        "oc",
        "od",
        "op",
        "os",
        "pa",
        "ph",
        "pl",
        "po",
        "pu",
        "ru",
        "sc",
        "sp",
        "su",
        "tu",
        "ty",
        "ue",
        "up",
        "va",
        "vi",
        "wa",
        "we",
        "wi",
        "ab",
        "ck",
        "ey",
        "ib",
        "ob",
        "ub",
        "ok",
    ]
)


def entropy(text: str) -> float:
    """Shannon's, in bits per character.

    >>> entropy("aabb")
    1.0
    """
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def looks_random(text: str, *, least: int = 20, most_reading: float = 0.5) -> bool:
    """Whether a string of at least ``least`` characters may be a key; of its pairs of letters less than
    ``most_reading`` are such as words are made of.

    >>> looks_random("getHTTPResponseCodeForUser2"), looks_random("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    (False, False)
    """
    if len(text) < least or _KNOWN_DATA.match(text) or _UUID.fullmatch(text):
        return False
    if _HEX.fullmatch(text):
        return len(text) >= 24 and len(text) not in _HASHES and _is_mixed_hex(text)
    parts = [part for part in _SEPARATORS.split(text) if part]
    dense = "".join(parts)
    plain = sum(len(part) for part in parts if _is_plain(part))
    if len(dense) < least * 0.8 or plain > len(dense) * 0.45 or _runs_on(dense):
        return False
    return _is_dense(dense, most_reading)


def _is_dense(text: str, most_reading: float) -> bool:
    """Whether letters of both cases, or letters and digits, alternate more often than in names, and make no words."""
    if entropy(text) < 3.5 or _reads(text) >= most_reading:
        return False
    pace = len(text) / max(len(_WORDS.findall(text)), 1)
    has_digit = any(map(str.isdigit, text))
    if any(map(str.islower, text)) and any(map(str.isupper, text)):
        return pace < 3.6 and (has_digit or len(text) >= 24)
    return has_digit and pace < 3.6 and len(text) >= 16


def _reads(text: str) -> float:
    """The share of pairs of letters that are common in English; 0.2 by chance, 0.7 and more in names."""
    lower = text.lower()
    pairs = [lower[at : at + 2] for at in range(len(lower) - 1) if lower[at : at + 2].isalpha()]
    return sum(pair in _COMMON for pair in pairs) / len(pairs) if pairs else 0.0


def _is_mixed_hex(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return 0.3 < digits / len(text) < 0.95 and entropy(text) >= 3.3 and not _runs_on(text)


def _is_plain(part: str) -> bool:
    """Whether what stands between separators is a word or a number."""
    if part.isdigit():
        return True
    return part.isalpha() and (part.islower() or part.isupper() or part.istitle() or _reads(part) >= 0.6)


def _runs_on(text: str) -> bool:
    """Whether it is an alphabet or a row of numbers: neighbours follow one another, or are the same."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(step in (0, 1, -1) for step in steps) > 0.4 * len(steps)
