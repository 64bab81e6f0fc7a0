"""Numbers and texts to try: those of the examples and of the code, what names and documentation make likely, plain ones,
and at the end those round which code breaks.
"""

from __future__ import annotations

import collections.abc as abc
from collections.abc import Iterable
from typing import Any

from pytest_aigen.explore.pool import Pool
from pytest_aigen.explore.recipes import New, Recipe, Ref
from pytest_aigen.explore.shapes import lettered, shaped, words_of

_INTS = (3, 1, 2, 0, -1, 5, 10, 100, 1000, 12345)
_FLOATS = (1.5, 0.5, 2.0, 0.0, -1.5, 100.0, 1e6)
_TEXTS = ("a", "Hello World", "", "abc123", "12", "a-b_c", "3.14", " padded ", "a,b,c", "ABC", "x=1", "a b", "one\ntwo", "é", "1", "a.b", "True", "-5", "key: value")  # fmt: skip
_BYTES = (b"a", b"", b"\x00\x01", b"abc123", "é".encode(), b"\x01\x00\x00\x00\x02\x00\x00\x00" * 4)
_ODD_INTS = (-(10**6), 255, 256, 2**31, 2**63, 10**20)
_ODD_FLOATS = (float("nan"), float("inf"), float("-inf"), -0.0, 1e300, 1e-9)
#: Texts that look plain and are not: controls, combining characters, no width, digits of another script, letters that
#: change their number with their case, half of a pair, out of the plane.
_ODD_TEXTS = ("a\r\nb\tc", "\x00", "e\u0301", "a\u200bb", "\u0663", "straße", "\U0001f600", "\ud800", "word " * 60)  # fmt: skip
_ODD_BYTES = (b"\xff\xfe", b"\xef\xbb\xbfabc", b"\x00" * 64)
#: Of the shapes that documentation suggests, texts tried.
_FROM_WORDS, _FROM_DOCUMENTATION = 40, 40
_BYTE_TYPES = (bytes, bytearray, memoryview, getattr(abc, "ByteString", bytes), getattr(abc, "Buffer", bytes))


def scalars(kind: type, pool: Pool, name: str) -> list[Recipe] | None:
    """Values of the type for an argument of that name; None for a type of another sort."""
    usual = [value for value in pool.usual.get(name, ()) if type(value) is kind]
    if kind is bool:
        return [True, False]
    if kind is int:
        return [*usual, *_INTS[:3], *pool.near(), *_INTS[3:], *_ODD_INTS]
    if kind is float:
        near = [float(value) for value in pool.near() if abs(value) < 2**53]
        return [*usual, *_FLOATS[:2], *pool.floats, *near, *_FLOATS[2:], *_ODD_FLOATS]
    if kind is complex:
        return [*usual, 1 + 2j, 0j, *(float(value) + 0j for value in pool.floats), -1.5 + 0j]
    if kind is str:
        return [*usual, *_texts(pool, name)]
    if kind in _BYTE_TYPES:
        raw = [
            *pool.usual_bytes(name),
            b"hello",
            *pool.bytes,
            *_encoded(_texts(pool, name)),
            *_BYTES,
            *_ODD_BYTES,
        ]
        return raw if kind is bytes else [New(Ref("builtins", _bytes_name(kind)), (item,)) for item in raw]
    return None


def _bytes_name(kind: Any) -> str:
    return "memoryview" if kind is memoryview else "bytearray" if kind is bytearray else "bytes"


def _encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode() for text in texts if text.isascii()]


def _texts(pool: Pool, name: str) -> list[str]:
    by_name = list(shaped(words_of(name)))
    by_words = list(shaped(pool.words))[:_FROM_WORDS]
    documented = [*lettered(pool.documentation), *pool.documented]
    far = list(shaped(words_of(pool.documentation)))[:_FROM_DOCUMENTATION]
    return [
        *by_name, *documented, *pool.shaped, *by_words, "hello", *pool.texts, *pool.keys, *pool.affixed, *_TEXTS, *far,
        *pool.nearly, *_ODD_TEXTS,
    ]  # fmt: skip
