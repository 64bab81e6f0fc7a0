"""What a passing test says of the code as it is: whether that was pasted, and whether the source says otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pytest_aigen.assertions import function_of
from pytest_aigen.data import Candidate, Proof
from pytest_aigen.edits import Edits
from pytest_aigen.suspects import contracts, words
from pytest_aigen.suspects.contracts import Function
from pytest_aigen.suspects.failing import Failure, Unknown, constants, last_name, literal, put_in

CHARACTERISATION = Proof("origin", "characterisation: says what the code does, not what it should")


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that a test asserts of a call."""

    call: ast.Call
    #: The value as text; of an exception that is expected, the pattern of its message as text, or ``""``.
    value: str
    raises: bool = False
    #: Where the value stands.
    node: ast.expr | None = None
    statement: ast.Assert | None = None


def key(call: ast.Call) -> str:
    """A call as text, the same however its function was imported.

    >>> key(ast.parse("shop.price(1)", mode="eval").body)
    'price(1)'
    """
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        call = ast.Call(ast.Name(call.func.attr, ast.Load()), call.args, call.keywords)
    return ast.unparse(call)


def assertions(code: str, test: str) -> Iterator[Assertion]:
    """The plain ones: ``assert call == value``, either way round, and ``with raises(E, match=...): call``."""
    function = function_of(code, test)
    if function is None:
        return
    for node in ast.walk(function):
        if not isinstance(node, (ast.Assert, ast.With, ast.AsyncWith)):
            continue
        known = constants(function, before=node.lineno)
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            if isinstance(node.test.ops[0], (ast.Eq, ast.Is)):
                sides = (node.test.left, node.test.comparators[0])
                for one, other in (sides, sides[::-1]):
                    call = put_in(one, known)
                    if isinstance(call, ast.Call):
                        yield Assertion(call, ast.unparse(put_in(other, known)), node=other, statement=node)
                        break
        elif isinstance(node, (ast.With, ast.AsyncWith)) and len(node.items) == len(node.body) == 1:
            manager, value = node.items[0].context_expr, getattr(node.body[0], "value", None)
            if isinstance(manager, ast.Call) and last_name(manager.func) == "raises" and value is not None:
                call = put_in(value, known)
                pattern = next((ast.unparse(k.value) for k in manager.keywords if k.arg == "match"), "")
                if isinstance(call, ast.Call):
                    yield Assertion(call, pattern, raises=True)


def pasted(candidate: Candidate, failures: Iterable[Failure]) -> Failure | None:
    """The earlier failure whose expectation this test replaces by what was observed."""
    said = list(assertions(candidate.code, candidate.name))
    for failure in failures:
        for assertion in said:
            if key(assertion.call) == key(failure.call) and _is_observed(assertion, failure):
                return failure
    return None


def _is_observed(assertion: Assertion, failure: Failure) -> bool:
    if failure.kind == "raises":
        return not assertion.raises
    if failure.kind == "match" and assertion.raises:
        with suppress(Unknown):
            return bool(re.sub(r"\\(\W)", r"\1", str(literal(assertion.value))) == failure.value())
        return False
    if assertion.raises or failure.kind != "compare":
        return False
    try:
        return bool(literal(assertion.value) == failure.value())
    except Unknown:
        return assertion.value == failure.actual


def follows_contract(candidate: Candidate, source: str) -> bool:
    """Whether all that the test asserts stands in the examples of a docstring."""
    said = list(assertions(candidate.code, candidate.name))
    return bool(said) and all(_shown(a, source, candidate.target.gap.qualname) for a in said)


def _shown(assertion: Assertion, source: str, qualname: str) -> bool:
    function = contracts.called(source, assertion.call, qualname)
    if function is None or assertion.raises:
        return False
    with suppress(Unknown):
        value = literal(assertion.value)
        example = function.shown(assertion.call)
        return example is not None and bool(example.value == value)
    return False


def contradicted(candidate: Candidate, source: str) -> Candidate | None:
    """The same test with what the source promises in the place of what it asserts; None where that agrees.

    A test of what the code does must not make a bug the truth. What comes back is to be judged as any other: it fails.
    """
    for assertion in assertions(candidate.code, candidate.name):
        function = contracts.called(source, assertion.call, candidate.target.gap.qualname)
        if function is None or assertion.node is None or assertion.statement is None:
            continue
        with suppress(Unknown):
            value = literal(assertion.value)
            example = function.shown(assertion.call)
            wanted = [example.value] if example else list(_results(assertion.call, function))
            if wanted and not any(type(w) is type(value) and w == value for w in wanted):
                return _with(candidate, function, "documented", assertion.node, repr(wanted[0]))
            if _breaks_annotation(value, assertion.call, function):
                promised = ast.unparse(function.node.returns) if function.node.returns else ""
                kinds = contracts.types(function.node.returns)
                if promised and len(kinds) == 1 and kinds[0] is not type(None):
                    new = f"isinstance({ast.unparse(assertion.call)}, {kinds[0].__name__})"
                    return _with(candidate, function, "annotated", assertion.statement.test, new)
    return None


def _results(call: ast.Call, function: Function) -> Iterator[object]:
    given = function.given(call)
    for sentence in contracts.returned(function.doc):
        for value, condition in words.results(sentence):
            about = words.condition(condition, function.parameters)
            if about and about[0] in given and about[1](given[about[0]]):
                yield value


def _breaks_annotation(value: object, call: ast.Call, function: Function) -> bool:
    """Whether the value is None where the annotation has another type; other types are often written loosely."""
    allowed = contracts.types(function.node.returns)
    if value is not None or not allowed or not function.is_plain or contracts.fits(value, allowed):
        return False
    given = function.given(call)
    asked = {name: contracts.types(function.annotation(name)) for name in given}
    return all(not kinds or contracts.fits(given[name], kinds) for name, kinds in asked.items())


def _with(candidate: Candidate, function: Function, how: str, node: ast.expr, text: str) -> Candidate:
    """The test with another expectation, and a name that fits that."""
    edits = Edits(candidate.code)
    edits.replace(node, text)
    scope, mark, old = candidate.name.rpartition("::")
    new = f"test_{function.name.strip('_')}_as_{how}"
    code = re.sub(rf"(\bdef\s+){re.escape(old)}\b", rf"\g<1>{new}", edits.apply(), count=1)
    name = f"{scope}{mark}{new}"
    return replace(candidate, name=name, code=code, origin=f"{candidate.origin}, as {how}")
