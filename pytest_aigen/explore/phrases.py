"""Values and conditions in words, as far as they read as parts of a name."""

from __future__ import annotations

import ast
import math
import re

from pytest_aigen.explore.moments import told
from pytest_aigen.explore.recipes import Code, Located, New, Recipe, Ref, Requested

_COMPARED = {
    ast.Lt: "is_below", ast.LtE: "is_at_most", ast.Gt: "is_above", ast.GtE: "is_at_least", ast.Eq: "is",
    ast.NotEq: "is_not", ast.In: "is_in", ast.NotIn: "is_not_in", ast.Is: "is", ast.IsNot: "is_not",
}  # fmt: skip
_OPPOSITE = {
    "is_below": "is_at_least", "is_at_most": "is_above", "is_above": "is_at_most", "is_at_least": "is_below",
    "is": "is_not", "is_not": "is", "is_in": "is_not_in", "is_not_in": "is_in",
}  # fmt: skip
#: Of a text: more of it does not read.
_MOST_WORDS, _LONGEST = 3, 24
#: Ints beyond this are only "large".
_LARGE = 10_000


def slug(text: str) -> str:
    """Words of a text as part of an identifier.

    >>> slug("Unknown unit: 'x'!"), slug("HTMLTextExtractor"), slug("NaN")
    ('unknown_unit_x', 'html_text_extractor', 'nan')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z]{2})|(?<=[A-Z])(?=[A-Z][a-z]{2})", "_", text)
    spaced = re.sub(r"(?<=[a-z]{2})(?=[A-Z])", "_", spaced)
    return re.sub(r"_+", "_", re.sub(r"[^0-9a-z]+", "_", spaced.lower())).strip("_")


def describe(value: Recipe) -> str:
    """A value in words; empty where no few words tell it from others.

    >>> describe(""), describe(-2), describe(0.5), describe([1, 2])
    ('empty_text', 'minus_2', 'fraction', 'two_items')
    """
    if isinstance(value, (str, bytes)):
        return _text(value)
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _items(value)
    if isinstance(value, dict):
        keys = [key for key in value if isinstance(key, str)]
        if not value:
            return "empty_dict"
        return f"key_{slug(keys[0])}" if len(value) == len(keys) == 1 and _reads(keys[0]) else "dict"
    if isinstance(value, New):
        return told(value) or slug(value.function.name.rpartition(".")[2])
    if isinstance(value, (Ref, Requested)):
        return slug(value.name.rpartition(".")[2])
    if isinstance(value, Located):
        what = "folder" if not value.name else slug(value.name) if value.content is None else "file"
        return (
            f"empty_{what}" if value.content in ("", b"") or (what == "folder" and not value.beside) else what
        )
    if isinstance(value, Code):
        return "function" if value.text.startswith("lambda") else "generator"
    return type(value).__name__


def _text(value: str | bytes) -> str:
    kind = "text" if isinstance(value, str) else "bytes"
    text = value if isinstance(value, str) else value.decode("latin-1")
    if not text:
        return f"empty_{kind}"
    if not text.strip():
        return "newline" if text in ("\n", "\r\n", "\r") else "blank"
    if _reads(text):
        return slug(text) if kind == "text" else f"{kind}_{slug(text)}"
    if not any(map(str.isalnum, text)):
        return "punctuation"
    if not text.isascii() and kind == "text":
        return "non_ascii_text"
    if len(text.splitlines()) > 1:
        return "several_lines"
    return f"long_{kind}" if len(text) > _LONGEST else ""


def _reads(text: str) -> bool:
    """Whether a text is little more than its words."""
    words = slug(text)
    strange = sum(not (char.isalnum() or char in " _-.") for char in text)
    few = words.count("_") < _MOST_WORDS and not re.search(r"(?:^|_)[a-z0-9](?:_[a-z0-9](?:_|$))", words)
    return 0 < len(words) <= _LONGEST and text.isascii() and strange <= 1 and few


def _number(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "infinity" if value > 0 else "minus_infinity"
    sign = "minus_" if value < 0 else ""
    if abs(value) >= _LARGE:
        power = len(str(abs(int(value)))) - 1
        if abs(value) == 10**power:
            return f"{sign}ten_to_the_{power}"
        return f"large_{sign and 'negative_'}number"
    if isinstance(value, float) and not value.is_integer():
        return f"{'negative_' if value < 0 else ''}{'fraction' if abs(value) < 1 else 'decimal'}"
    return f"{sign}{abs(int(value))}"


_COUNTS = ("", "one", "two", "three", "four", "five")


def _items(value: Recipe) -> str:
    kind = type(value).__name__
    if not value:
        return f"empty_{kind}"
    if len(value) == 1:
        inner = describe(next(iter(value)))
        return f"{kind}_of_{inner}" if inner and len(inner) <= 12 else f"one_item_{kind}"
    return f"{_COUNTS[len(value)]}_items" if len(value) < len(_COUNTS) else f"{kind}_of_{len(value)}"


# ------------------------------------------------------------------------------------------- conditions


def condition(test: ast.expr, holds: bool = True) -> str:
    """A condition in words; empty where it is not simple.

    >>> condition(ast.parse("value < low", mode="eval").body)
    'value_is_below_low'
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return condition(test.operand, not holds)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test, holds)
    if isinstance(test, ast.BoolOp) and len(test.values) == 2 and holds == isinstance(test.op, ast.And):
        parts = [condition(value, holds) for value in test.values]
        whole = "_and_".join(parts)
        return whole if all(parts) and len(whole) <= 36 else ""
    if isinstance(test, ast.Call):
        return _asked(test, holds)
    word = _word(test) if isinstance(test, (ast.Name, ast.Attribute)) else ""
    return word if holds or not word else f"no_{word}"


def _compared(test: ast.Compare, holds: bool) -> str:
    left, right = _word(test.left), _word(test.comparators[0])
    verb = _COMPARED.get(type(test.ops[0]), "")
    if not (left and right and verb) or left == right:
        return ""
    verb = verb if holds else _OPPOSITE[verb]
    if right == "0" and isinstance(test.left, (ast.Name, ast.Attribute)):
        plain = {
            "is_below": "is_negative",
            "is_above": "is_positive",
            "is": "is_zero",
            "is_not": "is_not_zero",
        }
        return f"{left}_{plain.get(verb, f'{verb}_{right}')}"
    return f"{left}_{verb}_{right}"


def _asked(test: ast.Call, holds: bool) -> str:
    """A question: ``isinstance(x, str)``, ``math.isnan(x)``, ``text.isdigit()``, ``callable(x)``."""
    negation = "" if holds else "not_"
    asked = test.func.attr if isinstance(test.func, ast.Attribute) else getattr(test.func, "id", "")
    words = [_word(arg) for arg in test.args]
    if not all(words) or test.keywords:
        return ""
    if isinstance(test.func, ast.Attribute) and not (len(words) == 1 and asked.startswith("is")):
        owner = _word(test.func.value)
        verb = re.sub(r"^(starts|ends)with$", r"\1_with", asked)
        verb = re.sub(r"^is(?=[a-z])", f"is_{negation}", verb)
        if not owner:
            return ""
        if not holds and not verb.startswith("is_"):
            verb = f"not_{verb}"
        return "_".join([owner, verb.strip("_"), *words]).replace("__", "_")
    if asked == "isinstance" and len(words) == 2:
        return f"{words[0]}_is_{negation}{words[1]}"
    if asked == "hasattr" and len(words) == 2:
        return f"{words[0]}_has_{'' if holds else 'no_'}{words[1]}"
    if asked == "callable" and words:
        return f"{words[0]}_is_{negation}callable"
    if len(words) == 1 and (said := re.match(r"_*is_?(\w+)", asked)):
        return f"{words[0]}_is_{negation}{slug(said[1])}"
    return ""


def _word(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return slug(node.id)
    if isinstance(node, ast.Attribute):
        return slug(node.attr)
    if isinstance(node, ast.Constant):
        return describe(node.value) if not isinstance(node.value, (bytes, type(...))) else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        inner = _word(node.args[0])
        name = {"len": "length"}.get(node.func.id, slug(node.func.id))
        return f"{name}_of_{inner}" if inner else ""
    return ""
