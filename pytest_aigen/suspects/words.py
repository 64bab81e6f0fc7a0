"""Words about a value that a machine can check: ``is empty``, ``must not be negative``, ``never None``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

#: Says of a value whether the words hold; False also of a value that they do not fit.
Holds = Callable[[Any], bool]

_NUMBER = r"(-?\d+(?:\.\d+)?|zero|one)"
_NAMED = {"zero": 0.0, "one": 1.0}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _sized(value: Any) -> bool:
    return isinstance(value, (str, bytes, list, tuple, dict, set, frozenset))


def _number(test: Callable[[float], bool]) -> Holds:
    return lambda value: _is_number(value) and test(value)


_ADJECTIVES: dict[str, Holds] = {
    "empty": lambda v: _sized(v) and len(v) == 0,
    "blank": lambda v: isinstance(v, str) and not v.strip(),
    "negative": _number(lambda v: v < 0),
    "positive": _number(lambda v: v > 0),
    "zero": _number(lambda v: v == 0),
    "none": lambda v: v is None,
    "not empty": lambda v: _sized(v) and len(v) > 0,
    "non-empty": lambda v: _sized(v) and len(v) > 0,
    "not negative": _number(lambda v: v >= 0),
    "non-negative": _number(lambda v: v >= 0),
    "nonnegative": _number(lambda v: v >= 0),
    "not positive": _number(lambda v: v <= 0),
    "non-positive": _number(lambda v: v <= 0),
    "not zero": _number(lambda v: v != 0),
    "non-zero": _number(lambda v: v != 0),
    "not none": lambda v: v is not None,
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "less than": lambda v, n: v < n,
    "smaller than": lambda v, n: v < n,
    "lower than": lambda v, n: v < n,
    "below": lambda v, n: v < n,
    "greater than": lambda v, n: v > n,
    "larger than": lambda v, n: v > n,
    "more than": lambda v, n: v > n,
    "above": lambda v, n: v > n,
    "at least": lambda v, n: v >= n,
    "at most": lambda v, n: v <= n,
    "<=": lambda v, n: v <= n,
    ">=": lambda v, n: v >= n,
    "<": lambda v, n: v < n,
    ">": lambda v, n: v > n,
    "==": lambda v, n: v == n,
}
_ADJECTIVE = "|".join(sorted((a.replace("-", "[- ]") for a in _ADJECTIVES), key=len, reverse=True))
_QUALITY = re.compile(
    rf"(?:an? |the )?(?:(?P<adjective>{_ADJECTIVE})|(?P<comparison>{'|'.join(map(re.escape, _COMPARISONS))}) ?{_NUMBER})(?![\w-]| or )",
    re.I,
)


def quality(words: str) -> Holds | None:
    """What the beginning of these words says of a value; None where that is nothing that can be checked.

    >>> quality("less than 3, or so")(2)
    True
    """
    found = _QUALITY.match(words.strip())
    if found is None:
        return None
    if found["adjective"]:
        return _ADJECTIVES[re.sub(r"^(non) ", r"\1-", found["adjective"].lower())]
    compare = _COMPARISONS[found["comparison"].lower()]
    number = _NAMED.get(found[3].lower()) if found[3].lower() in _NAMED else float(found[3])
    return _number(lambda value: compare(value, number or 0.0))


def condition(words: str, parameters: tuple[str, ...]) -> tuple[str, Holds] | None:
    """The parameter that words such as ``the name is empty`` are about, and what they say of it; None where that is in
    doubt: more conditions, another subject, words that cannot be checked.
    """
    said = re.sub(r"[`*\"']+", "", " ".join(words.split()))
    if re.search(r"\b(and|or|unless|but|both|either|also)\b", said):
        return None
    for name in parameters:
        subject = rf"^(?:the |an? )?(?:given |argument |parameter |value of )?{re.escape(name)}(?: argument| parameter)?"
        if found := re.match(rf"{subject}(?: is| are)? ", said):
            if holds := quality(said[found.end() :]):
                return name, holds
    if len(parameters) == 1 and (
        found := re.match(
            r"^(?:the |an? )?(?:given )?(?:input|value|argument|list|string|text|sequence|number)(?: is| are) ",
            said,
        )
    ):
        if holds := quality(said[found.end() :]):
            return parameters[0], holds
    return None


def demand(message: str, parameters: tuple[str, ...]) -> tuple[str, Holds] | None:
    """What the message of a ``raise`` demands of a parameter: ``price must be positive``. What is demanded holds of
    good values.
    """
    said = re.sub(r"[`*\"']+", "", " ".join(message.split()))
    if re.search(r"\b(and|or|unless|but|both|either|if|when)\b", said):
        return None
    for name in parameters:
        found = re.match(
            rf"^(?:the )?{re.escape(name)} (must not be|must be|cannot be|can't be|may not be|should not be|should be) ",
            said,
        )
        if found and (holds := quality(said[found.end() :])):
            if found[1] in ("must be", "should be"):
                return name, holds
            return name, lambda value: not holds(value)
    return None


_PROMISES: tuple[tuple[str, Holds], ...] = (
    (r"\b(?:never|not|non|is not)[- ]?negative\b|\bnonnegative\b|\bnever (?:less than|below) (?:zero|0)\b", _number(lambda v: v >= 0)),
    (r"\balways positive\b", _number(lambda v: v > 0)),
    (r"\bnever none\b|\bnever returns none\b", lambda v: v is not None),
    (r"\bnever empty\b|\bnon-empty\b", lambda v: _sized(v) and len(v) > 0),
    (r"\b(?:in )?lower ?case(?:d)?\b", lambda v: not isinstance(v, str) or v == v.lower()),
    (r"\b(?:in )?upper ?case(?:d)?\b", lambda v: not isinstance(v, str) or v == v.upper()),
    (r"\bsorted\b|\bin ascending order\b", lambda v: _ascending(v)),
    (r"\bwithout duplicates\b|\bno duplicates\b", lambda v: _distinct(v)),
)  # fmt: skip
#: Beside these the words above are not said of the whole value, or not always.
_HEDGED = re.compile(
    r"\b(if|when|unless|except|by|descending|reverse[d]?|key|or|otherwise|first|last|whether|number of|count of)\b",
    re.I,
)


def _ascending(value: Any) -> bool:
    try:
        return not isinstance(value, (list, tuple)) or list(value) == sorted(value)
    except TypeError:
        return True


def _distinct(value: Any) -> bool:
    return not isinstance(value, (list, tuple)) or len({repr(item) for item in value}) == len(value)


def promises(sentence: str) -> list[Holds]:
    """What a sentence about the value that is returned says of it, whatever was given."""
    if _HEDGED.search(sentence):
        return []
    return [holds for pattern, holds in _PROMISES if re.search(pattern, sentence, re.I)]


#: What stands for a value in a sentence, and the value.
_VALUES = r"(True|False|None|-?\d+(?:\.\d+)?|'[^']*'|\"[^\"]*\"|\[\]|\{\}|\(\)|an empty (?:string|list|dict|dictionary|tuple|set)|zero)"
_OF_WORDS: dict[str, Any] = {
    "an empty string": "", "an empty list": [], "an empty dict": {}, "an empty dictionary": {}, "an empty tuple": (),
    "an empty set": set(), "zero": 0,
}  # fmt: skip
_MARKUP = re.compile(r":\w+:`([^`<]*?)(?: <[^`]*)?`|`+|\*+")
_GIVEN = re.compile(rf"(?:^|[\s,;:(]){_VALUES},? (?:if|when|for) ([^.;,()]+)")
_FIRST = re.compile(
    rf"(?:^|[.;] )(?:if|when) ([^.;,()]+), (?:it )?(?:returns?|the result is|gives?) {_VALUES}(?=[.,;]|$)",
    re.I,
)


def results(sentence: str) -> list[tuple[Any, str]]:
    """``(value, condition)`` of each ``VALUE if CONDITION`` in a sentence, and ``If CONDITION, returns VALUE``.

    >>> results("Return None if name is empty, the name otherwise.")
    [(None, 'name is empty')]
    """
    plain = _MARKUP.sub(lambda m: m[1] or "", " ".join(sentence.split()))
    found = [(m[1], m[2]) for m in _GIVEN.finditer(plain)] + [(m[2], m[1]) for m in _FIRST.finditer(plain)]
    return [
        (_value(value), said.strip())
        for value, said in found
        if not re.search(r"\bnot\s*$", plain[: plain.find(value)])
    ]


def _value(words: str) -> Any:
    return _OF_WORDS[words.lower()] if words.lower() in _OF_WORDS else ast.literal_eval(words)
