"""Characters that a reader does not see, or that change what is seen: shown by their escapes."""

from __future__ import annotations

import re

from pytest_aigen.patterns import regex

#: Controls but tab and newline, format characters (bidirectional overrides, zero-width characters, tags), line and
#: paragraph separators, fillers, variation selectors that no emoji needs, halves of surrogate pairs, private use.
_HIDDEN = regex(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)
#: Colours, cursor movements, titles and links of a terminal.
_ANSI = regex(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)


def shown(text: str) -> str:
    r"""The text with each hidden character as Python would write it in a string; CRLF becomes a newline.

    >>> print(shown("if user != 'root\u202e': # \x1b[2K"))
    if user != 'root\u202e': # \x1b[2K
    """
    return _HIDDEN.sub(_escaped, text.replace("\r\n", "\n") if "\r" in text else text)


def plain(output: str) -> str:
    """What a program printed, without the sequences that steer a terminal."""
    return _ANSI.sub("", output) if "\x1b" in output or "\x9b" in output else output


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
