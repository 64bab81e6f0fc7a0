"""A Python file's bytes as text, and back: nothing is lost on the way, neither newlines nor a byte order mark."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from pytest_aigen.errors import WriteError


def encoding(data: bytes, name: str) -> str:
    """As Python finds it, but with the byte order mark taken for a character, so that it is kept. Raises WriteError.

    >>> encoding(b"# coding: latin-1", "a.py")
    'iso-8859-1'
    """
    head = b"\n".join(re.split(rb"\r\n|\r|\n", data, maxsplit=2))
    try:
        found, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
    except SyntaxError as exc:
        raise WriteError(f"the encoding of {name} cannot be told: {exc}") from exc
    return "utf-8" if found == "utf-8-sig" else found


def decode(data: bytes, name: str) -> str:
    """Raises WriteError where the bytes are not of the encoding that the file declares."""
    used = encoding(data, name)
    try:
        return data.decode(used)
    except UnicodeError as exc:
        raise WriteError(f"{name} is not {used}: {exc}") from exc


def encode(text: str, used: str) -> bytes:
    """Raises WriteError where the encoding cannot hold the text, or would change it."""
    try:
        data = text.encode(used)
    except UnicodeError as exc:
        raise WriteError(f"its encoding, {used}, cannot hold the new tests: {exc}") from exc
    if data.decode(used) != text:
        raise WriteError(f"its encoding, {used}, would change the new tests")
    return data


def declared(text: str, name: str) -> str:
    """The encoding of a text that is not yet bytes. Raises WriteError."""
    return encoding(text.encode("utf-8", "surrogatepass"), name)


def on_disk(path: Path) -> str | None:
    """The text of a Python file, none of what was accepted since; None where it is not there or cannot be read."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
