"""Whether a failure contradicts what the source promises: one small rule for each kind of contract.

A rule holds only if what was expected keeps the promise and what came breaks it, and if the words that are quoted are
about this very call. All else is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from pytest_aigen.data import Contract
from pytest_aigen.suspects import contracts, inverse, words
from pytest_aigen.suspects.contracts import Function
from pytest_aigen.suspects.failing import Failure, Unknown, last_name, literal

#: Names that tell of a test that puts something else in the place of real code.
_FAKES = re.compile(
    r"\b(?:Magic|Async|NonCallable)*Mock\b|\bmocker\b|\bpatch(?:\.|\b)|\bmonkeypatch\b|\bcreate_autospec\b"
)


def contract(failure: Failure, source: str, qualname: str, code: str) -> Contract | None:
    """The contract that the code breaks, by the failure of a test whose whole code is ``code``; None where the test may
    be as wrong. ``source`` is the module under test and ``qualname`` what of it the test was written for.
    """
    if _FAKES.search(code):
        return None
    function = contracts.called(source, failure.call, qualname)
    if function is None:
        return None
    for rule in RULES:
        with suppress(Unknown):
            if (found := rule(failure, function)) is not None:
                return found
    return None


# ------------------------------------------------------------------------------------------------- the rules


def example(failure: Failure, function: Function) -> Contract | None:
    """The docstring shows this call with the value that was expected."""
    if not _is_exact(failure):
        return None
    shown, wanted = function.shown(failure.call), failure.wanted()
    if shown is None or not _same(shown.value, wanted) or _keeps(failure, lambda v: _same(v, wanted)):
        return None
    return Contract("docstring", shown.text)


def documented_error(failure: Failure, function: Function) -> Contract | None:
    """The docstring says that this error is raised for such an argument, and nothing is raised."""
    if failure.kind != "raises":
        return None
    given = function.given(failure.call)
    for name, condition, said in contracts.raised(function.doc):
        about = words.condition(condition, function.parameters)
        if name == failure.operator and about and about[0] in given and about[1](given[about[0]]):
            return Contract("docstring", said)
    return None


def demanded(failure: Failure, function: Function) -> Contract | None:
    """The message of a ``raise`` demands of an argument what this one does not keep, and nothing is raised."""
    if failure.kind != "raises":
        return None
    given = function.given(failure.call)
    for name, message in contracts.messages(function):
        about = words.demand(message, function.parameters)
        if name == failure.operator and about and about[0] in given and _applies(given[about[0]]):
            if not about[1](given[about[0]]):
                return Contract("message", message)
    return None


def unfilled(failure: Failure, function: Function) -> Contract | None:
    """A message shows its placeholder where the value was to stand."""
    if failure.kind != "match":
        return None
    wanted, actual = failure.wanted(), failure.value()
    parts = _PLACEHOLDER.split(actual)
    if len(parts) == 1 or _PLACEHOLDER.search(wanted):
        return None
    filled = ".+".join(re.escape(part) for part in parts)
    plain = re.sub(r"\\(\W)", r"\1", wanted)
    raised = [message for _, message in contracts.messages(function)]
    return Contract("message", actual) if re.fullmatch(filled, plain, re.S) and actual in raised else None


_PLACEHOLDER = re.compile(r"%[rsd]|\{\w*(?:![rs])?\}")


def conditional(failure: Failure, function: Function) -> Contract | None:
    """``Returns None if name is empty``, of an argument that is so, in the docstring or in a comment."""
    if not _is_exact(failure):
        return None
    given, wanted = function.given(failure.call), failure.wanted()
    said = [("docstring", sentence) for sentence in contracts.sentences(function.doc)]
    said += [("comment", comment) for comment, _ in contracts.comments(function)]
    for kind, sentence in said:
        for value, condition in words.results(sentence):
            about = words.condition(condition, function.parameters)
            if about and about[0] in given and about[1](given[about[0]]) and _same(value, wanted):
                if not _keeps(failure, lambda v: _same(v, wanted)):
                    return Contract(kind, sentence)
    return None


def promised(failure: Failure, function: Function) -> Contract | None:
    """What is said of each value that is returned: ``never negative``, ``sorted``."""
    if failure.kind != "compare" or not function.is_plain or not _fitting(failure, function):
        return None
    actual = failure.value()
    said = [("docstring", sentence) for sentence in contracts.returned(function.doc)]
    said += [("comment", comment) for comment, is_of_return in contracts.comments(function) if is_of_return]
    for kind, sentence in said:
        for holds in words.promises(sentence):
            if not holds(actual) and _expects(failure, holds):
                return Contract(kind, sentence)
    return None


def annotated(failure: Failure, function: Function) -> Contract | None:
    """A value of another type than the annotation promises."""
    if not function.is_plain or not _fitting(failure, function):
        return None
    allowed = contracts.types(function.node.returns)
    if not allowed or contracts.fits(failure.value(), allowed):
        return None
    if failure.kind == "type":
        expected = contracts.types(ast.parse(failure.expected, mode="eval").body)
        keeps = bool(expected) and set(expected) <= set(allowed)
    else:
        keeps = _is_exact(failure) and contracts.fits(failure.wanted(), allowed)
    return Contract("annotation", f"{_head(function)}") if keeps else None


def named(failure: Failure, function: Function) -> Contract | None:
    """A question such as ``is_empty`` that is answered by yes or no elsewhere, and not here."""
    if not re.match(r"_*(?:is|has|can|should)_\w", function.name) or not function.is_plain:
        return None
    if not _is_exact(failure) or not isinstance(failure.wanted(), bool) or isinstance(failure.value(), bool):
        return None
    answers = [n.value for n in contracts.own(function.node) if isinstance(n, ast.Return)]
    if not any(_is_answer(value) for value in answers) or not _fitting(failure, function):
        return None
    return Contract("name", function.name)


def undone(failure: Failure, function: Function) -> Contract | None:
    """What one function does, the other does not undo."""
    trip = inverse.round_trip(failure.call)
    if trip is None or not _is_exact(failure):
        return None
    inner, given = trip
    value, wanted = literal(ast.unparse(given)), failure.wanted()
    there = {f.name for f in contracts.functions(function.source) if f.owner == function.owner}
    if not _same(value, wanted) or not inverse.is_plain(value) or last_name(inner.func) not in there:
        return None
    if _keeps(failure, lambda v: _same(v, wanted)):
        return None
    return Contract("inverse", f"{function.name}({last_name(inner.func)}(x)) == x")


Rule = Callable[[Failure, Function], "Contract | None"]
RULES: tuple[Rule, ...] = (
    example,
    conditional,
    documented_error,
    demanded,
    unfilled,
    promised,
    annotated,
    named,
    undone,
)


# ----------------------------------------------------------------------------------------------- what they ask


def _is_exact(failure: Failure) -> bool:
    """Whether one value was expected and no other."""
    return failure.kind == "compare" and failure.operator in ("==", "is")


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type: ``1`` is not ``True``."""
    return type(one) is type(other) and bool(one == other)


def _keeps(failure: Failure, holds: Callable[[Any], bool]) -> bool:
    """Whether what came, as far as it can be read, is what was wanted: then something else is wrong."""
    try:
        return holds(failure.value())
    except Unknown:
        return False


def _applies(value: Any) -> bool:
    """Whether a demand such as ``must be positive`` can be about the value at all."""
    return value is not None and not isinstance(value, bool)


def _fitting(failure: Failure, function: Function) -> bool:
    """Whether the arguments are of the types that are asked for: what is given wrongly may come back as anything."""
    given = function.given(failure.call)
    for name, value in given.items():
        allowed = contracts.types(function.annotation(name))
        if allowed and not contracts.fits(value, allowed):
            return False
    return True


def _expects(failure: Failure, holds: Callable[[Any], bool]) -> bool:
    """Whether the test demands the very thing that was promised."""
    wanted = failure.wanted()
    if failure.operator in ("==", "is"):
        return holds(wanted)
    return failure.operator in (">", ">=") and not isinstance(wanted, bool) and wanted == 0


def _head(function: Function) -> str:
    node = function.node
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"def {node.name}({ast.unparse(node.args)}){returns}"


def _is_answer(value: ast.expr | None) -> bool:
    """Whether an expression is plainly true or false."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, bool)
    return isinstance(value, ast.Compare) or (
        isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Not)
    )


def quoted(reason: str, source: str, call: ast.Call | None, qualname: str) -> Iterator[tuple[str, str]]:
    """``(kind, words)`` of what a reason quotes and the function under test really says."""
    by_name = [f for f in contracts.functions(source) if f"{f.owner}.{f.name}".lstrip(".") == qualname]
    if not by_name and call is not None:
        by_name = [f for f in (contracts.called(source, call, qualname),) if f]
    for function in by_name[:1]:
        places = [("docstring", f"{function.doc} {function.owner_doc}"), ("annotation", _head(function))]
        places += [("comment", text) for text, _ in contracts.comments(function)]
        places += [("message", text) for _, text in contracts.messages(function)]
        for quote in re.findall(
            r"\"([^\"]{6,})\"|'((?:[^']|'(?=\w)){6,})'|`([^`]{6,})`|“([^”]{6,})”", reason
        ):
            said = " ".join("".join(quote).split())
            for kind, text in places:
                if said.strip(" .") and said.strip(" .") in " ".join(text.split()):
                    yield kind, said
                    break
