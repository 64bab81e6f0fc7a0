"""Writes ``--ai-gen-report=json:PATH``. Paths are relative to ``root``, with forward slashes. Schema version 1::

    schema_version   1; a change that breaks readers adds one
    root             absolute path of the project's root
    mode             write, diff, review, plan
    ended, detail    complete, reached, budget, interrupted, fault; and more about it
    seconds          of the whole run
    cov_target       percent that was asked for, or null
    coverage         {before, after}: {percent, files: {PATH: {percent, executed, missing, branches_taken,
                     branches_missing}}}, the last four being counts
    targets          [{target, test_path, lines, branches}]: what was, or would be, tried, in order
    verdicts         [{name, target, test_path, tests, origin, attempt, accepted, redundant, check, reason, outcome,
                     seconds, gained: {PATH: {lines, branches}}, proofs: [{check, says}], mutants: {killed: [MUTANT],
                     survived: [MUTANT]}, code}]; tests are the node ids, within test_path, under
                     which an accepted test lives now (a row of a table: test_x[row]); check and reason are null for an
                     accepted test; tests, gained, proofs and mutants are empty for a refused one; a MUTANT is {path, line,
                     operator, before, after}
    suspects         [{name, target, contract: {kind, text}, expected, actual, path, reason, code}]; kind is docstring,
                     annotation, name, message, comment, inverse or model; path is the file that keeps it, or null
    edits            [{path, new, tests, written}]
    unwritten        {PATH: reason}
    patches          {PATH: the patch file that keeps what was not written}
    usage            {requests, prompt_tokens, cached_tokens, reply_tokens, cost}; cost is null where a price is unknown
    left, skipped    [{target, lines, branches}], with a reason where skipped; lines and branches in numbers
    sandbox          {layers}: the names of those that were on where candidates ran, or would be; see docs/security
    notes            sentences

A target is ``path::qualname``, or ``path`` alone for the module's body; a branch is a pair ``[from, to]``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aigen.data import (
    Accepted,
    Coverage,
    Covered,
    Gap,
    Mutant,
    Reached,
    Rejected,
    Report,
    Suspect,
    Verdict,
)
from pytest_aigen.reports import files

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    root = report.root
    dropped = set(map(id, report.redundant))
    return {
        "schema_version": SCHEMA_VERSION,
        "root": root.as_posix(),
        "mode": report.mode,
        "ended": report.ended.name.lower(),
        "detail": report.detail,
        "seconds": round(report.seconds, 3),
        "cov_target": report.cov_target,
        "coverage": {"before": _coverage(report.before, root), "after": _coverage(report.after, root)},
        "targets": [
            {"test_path": _path(target.test_path, root), **_gap(target.gap, root)}
            for target in report.targets
        ],
        "verdicts": [_verdict(v, root, redundant=id(v.candidate) in dropped) for v in report.verdicts],
        "suspects": [_suspect(suspect, root) for suspect in report.suspects],
        "edits": [
            {
                "path": _path(edit.path, root),
                "new": edit.before is None,
                "tests": list(edit.tests),
                "written": report.writes and edit.path not in report.unwritten,
            }
            for edit in report.edits
        ],
        "unwritten": {_path(path, root): reason for path, reason in report.unwritten.items()},
        "patches": {_path(path, root): _path(patch, root) for path, patch in report.patches.items()},
        "usage": {
            "requests": report.usage.requests,
            "prompt_tokens": report.usage.prompt_tokens,
            "cached_tokens": report.usage.cached_tokens,
            "reply_tokens": report.usage.reply_tokens,
            "cost": report.usage.cost,
        },
        "left": [_gap(gap, root) for gap in report.left],
        "skipped": [{**_gap(skipped.gap, root), "reason": skipped.reason} for skipped in report.skipped],
        "sandbox": {"layers": list(report.sandbox)},
        "notes": list(report.notes),
    }


def _path(path: Path, root: Path) -> str:
    """Relative to the root; as it is where no relative path leads there, as between two drives."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:
        return path.as_posix()


def _spec(gap: Gap, root: Path) -> str:
    path = _path(gap.path, root)
    return path if gap.is_module_body else f"{path}::{gap.qualname}"


def _reached(reached: Reached) -> dict[str, Any]:
    return {"lines": sorted(reached.lines), "branches": [list(branch) for branch in sorted(reached.branches)]}


def _gap(gap: Gap, root: Path) -> dict[str, Any]:
    return {"target": _spec(gap, root), **_reached(gap.missing)}


def _coverage(coverage: Coverage, root: Path) -> dict[str, Any]:
    files = {}
    for path, file in sorted(coverage.files.items()):
        files[_path(path, root)] = {
            "percent": Coverage({path: file}).percent,
            "executed": len(file.executed & file.statements),
            "missing": len(file.missing.lines),
            "branches_taken": len(file.taken & file.branches),
            "branches_missing": len(file.missing.branches),
        }
    return {"percent": coverage.percent, "files": files}


def _suspect(suspect: Suspect, root: Path) -> dict[str, Any]:
    return {
        "name": suspect.candidate.name,
        "target": _spec(suspect.candidate.target.gap, root),
        "contract": {"kind": suspect.contract.kind, "text": suspect.contract.text},
        "expected": suspect.expected,
        "actual": suspect.actual,
        "path": None if suspect.path is None else _path(suspect.path, root),
        "reason": suspect.rejected.refusal.reason,
        "code": suspect.candidate.code,
    }


def _mutant(mutant: Mutant, root: Path) -> dict[str, Any]:
    return {
        "path": _path(mutant.path, root),
        "line": mutant.line,
        "operator": mutant.operator,
        "before": mutant.before,
        "after": mutant.after,
    }


def _verdict(verdict: Verdict, root: Path, *, redundant: bool) -> dict[str, Any]:
    candidate = verdict.candidate
    match verdict:
        case Accepted(trial):
            run, refusal = trial.run, None
            gained: Covered = trial.gained
            tests = trial.edit.tests
            proofs, killed, survived = trial.proofs, trial.killed, trial.survived
        case Rejected(_, refusal, run):
            gained, tests, proofs, killed, survived = {}, (), (), (), ()
    return {
        "name": candidate.name,
        "target": _spec(candidate.target.gap, root),
        "test_path": _path(candidate.target.test_path, root),
        "tests": list(tests),
        "origin": candidate.origin,
        "attempt": candidate.attempt,
        "accepted": refusal is None,
        "redundant": redundant,
        "check": refusal.check if refusal else None,
        "reason": refusal.reason if refusal else None,
        "outcome": run.outcome.name.lower(),
        "seconds": round(run.seconds, 3),
        "gained": {_path(path, root): _reached(reached) for path, reached in sorted(gained.items())},
        "proofs": [{"check": proof.check, "says": proof.says} for proof in proofs],
        "mutants": {
            "killed": [_mutant(mutant, root) for mutant in killed],
            "survived": [_mutant(mutant, root) for mutant in survived],
        },
        "code": candidate.code,
    }


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    files.save("json", lambda: (json.dumps(document(report), indent=2) + "\n").encode(), settings, config)
