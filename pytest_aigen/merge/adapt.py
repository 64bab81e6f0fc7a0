"""A candidate in the style of its module: as a method where the tests of the same function are methods, async as they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from pytest_aigen.edits import Edits
from pytest_aigen.merge import unittest_style
from pytest_aigen.merge.asynchronous import Mode, awaiting, in_mode, marks_all, mode_of, unmarked
from pytest_aigen.merge.indent import reindent
from pytest_aigen.merge.kin import Test, case_class, model
from pytest_aigen.merge.layout import Layout
from pytest_aigen.merge.scope import FUNCTION, Function, called, first_line, fixture_name, parameters, parse

_HEAD = re.compile(r"((?:async[ \t]+)?def[ \t]+\w+[ \t]*\()[ \t]*")
#: Decorators that do to a method what they do to a function.
_SAME = re.compile(
    r"@?(pytest\.mark\.\w+|(unittest\.)?(mock\.)?patch(\.\w+)?|(hypothesis\.)?(given|settings|example))\b"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A candidate's code, written in one of several ways, and the name of its test."""

    code: str
    name: str
    #: The class of the module that has to take it; None for a test that stands by itself.
    host: ast.ClassDef | None = None


def forms(layout: Layout, code: str, name: str, qualname: str) -> list[Form]:
    """How a candidate may stand in the module, what suits the module best first; as it was written comes last.

    Raises SyntaxError for code that does not parse.
    """
    found = [Form(code, name)]
    test = _plain(code, name)
    if test is None or "\r" in code:
        return found
    mode = mode_of(layout)
    if mode is not None and (changed := _edited(code, name, lambda t, edits: in_mode(t, edits, mode))):
        found.insert(0, Form(changed, name))
    relative = model(layout, qualname)
    if relative is not None and len(relative.owners) == 1:
        method = _as_method(layout, relative, code, name, mode)
        if method is not None:
            found.insert(0, method)
    return found


def _plain(code: str, name: str) -> Function | None:
    """The candidate's test, if it is a function by itself."""
    tree = parse(code)
    found = [s for s in tree.body if isinstance(s, FUNCTION) and s.name == name]
    return found[0] if len(found) == 1 else None


def _edited(code: str, name: str, rule: Callable[[Function, Edits], bool | None]) -> str:
    """The code with a rule applied to its test; empty where the rule says no, or changes nothing."""
    test = _plain(code, name)
    edits = Edits(code)
    if test is None or rule(test, edits) is False or not edits:
        return ""
    return edits.apply()


def _as_method(layout: Layout, relative: Test, code: str, name: str, mode: Mode | None) -> Form | None:
    host = relative.owners[0]
    kind = case_class(layout, host)
    test = _plain(code, name)
    if not kind or test is None or not _may_join(host, test, code, kind):
        return None
    if kind == "async":
        code = _edited(code, name, awaiting) or code
        code = _edited(code, name, unmarked) or code
    elif kind == "pytest":
        own = "all" if marks_all(_marks_of(host)) else mode
        if own is not None:
            code = _edited(code, name, lambda t, edits: in_mode(t, edits, own)) or code
    if kind in ("async", "unittest"):
        for rule in (unittest_style.expectations, unittest_style.asserts):
            code = _edited(code, name, rule) or code
        test = _plain(code, name)
        if test is None or test.decorator_list or (kind == "async" and "asyncio.run" in code):
            return None
    wrapped = _wrapped(layout, host, code, name)
    return Form(wrapped, f"{host.name}::{name}", host) if wrapped else None


def _may_join(host: ast.ClassDef, test: Function, code: str, kind: str) -> bool:
    """Whether the test would say the same as a method of the class."""
    if getattr(test, "type_params", None) or test.args.posonlyargs or test.args.vararg or test.args.kwarg:
        return False
    body = ast.get_source_segment(code, test) or ""
    words = re.findall(r"\w+", body)
    if "self" in words or any(word.startswith("__") and not word.endswith("__") for word in words):
        return False  # a private name means another one within a class
    asked = set(parameters(test))
    if kind in ("unittest", "async"):
        is_sync = isinstance(test, ast.FunctionDef)
        marks_only = all(
            re.match(r"pytest\.mark\.(asyncio|anyio)\b", ast.unparse(d)) for d in test.decorator_list
        )
        return (
            not asked
            and (not test.decorator_list or (kind == "async" and marks_only))
            and (is_sync or kind == "async")
        )
    overridden = {fixture_name(member) for member in host.body}
    decorators = [ast.unparse(d) for d in (*test.decorator_list, *host.decorator_list)]
    return (
        not asked & overridden
        and all(_SAME.match(text) for text in decorators)
        and not any(called(d) == "parametrize" for d in host.decorator_list)
    )


def _marks_of(host: ast.ClassDef) -> list[ast.expr]:
    own = [
        s.value for s in host.body if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == "pytestmark"
    ]
    return [*host.decorator_list, *own]


def _wrapped(layout: Layout, host: ast.ClassDef, code: str, name: str) -> str:
    """The code with its test as the one method of a class with the head of the module's class."""
    test = _plain(code, name)
    if test is None:
        return ""
    lines = code.split("\n")
    first, last = first_line(test) - 1, (test.end_lineno or 0) - 1
    while first and lines[first - 1].startswith("#"):
        first -= 1
    header = test.lineno - 1
    match = _HEAD.match(lines[header])
    if match is None:
        return ""
    others = any(parameters(test)) or test.args.kwonlyargs
    lines[header] = f"{match[1]}self{', ' if others else ''}{lines[header][match.end() :]}"
    head = [f"@{ast.unparse(d)}" for d in host.decorator_list]
    given = [ast.unparse(node) for node in (*host.bases, *host.keywords)]
    head.append(f"class {host.name}{f'({chr(44).join(given)})' if given else ''}:")
    return "\n".join(
        [*lines[:first], *head, *reindent(lines[first : last + 1], "    ", "    "), *lines[last + 1 :]]
    )
