"""Plain values as a person writes them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from typing import Any

from pytest_aigen.explore.recipes import New, Recipe, Ref

INDENT = "    "
_TIMEDELTA = Ref("datetime", "timedelta")


def indented(text: str) -> str:
    return "\n".join(INDENT + line for line in text.split("\n"))


def beginning(text: str, most: int) -> str:
    """The whole words that fit into so many characters, 20 at least.

    >>> beginning("nothing to be done about it", 12)
    'nothing to be done'
    """
    if len(text) <= most:
        return text
    cut = text[: max(most, 20)]
    return cut.rpartition(" ")[0].rstrip() or cut


def quoted(text: str | bytes) -> str:
    """A literal in double quotes where that needs no more escapes."""
    raw = _raw(text) if isinstance(text, str) else None
    if raw:
        return raw
    plain = repr(text)
    start = plain.find("'")
    if plain.endswith("'") and start in (0, 1) and '"' not in plain:
        return f'{plain[:start]}"{plain[start + 1 : -1]}"'
    return plain


def requoted(code: str) -> str:
    """An expression on one line, its texts `quoted`.

    >>> requoted("lambda *args: 'it is'")
    'lambda *args: "it is"'
    """
    if "\n" in code or "'" not in code:
        return code
    found, end = "", 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING and token.string.startswith(("'", "b'")):
            found += code[end : token.start[1]] + quoted(ast.literal_eval(token.string))
            end = token.end[1]
    return found + code[end:]


def order(item: Recipe) -> object:
    return item if type(item) in (int, float, str, bytes) else repr(item)


def _raw(text: str) -> str | None:
    """A raw literal for a text with backslashes and nothing that such a literal cannot hold.

    >>> _raw("\\\\d+")
    'r"\\\\d+"'
    """
    if "\\" in text and '"' not in text and text.isprintable() and text.isascii() and not text.endswith("\\"):
        return f'r"{text}"'
    return None


def number(value: Any) -> str:
    """An int or a float; long ones with their digits in groups.

    >>> number(1234567), number(2.5e6), number(1e40), number(2024)
    ('1_234_567', '2_500_000.0', '1e40', '2024')
    """
    text = repr(value)
    if type(value) in (int, float) and re.fullmatch(r"-?\d{5,}(\.\d+)?", text):
        whole, dot, rest = text.partition(".")
        return f"{int(whole):_}{dot}{rest}"
    return re.sub(r"e\+?(-?)0*(?=\d)", r"e\1", text) if type(value) is float else text


def spelled(made: New) -> New:
    """A ``timedelta`` by the names of its units.

    >>> spelled(New(_TIMEDELTA, (0, 7200))).kwargs
    (('hours', 2),)
    """
    if (
        made.function != _TIMEDELTA
        or made.kwargs
        or not any(made.args)
        or any(type(arg) is not int for arg in made.args)
    ):
        return made
    days, seconds, micro = (*made.args, 0, 0, 0)[:3]
    units = [("days", days), ("seconds", seconds), ("microseconds", micro)]
    if not days and not micro:
        for unit, size in (("hours", 3600), ("minutes", 60)):
            if seconds % size == 0:
                units = [(unit, seconds // size)]
                break
    elif not seconds and not days and micro % 1000 == 0:
        units = [("milliseconds", micro // 1000)]
    return New(made.function, (), tuple(pair for pair in units if pair[1]))


def is_close_only(value: Recipe) -> bool:
    """Whether a value is a float of which the last digits may differ elsewhere."""
    return (
        type(value) is float
        and abs(value) != float("inf")
        and value == value
        and not (value * 64).is_integer()
    )


def pattern(message: str, room: int) -> tuple[str, bool]:
    """For ``match=``: the beginning of a message, as whole words as fit in; and whether it needs no ``re``.

    >>> pattern("unknown unit", 40), pattern("a (b)", 40)
    (('"unknown unit"', True), ('re.escape("a (b)")', False))
    """
    if not message.strip():
        return "", True
    plain = re.split(r"[.^$*+?{}\[\]|()\\]", message)[0]
    if plain == message or len(plain.strip()) >= 16:
        start = beginning(plain, room - 2)
        return quoted(start if plain == message else start.rstrip()), True
    start = beginning(message, room - len("re.escape") - 4)
    if len(start) <= len(plain):
        return quoted(start), True
    return f"re.escape({quoted(start)})", False


def addressed(parts: Sequence[str]) -> str:
    """A pattern for a text with an address between each two of its parts.

    >>> addressed(("<Signal at ", ">"))
    '"<Signal at 0x[0-9A-Fa-f]+>"'
    """
    return quoted("0x[0-9A-Fa-f]+".join(re.sub(r"([.^$*+?{}\[\]|()\\])", r"\\\1", part) for part in parts))
