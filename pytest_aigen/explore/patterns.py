"""Texts that match a regular expression: the plainest, then each alternative and optional part once; and such as nearly do.

The parser of ``re`` is private to Python and was renamed in 3.11; nothing else here knows of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_parse as parser

_CATEGORY = {
    "DIGIT": "1234567890",
    "SPACE": " ",
    "WORD": "abcdefghijklmnopqrstuvwxyz0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
_ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;/@#!?+*'\"()[]{}<>=%&$~|^\\\t\n"
)
_LONGEST = 120
#: What a group of that name holds, if its own pattern allows it.
_BY_GROUP: Mapping[str, str] = {
    "year": "2024", "years": "2", "month": "02", "months": "3", "day": "15", "days": "4", "hour": "10", "hours": "5", "minute": "30",
    "minutes": "20", "second": "45", "seconds": "6", "scheme": "http", "host": "example.com", "port": "8080",
    "name": "name", "key": "key", "value": "value", "user": "user", "query": "q=1",
}  # fmt: skip


def samples(pattern: str | bytes, flags: int = 0, count: int = 16) -> list[str]:
    """Up to ``count`` texts that the pattern matches, the same on every call; none for what cannot be parsed.

    >>> samples(r"[A-Z]{2}-\\d+", count=2)
    ['AA-1', 'AA-123']
    """
    text = pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern
    flags &= ~(re.DEBUG | (re.LOCALE if isinstance(pattern, bytes) else 0))
    try:
        compiled = re.compile(text, flags)
        tree = parser.parse(text, flags)
    except (re.error, OverflowError, RecursionError, ValueError):
        return []
    found: dict[str, None] = {}
    for choices in _walks(tree, count * 6):
        fit = (each for each in choices if each and len(each) <= _LONGEST and compiled.search(each))
        if (sample := next(fit, None)) is not None:
            found.setdefault(sample)
        if len(found) == count:
            break
    return list(found)


def near(pattern: str, flags: int = 0, count: int = 3) -> list[str]:
    """Texts that differ from one that matches in one character, and do not match from their beginning.

    >>> near(r"\\d{4}-\\d{2}", count=2)
    ['1111-1', '111a-11']
    """
    matching = samples(pattern, flags, 1)
    if not matching:
        return []
    text, compiled = matching[0], re.compile(pattern, flags & ~re.DEBUG)
    place = next((place for place in range(len(text) // 2, -1, -1) if text[place : place + 1].isalnum()), 0)
    other = "1" if text[place : place + 1].isalpha() else "a"
    changed = (text[:-1], text[:place] + other + text[place + 1 :], text[1:], text + "!", text.swapcase())
    fit = [each for each in dict.fromkeys(changed) if each and not compiled.match(each)]
    return fit[:count]


def _walks(tree: Any, most: int) -> Iterator[list[str]]:
    """Texts from other and other choices: first none, then one after the other made otherwise, then in pairs; each with
    and without what named groups usually hold.
    """
    tried: set[tuple[tuple[int, int], ...]] = set()
    todo: list[dict[int, int]] = [{}]
    while todo and len(tried) < most:
        chosen = todo.pop(0)
        key = tuple(sorted(chosen.items()))
        if key in tried:
            continue
        tried.add(key)
        named = _Writer(chosen, named=True)
        try:
            yield [named.write(tree), *([_Writer(chosen, named=False).write(tree)] if named.used else [])]
        except RecursionError:
            return
        last = max(chosen, default=-1)
        if len(chosen) < 3:
            todo += [
                {**chosen, place: choice}
                for place, options in enumerate(named.options) if place > last
                for choice in range(1, min(options, 24))
            ]  # fmt: skip
        if not chosen:
            todo.insert(0, dict.fromkeys((place for place, some in enumerate(named.options) if some > 1), 1))


class _Writer:
    """Writes one text; of choice number n it takes what it is told, and the plainest where it is told nothing."""

    def __init__(self, chosen: Mapping[int, int], *, named: bool) -> None:
        self.chosen = chosen
        self.named = named
        #: Of each choice met, how many options it had.
        self.options: list[int] = []
        self.used = False
        self.groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        names = {
            number: name for name, number in getattr(getattr(tree, "state", None), "groupdict", {}).items()
        }
        if not hasattr(self, "names"):
            self.names = names
        return "".join(self.item(str(op), argument) for op, argument in tree)

    def choose(self, options: int) -> int:
        self.options.append(options)
        return min(self.chosen.get(len(self.options) - 1, 0), options - 1)

    def item(self, op: str, argument: Any) -> str:
        if op == "LITERAL":
            return chr(argument)
        if op == "NOT_LITERAL":
            return next(char for char in "a1" if ord(char) != argument)
        if op == "ANY":
            return "a"
        if op == "IN":
            return self.member(argument)
        if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self.repeat(*argument)
        if op == "SUBPATTERN":
            text = self.group(argument[0], argument[-1])
            if argument[0] is not None:
                self.groups[argument[0]] = text
            return text
        if op == "BRANCH":
            return self.write(argument[1][self.choose(len(argument[1]))])
        if op == "GROUPREF":
            return self.groups.get(argument, "")
        if op == "GROUPREF_EXISTS":
            group, yes, no = argument
            return self.write((yes if group in self.groups else no) or ())
        if op == "ATOMIC_GROUP":
            return self.write(argument)
        return ""  # anchors and look-arounds: the whole is searched for afterwards

    def repeat(self, least: int, most: int, body: Any) -> str:
        """Once where that is allowed; otherwise as seldom as it may; or a few times, counting up."""
        usual = max(least, min(1, most))
        few = list(dict.fromkeys((usual, least, min(most, max(usual, least) + 2))))
        times = few[self.choose(len(few))]
        if times > 3 * _LONGEST:
            times = _LONGEST
        single = len(body) == 1 and str(body[0][0]) == "IN"
        parts: list[str] = []
        for turn in range(times):
            part = self.write(body)
            if single and turn and times != least and (members := self.members(body[0][1])):
                part = members[(members.find(part) + turn) % len(members)]
            parts.append(part)
        return "".join(parts)

    def group(self, number: int | None, body: Any) -> str:
        start = len(self.options)
        text = self.write(body)
        name = self.names.get(number, "") if number is not None else ""
        given = _BY_GROUP.get(name.lower()) if self.named else None
        if given is None or any(place >= start for place in self.chosen) or len(text) > len(given) + 1:
            return text
        if text and (text.isdigit() != given.isdigit() or (given.isdigit() and 1 < len(text) != len(given))):
            return text
        self.used = True
        return given

    def member(self, parts: Any) -> str:
        members = self.members(parts) or "a"
        plain = "1" if "1" in members and members[0] in "01" else members[0]
        others = [chr(argument) for op, argument in parts if str(op) == "LITERAL" and not _negates(parts)]
        options = list(dict.fromkeys([plain, *others[:6]]))
        return options[self.choose(len(options))] if len(options) > 1 else plain

    def members(self, parts: Any) -> str:
        chosen = ""
        for op, argument in parts:
            name = str(op)
            if name == "LITERAL":
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
        return "".join(char for char in _ALPHABET if char not in chosen) if _negates(parts) else chosen


def _negates(parts: Any) -> bool:
    return any(str(op) == "NEGATE" for op, _ in parts)
