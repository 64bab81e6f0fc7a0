"""A test in its text, and whether it failed because an expectation of its own does not hold."""

from __future__ import annotations

import ast
import re
from typing import TypeAlias

from pytest_aigen.data import Outcome, Run
from pytest_aigen.patterns import regex

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
#: What pytest says of an ``assert``, of ``raises`` and of the assertions of unittest and of mocks.
_SAID = regex(
    r"^E\s+(?:AssertionError\b|assert\s|Failed: DID NOT (?:RAISE|WARN)|pytest\.fail\.Exception: DID NOT)",
    re.M,
)


def failed_on_assertion(run: Run) -> bool:
    """Whether the run failed on an assertion, and not by an error in the test, its set-up or the code.

    >>> failed_on_assertion(Run(Outcome.FAILED, detail="E   assert 1 == 2"))
    True
    >>> failed_on_assertion(Run(Outcome.FAILED, detail="E   NameError: name 'x' is not defined"))
    False
    """
    return run.outcome is Outcome.FAILED and _SAID.search(run.detail) is not None


def function_of(text: str, test: str) -> Function | None:
    """The function that holds a test, by its node id within the module."""
    try:
        scope: ast.AST = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    for name in test.partition("[")[0].split("::"):
        inner = [child for child in ast.iter_child_nodes(scope) if getattr(child, "name", None) == name]
        if not inner:
            return None
        scope = inner[-1]
    return scope if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
