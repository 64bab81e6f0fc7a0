"""Functions that undo one another: ``decode(encode(x)) == x``."""

from __future__ import annotations

import ast
from typing import Any

from pytest_aigen.suspects.failing import last_name

#: What is done, and what undoes it. The other way round a value may be lost that has no one form: ``encode(decode(x))``.
PAIRS = (
    ("encode", "decode"), ("dumps", "loads"), ("dump", "load"), ("serialize", "deserialize"), ("serialise", "deserialise"),
    ("pack", "unpack"), ("compress", "decompress"), ("zip", "unzip"), ("escape", "unescape"), ("quote", "unquote"),
    ("encrypt", "decrypt"), ("marshal", "unmarshal"), ("flatten", "unflatten"), ("to", "from"),
)  # fmt: skip


def undoes(outer: str, inner: str) -> bool:
    """Whether the name of one function says that it undoes the other.

    >>> undoes("decode_key", "encode_key"), undoes("from_json", "to_json"), undoes("to_json", "from_json")
    (True, True, False)
    """
    before, after = inner.strip("_").split("_"), outer.strip("_").split("_")
    if len(before) != len(after):
        return False
    different = [(a, b) for a, b in zip(before, after) if a != b]
    return len(different) == 1 and different[0] in PAIRS


def round_trip(call: ast.Call) -> tuple[ast.Call, ast.expr] | None:
    """The inner call and what it is given, of a call such as ``decode(encode(x))`` with nothing else."""
    inner = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if not isinstance(inner, ast.Call) or len(inner.args) != 1 or inner.keywords:
        return None
    return (inner, inner.args[0]) if undoes(last_name(call.func), last_name(inner.func)) else None


def is_plain(value: Any) -> bool:
    """Whether any pair should give a value back: printable text of ASCII, whole numbers, bytes, lists and dicts of them."""
    if isinstance(value, str):
        return value.isascii() and value.isprintable()
    if isinstance(value, (int, bytes)):
        return True
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(key) and is_plain(item) for key, item in value.items())
    return False
