"""Other names for a candidate's own helpers, fixtures and imports, wherever it refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import libcst as cst

from pytest_aigen.errors import MergeError
from pytest_aigen.merge.references import Function, Occurrence, references
from pytest_aigen.merge.scope import ASKING


def rename(code: str, names: Mapping[str, str], fixtures: Mapping[str, str]) -> str:
    """The code with other names for variables of its module's scope, and for fixtures. Raises MergeError.

    Locals, attributes and keyword arguments that share a name stay. A fixture is renamed where it is asked for: in
    parameters of tests and fixtures (and in what their bodies do with them), ``usefixtures``, ``getfixturevalue``,
    ``fixture(name=...)`` and the indirect names of ``parametrize``.

    >>> rename("x = 1\\ndef test_x(x, y=x): f(x=x)\\n", {"x": "x_2"}, {})
    'x_2 = 1\\ndef test_x(x, y=x_2): f(x=x)\\n'
    """
    names = {old: new for old, new in names.items() if old != new}
    fixtures = {old: new for old, new in fixtures.items() if old != new}
    if not names and not fixtures:
        return code
    quick = _only_once(code, names, fixtures)
    if quick is not None:
        return quick
    try:
        found = references(code)
    except cst.ParserSyntaxError as exc:
        raise MergeError(f"the candidate cannot be renamed: {exc.message}") from exc
    texts: dict[cst.CSTNode, str] = {}
    for old, new in names.items():
        texts.update(_put(node, new) for node in found.of(old, found.top))
    if fixtures:
        for function in found.functions:
            for old in _requested(function) & fixtures.keys():
                nodes = found.of(old, function.scope)
                texts.update(_put(node, fixtures[old]) for node in nodes)
        for call in found.calls:
            for node in _fixture_strings(call):
                value = re.sub(r"\w+", lambda m: fixtures.get(m[0], m[0]), node.raw_value)
                texts[node] = f"{node.prefix}{node.quote}{value}{node.quote}"
    return found.replace(texts)


def _put(node: Occurrence, new: str) -> tuple[cst.CSTNode, str]:
    if isinstance(node, cst.ImportAlias):
        return node.name, f"{cst.Module([]).code_for_node(node.name)} as {new}"
    return node, new


def _only_once(code: str, names: Mapping[str, str], fixtures: Mapping[str, str]) -> str | None:
    """A name that is written once is a definition that nothing refers to: plain replacement does."""
    if any(names.get(old, new) != new for old, new in fixtures.items()):
        return None
    for old, new in {**fixtures, **names}.items():
        code, count = re.subn(rf"\b{re.escape(old)}\b", new, code, count=2)
        if count != 1:
            return None
    return code


# ------------------------------------------------------------------------------------------------ fixtures


def _requested(function: Function) -> set[str]:
    """Fixtures that a test or a fixture asks for by its parameters."""
    node = function.node
    own: set[str] = set()
    is_fixture = False
    for decorator in node.decorators:
        if _called(decorator.decorator).endswith("fixture"):
            is_fixture = True
            own |= _own_names(decorator.decorator, node.name.value)
    if not is_fixture and not node.name.value.startswith("test"):
        return set()
    params = node.params
    asked = {p.name.value for p in (*params.posonly_params, *params.params, *params.kwonly_params)}
    direct: set[str] = set()
    for decorator in function.decorators:
        if isinstance(decorator.decorator, cst.Call) and _called(decorator.decorator) == "parametrize":
            named, indirect = _argument_names(decorator.decorator)
            direct |= _words(named) - _words(indirect)
    return asked - direct - own


def _own_names(decorator: cst.BaseExpression, function: str) -> set[str]:
    """The name of the fixture itself: a parameter of that name asks for the fixture that it overrides."""
    for arg in decorator.args if isinstance(decorator, cst.Call) else ():
        if (
            arg.keyword is not None
            and arg.keyword.value == "name"
            and isinstance(arg.value, cst.SimpleString)
        ):
            return _words([arg.value])
    return {function}


def _fixture_strings(call: cst.Call) -> list[cst.SimpleString]:
    """The strings of a call that name fixtures."""
    name = _called(call)
    if name in ASKING:
        return [arg.value for arg in call.args if isinstance(arg.value, cst.SimpleString)]
    if name.endswith("fixture"):
        values = [a.value for a in call.args if a.keyword is not None and a.keyword.value == "name"]
        return [value for value in values if isinstance(value, cst.SimpleString)]
    if name == "parametrize":
        named, indirect = _argument_names(call)
        wanted = _words(indirect)
        # One string may hold direct names too; a fixture of the same name is never meant by those.
        return indirect + [s for s in named if _words([s]) <= wanted or len(_words([s]) & wanted)]
    return []


def _argument_names(call: cst.Call) -> tuple[list[cst.SimpleString], list[cst.SimpleString]]:
    """Strings of ``parametrize`` that hold argument names, and those among them, or beside them, that are indirect."""
    positional = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    keywords = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    first = keywords.get("argnames", positional[0] if positional else None)
    third = keywords.get("indirect", positional[2] if len(positional) > 2 else None)
    named = _strings(first)
    if isinstance(third, cst.Name):
        return named, named if third.value == "True" else []
    return named, _strings(third)


def _strings(node: cst.BaseExpression | None) -> list[cst.SimpleString]:
    if isinstance(node, cst.SimpleString):
        return [node]
    if isinstance(node, (cst.Tuple, cst.List)):
        return [e.value for e in node.elements if isinstance(e.value, cst.SimpleString)]
    return []


def _words(strings: Iterable[cst.SimpleString]) -> set[str]:
    return {word for node in strings for word in re.findall(r"\w+", node.raw_value)}


def _called(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Call):
        node = node.func
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
