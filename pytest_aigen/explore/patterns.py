"""Texts that match a regular expression.

The parser of ``re`` is private to Python and was renamed in 3.11; nothing else here knows of it.
"""

from __future__ import annotations

import random
import re
import sys
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as constants  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_constants as constants
    import sre_parse as parser

_CATEGORY = {"DIGIT": "0123456789", "SPACE": " ", "WORD": "abcdefghijklmnopqrstuvwxyz0123456789_"}
_ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;/@#!?+*'\"()[]{}<>=%&$~|^\\\t\n"
)


def samples(pattern: str, flags: int = 0, count: int = 4) -> list[str]:
    """Up to ``count`` texts that the pattern matches, the same on every call; none for what cannot be parsed.

    >>> samples(r"[A-Z]{2}-\\d+", count=1)
    ['AA-1']
    """
    try:
        compiled = re.compile(pattern, flags & ~re.DEBUG)
        tree = parser.parse(pattern, flags & ~re.DEBUG)
    except (re.error, OverflowError, RecursionError, ValueError):
        return []
    chance = random.Random(0)
    found: dict[str, None] = {}
    for turn in range(count * 4):
        try:
            text = _Writer(chance, plain=turn == 0).write(tree)
        except RecursionError:
            break
        if len(text) <= 80 and compiled.search(text):
            found.setdefault(text)
        if len(found) == count:
            break
    return list(found)


class _Writer:
    def __init__(self, chance: random.Random, plain: bool) -> None:
        self.chance = chance
        #: The first, simplest choice everywhere.
        self.plain = plain
        self.groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        return "".join(self.item(str(op), argument) for op, argument in tree)

    def pick(self, options: str) -> str:
        return (
            ("1" if options.startswith("0123") else options[0]) if self.plain else self.chance.choice(options)
        )

    def item(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return chr(argument)
        if op == "NOT_LITERAL":
            return self.pick("".join(char for char in "abc1" if ord(char) != argument))
        if op == "ANY":
            return self.pick("abcxyz 12")
        if op == "IN":
            return self.pick(self.members(argument) or "a")
        if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            most = least + 3 if most == constants.MAXREPEAT else min(most, least + 3)
            times = max(least, min(1, most)) if self.plain else self.chance.randint(least, most)
            return "".join(self.write(body) for _ in range(times))
        if op == "SUBPATTERN":
            text = self.write(argument[-1])
            if argument[0] is not None:
                self.groups[argument[0]] = text
            return text
        if op == "BRANCH":
            return self.write(argument[1][0] if self.plain else self.chance.choice(argument[1]))
        if op == "GROUPREF":
            return self.groups.get(argument, "")
        if op == "GROUPREF_EXISTS":
            group, yes, no = argument
            return self.write(yes if group in self.groups else no or ())
        if op == "ATOMIC_GROUP":
            return self.write(argument)
        return ""  # anchors and look-arounds: the whole is searched for afterwards

    def members(self, parts: Any) -> str:
        chosen, negated = "", False
        for op, argument in parts:
            name = str(op)
            if name == "NEGATE":
                negated = True
            elif name == "LITERAL":
                chosen += chr(argument)
            elif name == "RANGE":
                chosen += "".join(map(chr, range(argument[0], min(argument[1], argument[0] + 64) + 1)))
            elif name == "CATEGORY":
                category = str(argument).removeprefix("CATEGORY_")
                if category.startswith("NOT_"):
                    without = _CATEGORY.get(category[4:], "") + ("\t\n" if category == "NOT_SPACE" else "")
                    chosen += "".join(char for char in _ALPHABET if char not in without)
                else:
                    chosen += _CATEGORY.get(category, "a")
        return "".join(char for char in _ALPHABET if char not in chosen) if negated else chosen
