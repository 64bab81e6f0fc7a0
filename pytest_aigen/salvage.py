"""What a failing test proves before it fails: the statements up to the last assertion that held."""

from __future__ import annotations

import ast
from dataclasses import replace

from pytest_aigen.assertions import function_of
from pytest_aigen.data import Candidate, Outcome, Trial


def salvaged(trial: Trial) -> Candidate | None:
    """What a failing test that reached something new proved before it failed."""
    if trial.run.outcome is not Outcome.FAILED or trial.run.line is None or not trial.gained:
        return None
    return before_failure(trial.candidate, trial.edit.after, trial.edit.tests[0], trial.run.line)


def before_failure(candidate: Candidate, text: str, test: str, line: int) -> Candidate | None:
    """The candidate, cut after its last assertion before the statement that failed; None where none came before.

    ``text`` is the test module in which it ran as ``test``, and ``line`` the line of it that failed. The failing
    expectation is not adapted: what comes after the cut is gone, and the whole test is reported as refused.
    """
    ran = function_of(text, test)
    own = function_of(candidate.code, candidate.name)
    if ran is None or own is None or len(ran.body) != len(own.body):
        return None
    failing = next((n for n, s in enumerate(ran.body) if s.lineno <= line <= (s.end_lineno or 0)), None)
    if failing is None:
        return None
    held = [number for number in range(failing) if _asserts(own.body[number])]
    if not held:
        return None
    last = own.body[held[-1]].end_lineno or 0
    if own.body[held[-1] + 1].lineno <= last:  # two statements in one line
        return None
    lines = candidate.code.splitlines(keepends=True)
    code = "".join(lines[:last] + lines[own.end_lineno :])
    return replace(candidate, code=code, origin=f"{candidate.origin}, cut before what failed")


def _asserts(statement: ast.stmt) -> bool:
    """Whether a statement holds an assertion: ``assert``, ``raises`` and ``warns``, methods called ``assert…``."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("raises", "warns") or name.startswith("assert"):
                return True
    return False
