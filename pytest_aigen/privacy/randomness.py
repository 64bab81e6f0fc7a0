"""Whether a string looks like chance made it, as keys do, and not like a name, a path, a number or an alphabet."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SEPARATORS = re.compile(r"[_\-./+=~]+")
_HEX = re.compile(r"(?:0x)?(?:[0-9a-f]+|[0-9A-F]+)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Digits of the usual hashes, in hex: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
_HASHES = {32, 40, 56, 64, 96, 128}
#: Hashes that say so, and how pictures, archives and documents begin in base64.
_KNOWN_DATA = re.compile(
    r"(?:sha(?:1|256|384|512)|md5)[-:=]|iVBORw0K|R0lGOD|/9j/|UEsDB|JVBERi|PHN2Zy|H4sI|Qk0|AAABAA|T2dnU|d09GM"
)


def entropy(text: str) -> float:
    """Shannon's, in bits per character.

    >>> entropy("aabb")
    1.0
    """
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def looks_random(text: str, *, least: int = 20) -> bool:
    """Whether a string of at least ``least`` characters may be a key.

    >>> looks_random("getHTTPResponseCodeForUser2"), looks_random("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    (False, False)
    """
    if len(text) < least or _KNOWN_DATA.match(text) or _UUID.fullmatch(text):
        return False
    if _HEX.fullmatch(text):
        return len(text) >= 24 and len(text) not in _HASHES and _is_mixed_hex(text)
    parts = [part for part in _SEPARATORS.split(text) if part]
    plain = sum(len(part) for part in parts if (part.isalpha() and _is_word(part)) or part.isdigit())
    dense = "".join(parts)
    if len(dense) < least * 0.8 or plain > len(dense) * 0.45 or _runs_on(dense):
        return False
    return _is_dense(dense)


def _is_dense(text: str) -> bool:
    """Whether letters of both cases, or letters and digits, alternate more often than in names."""
    words = _WORDS.findall(text)
    kinds = sum((any(map(str.islower, text)), any(map(str.isupper, text)), any(map(str.isdigit, text))))
    pace = len(text) / max(len(words), 1)
    if kinds == 3:
        return pace < 2.5 and entropy(text) >= 3.6
    if any(map(str.isdigit, text)):
        return kinds == 2 and pace < 3.3 and entropy(text) >= 3.5 and len(text) >= 16
    return kinds == 2 and pace < 2.6 and entropy(text) >= 4.0 and len(text) >= 24


def _is_mixed_hex(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return 0.3 < digits / len(text) < 0.95 and entropy(text) >= 3.3 and not _runs_on(text)


def _is_word(part: str) -> bool:
    return part.islower() or part.isupper() or part.istitle() or len(part) / len(_WORDS.findall(part)) >= 3


def _runs_on(text: str) -> bool:
    """Whether it is an alphabet or a row of numbers: neighbours follow one another, or are the same."""
    steps = [ord(b) - ord(a) for a, b in itertools.pairwise(text)]
    return sum(step in (0, 1, -1) for step in steps) > 0.4 * len(steps)
