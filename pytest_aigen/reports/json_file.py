"""Writes ``--ai-gen-report=json:PATH``, as `report.schema.json` says."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aigen.data import (
    Accepted,
    Coverage,
    Covered,
    Forecast,
    Gap,
    Mutant,
    Price,
    Reached,
    Rejected,
    Report,
    Suspect,
    Verdict,
)
from pytest_aigen.privacy.redaction import Redactor, secret_values
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
        "since": report.since or None,
        "command": list(report.command),
        "engine": report.engine,
        "coverage": {"before": _coverage(report.before, root), "after": _coverage(report.after, root)},
        "targets": [
            {"test_path": _path(target.test_path, root), **_gap(target.gap, root)}
            for target in report.targets
        ],
        "verdicts": [_verdict(v, root, redundant=id(v.candidate) in dropped) for v in report.verdicts],
        "failing": list(report.failing),
        "suspects": [_suspect(suspect, root) for suspect in report.suspects],
        "proven": [
            {
                "test": trial.candidate.name,
                "test_path": _path(trial.edit.path, root),
                "target": f"{trial.candidate.target.module}:{trial.candidate.target.gap.qualname}".rstrip(
                    ":"
                ),
                "seconds": round(trial.run.seconds, 3),
                "mutants": _mutants(trial.killed, trial.survived, root),
            }
            for trial in report.proven
        ],
        "stale": [
            {
                "test": stale.test,
                "test_path": _path(stale.path, root),
                "target": stale.subject,
                "why": stale.why.name.lower(),
                "reason": stale.reason,
                "removed": stale.removed,
                "hindered": stale.hindered,
            }
            for stale in report.stale
        ],
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
            "from_cache": report.usage.remembered,
            "unanswered": report.usage.unanswered,
        },
        "price": _price(report.price),
        "forecast": _forecast(report.forecast, root),
        "left": [_gap(gap, root) for gap in report.left],
        "unreached": [
            {
                "target": _spec(left.gap, root),
                "why": left.obstacle.hurdle.name.lower(),
                "detail": left.obstacle.detail,
            }
            for left in report.unreached
        ],
        "demand": asdict(report.demand) if report.demand else None,
        "skipped": [{**_gap(skipped.gap, root), "reason": skipped.reason} for skipped in report.skipped],
        "redacted": [asdict(redaction) for redaction in report.redacted],
        "outgoing": [
            {
                "target": _spec(request.target.gap, root),
                "others": [_spec(other.gap, root) for other in request.others],
                "tokens": request.tokens,
                "reply_tokens": request.reply_tokens,
                "body": request.body.decode("utf-8", "replace"),
            }
            for request in report.outgoing
        ],
        "shortened": [
            {"target": _spec(one.target.gap, root), "left_out": list(one.left_out)}
            for one in report.shortened
        ],
        "estimate": report.estimate,
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


def _price(price: Price | None) -> dict[str, Any] | None:
    if price is None:
        return None
    above = [{"prompt_tokens": start, **asdict(rates)} for start, rates in price.above]
    return {**asdict(price.rates), "source": price.source, "above": above}


def _forecast(forecast: Forecast | None, root: Path) -> dict[str, Any] | None:
    if forecast is None:
        return None
    return {
        "model": forecast.model,
        "prompt_tokens": forecast.prompt_tokens,
        "reply_tokens": forecast.reply_tokens,
        "cost": forecast.cost,
        "targets": [
            {
                "target": _spec(one.target.gap, root),
                "prompt_tokens": one.prompt_tokens,
                "reply_tokens": one.reply_tokens,
                "cost": one.cost,
                "kept": one.kept,
            }
            for one in forecast.expected
        ],
    }


def _suspect(suspect: Suspect, root: Path) -> dict[str, Any]:
    return {
        "name": suspect.candidate.name,
        "target": _spec(suspect.candidate.target.gap, root),
        "contract": {"kind": suspect.contract.kind, "text": suspect.contract.text},
        "call": suspect.call,
        "expected": suspect.expected,
        "actual": suspect.actual,
        "said": suspect.said,
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


def _mutants(killed: Sequence[Mutant], survived: Sequence[Mutant], root: Path) -> dict[str, Any]:
    return {
        "killed": [_mutant(mutant, root) for mutant in killed],
        "survived": [_mutant(mutant, root) for mutant in survived],
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
        "mutants": _mutants(killed, survived, root),
        "code": candidate.code,
    }


def _without_secrets(value: Any, redactor: Redactor) -> Any:
    """Plain data with all texts redacted, but the requests: these are, and are to stay as they would be sent."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, list):
        return [_without_secrets(item, redactor) for item in value]
    if isinstance(value, dict):
        return {k: v if k == "outgoing" else _without_secrets(v, redactor) for k, v in value.items()}
    return value


def encoded(report: Report, redactor: Redactor) -> bytes:
    return (json.dumps(_without_secrets(document(report), redactor), indent=2) + "\n").encode()


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    redactor = Redactor(emails=settings.redact_emails, values=secret_values(os.environ))
    files.save("json", lambda: encoded(report, redactor), settings, config)
