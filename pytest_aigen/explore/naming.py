"""What a test is called: the function, what it does, and when."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from pytest_aigen.explore.definitions import find
from pytest_aigen.explore.observe import (
    Changed,
    Given,
    Itself,
    Like,
    Logged,
    Made,
    Printed,
    Raised,
    Returned,
    Seen,
    Stored,
    Warned,
)
from pytest_aigen.explore.phrases import condition, describe, slug
from pytest_aigen.explore.recipes import New, Recipe
from pytest_aigen.explore.room import Left

LONGEST = 70
#: First words of messages that say what is wrong with the input.
_COMPLAINTS = frozenset({
    "unknown", "invalid", "missing", "empty", "negative", "unsupported", "bad", "no", "duplicate", "unexpected", "illegal",
    "malformed", "too", "unrecognized", "incorrect", "wrong", "division", "insufficient", "non",
})  # fmt: skip
_DANGLING = frozenset({
    "in", "for", "of", "at", "to", "the", "a", "an", "by", "with", "not", "is", "must", "be", "from", "got", "are", "but",
    "one", "or", "and", "as", "than", "type", "on", "was", "were", "should", "given", "value",
})  # fmt: skip
#: Said of what comes back, they say nothing.
_VAGUE = frozenset({"long_text", "several_lines", "non_ascii_text", "punctuation", "large_number"})
_NO_NAMES = frozenset({
    "result", "results", "ret", "out", "output", "value", "res", "rv", "r", "self", "cls", "x", "retval", "cur", "data", "args",
})  # fmt: skip


def names(seen: Sequence[Seen], tree: ast.AST, qualname: str) -> list[str]:
    """A name for each of several tests of one function; what all calls share is not said."""
    taken: set[str] = set()
    found = []
    for one in seen:
        found.append(name(one, tree, qualname, taken, among=seen))
        taken.add(found[-1])
    return found


def name(seen: Seen, tree: ast.AST, qualname: str, taken: Collection[str], among: Sequence[Seen] = ()) -> str:
    """The first of several names, each saying less than the one before, that is short enough and not taken."""
    for offer in _offers(seen, tree, qualname, among):
        offer = f"test_{offer}"
        if len(offer) <= LONGEST and offer not in taken and offer.isidentifier():
            return offer
    stem = f"test_{subject(qualname, seen.call.kind)}"[: LONGEST - 4].rstrip("_")
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def optional(tree: ast.AST, qualname: str) -> frozenset[str]:
    """Parameters that have a default."""
    node = find(tree, qualname)
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset()
    given = [*node.args.posonlyargs, *node.args.args]
    return (
        frozenset(arg.arg for arg in given[len(given) - len(node.args.defaults) :])
        if node.args.defaults
        else frozenset()
    )


def subject(qualname: str, kind: str = "") -> str:
    """``Stack.__len__`` is ``stack_len``; what constructs is called as its class."""
    parts = qualname.replace(".<locals>", "").split(".")
    if kind == "init" and len(parts) > 1:
        parts = parts[:-1]
    return "_".join(filter(None, map(slug, parts))) or "it"


def _offers(seen: Seen, tree: ast.AST, qualname: str, among: Sequence[Seen]) -> Iterator[str]:
    what = subject(qualname, seen.call.kind)
    node = find(tree, qualname)
    statement = _last(node, seen) if node is not None else None
    given = (
        {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)} if node is not None else set()
    )
    does = _does(seen, statement, given)
    when = _when(node, statement) if node is not None and statement is not None else ""
    inputs, given_too = _inputs(seen, among), _with(seen, among)
    if does.startswith("rejects_"):
        yield f"{what}_{does}"
    if when and does:
        yield f"{what}_{does}_when_{when}"
    is_error = isinstance(seen.outcome, Raised)
    if when and not is_error:
        yield f"{what}_when_{when}"
    if given_too and does:
        yield f"{what}_{does}_with_{given_too}"
    if given_too and not is_error:
        yield f"{what}_with_{given_too}"
    if inputs and does and does != f"returns_{inputs}":
        yield f"{what}_{does}_for_{inputs}"
    if inputs and not is_error:
        yield f"{what}_of_{inputs}"
    if does:
        yield f"{what}_{does}"
    if when and is_error:
        yield f"{what}_fails_when_{when}"
    elif len(among) < 2:
        yield what
    if does and (more := _inputs(seen, ())) and more != inputs:
        yield f"{what}_{does}_for_{more}"
        yield f"{what}_of_{more}"


def _does(seen: Seen, statement: ast.stmt | None, given: Collection[str]) -> str:
    came = seen.outcome
    if isinstance(came, Raised):
        words = _complaint(statement, came.message)
        return f"rejects_{words}" if words else f"raises_{slug(came.error.name.rpartition('.')[2])}"
    if isinstance(came, Returned):
        return _returns(came.value, statement, given)
    if isinstance(came, Itself):
        return "enters_itself" if came.how in ("with", "raise", "awith") else "returns_itself"
    if isinstance(came, Given):
        return "returns_its_argument"
    if isinstance(came, Like):
        return ""
    if isinstance(came, Made):
        if seen.call.kind == "init":
            return ""
        return f"returns_{slug(came.of.name.rpartition('.')[2])}"
    for effect in seen.effects:
        if isinstance(effect, Left):
            return {"gone": "removes_file", "folder": "makes_folder"}.get(effect.form, "writes_file")
        if isinstance(effect, Printed):
            return "prints"
        if isinstance(effect, Warned):
            return "warns"
        if isinstance(effect, Logged):
            return "logs"
        if isinstance(effect, Changed) and effect.argument is None:
            return f"{'keeps' if effect.is_same else 'changes'}_{slug(effect.look.format(''))}"
        if isinstance(effect, Stored):
            return f"changes_{slug(effect.place.name)}"
    return "changes_its_argument"


def _returns(value: Recipe, statement: ast.stmt | None, given: Collection[str]) -> str:
    """Empty where neither the value nor the variable that held it says anything in few words."""
    if value is True or value is False:
        return f"is_{str(value).lower()}"
    held = ""
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name):
        held = slug(statement.value.id)
        if statement.value.id in given and held not in _NO_NAMES:
            return f"returns_{held}"
    words = describe(value)
    plain = (isinstance(value, (str, int, type(None))) and words not in _VAGUE) or not value
    if plain and words and len(words) <= 20:
        return f"returns_{words}"
    if held not in _NO_NAMES and len(held) > 3 and held.isalpha():
        return f"returns_{held}"
    return f"returns_{words}" if isinstance(value, New) else ""


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
    words = slug(re.split(r"[:;.(,<\x00]", text)[0].partition("'")[0]).split("_")
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
    """The innermost condition under which the statement runs, in words, if a caller can know what it is about."""
    best: tuple[int, ast.expr | None, bool] = (0, None, True)
    for child in ast.walk(node):
        if isinstance(child, ast.If) and child.lineno > best[0]:
            if any(statement is inner for part in child.body for inner in ast.walk(part)):
                best = (child.lineno, child.test, True)
            elif any(statement is inner for part in child.orelse for inner in ast.walk(part)):
                best = (child.lineno, child.test, False)
    if best[1] is None or not _speaks_to_callers(best[1], node):
        return ""
    return condition(best[1], best[2])


def _speaks_to_callers(test: ast.expr, node: ast.AST) -> bool:
    """Whether a condition is about parameters, attributes and what is known outside; of variables only long names say much."""
    bound = {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
    }
    given = {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
    used = {child.id for child in ast.walk(test) if isinstance(child, ast.Name)}
    return all(len(own.strip("_")) > 3 for own in used & bound - given)


def _inputs(seen: Seen, among: Sequence[Seen]) -> str:
    """The arguments in words; of several calls only those that differ from call to call."""
    pairs = [(arg.name, arg.value) for arg in seen.call.args]
    if not pairs and isinstance(seen.call.receiver, New) and len(among) > 1:
        made = seen.call.receiver
        pairs = [(str(place), value) for place, value in enumerate(made.args)] + list(made.kwargs)
        among = ()
    calls = [{arg.name: repr(arg.value) for arg in other.call.args} for other in among]
    differ = [
        (own, value) for own, value in pairs if len(calls) < 2 or len({call.get(own) for call in calls}) > 1
    ]
    optional = len(pairs) > 1
    words = [_argument(own, value, optional) for own, value in (differ or pairs)]
    words = list(dict.fromkeys(filter(None, words)))
    return "_and_".join(words[:2]) if len(words) <= 2 else ""


def _with(seen: Seen, among: Sequence[Seen]) -> str:
    """The arguments that this call has and not all of the others have."""
    shared = set.intersection(*({arg.name for arg in other.call.args} for other in among)) if among else set()
    own = [
        slug(arg.name)
        for arg in seen.call.args
        if arg.name not in shared and arg.form not in ("star", "stars")
    ]
    return "_and_".join(own) if among and len(own) <= 2 else ""


def _argument(own: str, value: Recipe, optional: bool) -> str:
    """A flag by its name, any other value by its own words."""
    if optional and (isinstance(value, bool) or value is None) and not own.isdigit():
        return slug(own) if value is True else f"no_{slug(own)}"
    return describe(value)
