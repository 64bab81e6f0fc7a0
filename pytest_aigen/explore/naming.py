"""What a test is called: the function, what it does, and when."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Iterator, Sequence

from pytest_aigen.explore.constants import find
from pytest_aigen.explore.observe import Changed, Made, Printed, Raised, Returned, Seen
from pytest_aigen.explore.recipes import Code, New, Recipe, Ref

LONGEST = 70
_COMPARED = {
    ast.Lt: "is_below", ast.LtE: "is_at_most", ast.Gt: "is_above", ast.GtE: "is_at_least", ast.Eq: "is",
    ast.NotEq: "is_not", ast.In: "is_in", ast.NotIn: "is_not_in", ast.Is: "is", ast.IsNot: "is_not",
}  # fmt: skip
_OPPOSITE = {
    "is_below": "is_at_least", "is_at_most": "is_above", "is_above": "is_at_most", "is_at_least": "is_below",
    "is": "is_not", "is_not": "is", "is_in": "is_not_in", "is_not_in": "is_in",
}  # fmt: skip
#: First words of messages that say what is wrong with the input.
_COMPLAINTS = frozenset({
    "unknown", "invalid", "missing", "empty", "negative", "unsupported", "bad", "no", "duplicate", "unexpected", "illegal",
    "malformed", "too", "not", "unrecognized", "incorrect", "wrong", "out", "division", "insufficient",
})  # fmt: skip
_DANGLING = frozenset(
    {"in", "for", "of", "at", "to", "the", "a", "an", "by", "with", "not", "is", "must", "be", "from"}
)
_NO_NAMES = frozenset(
    {"result", "results", "ret", "out", "output", "value", "res", "rv", "r", "self", "cls", "x"}
)


def slug(text: str) -> str:
    """Words of a text as part of an identifier.

    >>> slug("Unknown unit: 'x'!")
    'unknown_unit_x'
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"_+", "_", re.sub(r"[^0-9a-z]+", "_", spaced.lower())).strip("_")


def name(seen: Seen, tree: ast.AST, qualname: str, taken: Collection[str]) -> str:
    """The first of several names, each saying less than the one before, that is short enough and not taken."""
    for offer in _offers(seen, tree, qualname):
        offer = f"test_{offer}"
        if len(offer) <= LONGEST and offer not in taken and offer.isidentifier():
            return offer
    stem = f"test_{subject(qualname)}"[: LONGEST - 4].rstrip("_")
    number = 2
    while f"{stem}_{number}" in taken or keyword.iskeyword(stem):
        number += 1
    return f"{stem}_{number}"


def subject(qualname: str) -> str:
    """``Stack.__len__`` is ``stack_len``."""
    return "_".join(filter(None, map(slug, qualname.replace(".<locals>", "").split(".")))) or "it"


def _offers(seen: Seen, tree: ast.AST, qualname: str) -> Iterator[str]:
    what = subject(qualname)
    node = find(tree, qualname)
    statement = _last(node, seen) if node is not None else None
    does = _does(seen, statement)
    when = _when(node, statement) if node is not None and statement is not None else ""
    inputs = _inputs(seen)
    if does.startswith("rejects_"):
        yield f"{what}_{does}"
    if when:
        yield f"{what}_{does}_when_{when}"
    if inputs:
        yield f"{what}_{does}_for_{inputs}"
        yield f"{what}_of_{inputs}"
    if when:
        yield f"{what}_when_{when}"
    yield f"{what}_{does}"


def _does(seen: Seen, statement: ast.stmt | None) -> str:
    came = seen.outcome
    if isinstance(came, Raised):
        words = _complaint(statement, came.message)
        return f"rejects_{words}" if words else f"raises_{slug(came.error.name.rpartition('.')[2])}"
    if isinstance(came, Returned):
        value = came.value
        if value is True or value is False:
            return f"is_{str(value).lower()}"
        if isinstance(statement, ast.Return):
            if isinstance(statement.value, ast.Name) and slug(statement.value.id) not in _NO_NAMES:
                return f"returns_{slug(statement.value.id)}"
        return f"returns_{describe(value)}"
    if isinstance(came, Made):
        return (
            "construction" if seen.call.kind == "init" else f"returns_{slug(came.of.name.rpartition('.')[2])}"
        )
    for effect in seen.effects:
        if isinstance(effect, Printed):
            return "prints"
        if isinstance(effect, Changed) and effect.argument is None:
            return f"changes_{slug(effect.look.format(''))}"
    return "changes_its_argument"


def _complaint(statement: ast.stmt | None, message: str) -> str:
    """The fixed words of the message, where they say what is wrong."""
    text = message
    if isinstance(statement, ast.Raise):
        for part in ast.walk(statement):
            if isinstance(part, ast.JoinedStr):
                text = "".join(str(p.value) if isinstance(p, ast.Constant) else "\x00" for p in part.values)
                break
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                text = re.sub(r"%\(?\w*\)?[srd]|\{[^}]*\}", "\x00", part.value)
                break
    words = slug(re.split(r"[:;.(,\x00]", text)[0].partition("'")[0]).split("_")
    while words and words[-1] in _DANGLING:
        words.pop()
    if words and words[0] in _COMPLAINTS and 2 <= len(words) <= 6:
        return "_".join(words)
    return ""


def _last(node: ast.AST, seen: Seen) -> ast.stmt | None:
    """The statement that ended the call."""
    kinds = ast.Raise if isinstance(seen.outcome, Raised) else ast.Return
    ran = [child for child in ast.walk(node) if isinstance(child, kinds) and child.lineno in seen.lines]
    return max(ran, key=lambda child: child.lineno, default=None)


def _when(node: ast.AST, statement: ast.stmt) -> str:
    """The innermost condition under which the statement runs, in words."""
    best: tuple[int, str] = (0, "")
    for child in ast.walk(node):
        if isinstance(child, ast.If) and child.lineno > best[0]:
            if any(statement is inner for part in child.body for inner in ast.walk(part)):
                best = (child.lineno, condition(child.test))
            elif any(statement is inner for part in child.orelse for inner in ast.walk(part)):
                best = (child.lineno, condition(child.test, False))
    return best[1]


def condition(test: ast.expr, holds: bool = True) -> str:
    """A condition in words; empty where it is not simple.

    >>> condition(ast.parse("value < low", mode="eval").body)
    'value_is_below_low'
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return condition(test.operand, not holds)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = _word(test.left), _word(test.comparators[0])
        verb = _COMPARED.get(type(test.ops[0]), "")
        if not (left and right and verb):
            return ""
        return f"{left}_{verb if holds else _OPPOSITE[verb]}_{right}"
    if isinstance(test, ast.BoolOp) and len(test.values) == 2 and holds == isinstance(test.op, ast.And):
        parts = [condition(value, holds) for value in test.values]
        return "_and_".join(parts) if all(parts) else ""
    if isinstance(test, ast.Call):
        return _asked(test, holds)
    word = _word(test) if isinstance(test, (ast.Name, ast.Attribute)) else ""
    return word if holds or not word else f"no_{word}"


def _asked(test: ast.Call, holds: bool) -> str:
    negation = "" if holds else "not_"
    if isinstance(test.func, ast.Name):
        if test.func.id == "isinstance" and len(test.args) == 2:
            left, right = _word(test.args[0]), _word(test.args[1])
            return f"{left}_is_{negation}{right}" if left and right else ""
        return f"{negation}{slug(test.func.id)}"
    if isinstance(test.func, ast.Attribute) and (owner := _word(test.func.value)):
        verb = re.sub(r"^(starts|ends)with$", r"\1_with", test.func.attr)
        verb = re.sub(r"^is(?=[a-z])", "is_", verb)
        words = [_word(arg) for arg in test.args]
        return "_".join([owner, negation.rstrip("_"), verb, *words]).replace("__", "_") if all(words) else ""
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
        return f"{slug(node.func.id)}_of_{inner}" if inner else ""
    return ""


def _inputs(seen: Seen) -> str:
    values: Sequence[Recipe] = [arg.value for arg in seen.call.args]
    words = [describe(value) for value in values]
    if not values and seen.call.receiver is not None:
        words = [
            describe(value)
            for value in (*seen.call.receiver.args, *(v for _, v in seen.call.receiver.kwargs))
        ]
    return "_and_".join(filter(None, words)) if len(words) <= 2 else "_".join(filter(None, words))


def describe(value: Recipe) -> str:
    """A value in words.

    >>> describe(""), describe(-2), describe([1, 2])
    ('empty_text', 'minus_2', '1_2')
    """
    if isinstance(value, str):
        words = slug(value)
        if not value:
            return "empty_text"
        if not value.strip():
            return "blank"
        return words if 0 < len(words) <= 24 else "text"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ("minus_" if value < 0 else "") + (
            slug(str(abs(value))) if len(str(value)) <= 12 else "number"
        )
    if isinstance(value, (list, tuple, set, frozenset)):
        kind = type(value).__name__
        if not value:
            return f"empty_{kind}"
        items = "_".join(
            describe(item)
            for item in (value if isinstance(value, (list, tuple)) else sorted(value, key=repr))
        )
        return items if len(items) <= 16 else f"{kind}_of_{len(value)}"
    if isinstance(value, dict):
        keys = "_".join(describe(key) for key in value)
        return "empty_dict" if not value else keys if len(keys) <= 16 else f"dict_of_{len(value)}"
    if isinstance(value, New):
        return slug(value.function.name.rpartition(".")[2])
    if isinstance(value, Ref):
        return slug(value.name.rpartition(".")[2])
    if isinstance(value, Code):
        return "function"
    return slug(repr(value))[:24] or type(value).__name__
