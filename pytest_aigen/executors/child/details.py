"""Makes what pytest says about a failure short: the assert with its values, the last frames."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

LIMIT = 2000
_EVIDENCE = 1400


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """``skipped: needs a server``, ``xfailed: known``."""
    if hasattr(report, "wasxfail"):
        return f"xfailed: {report.wasxfail}".removesuffix(": ")
    where = report.longrepr
    reason = where[2] if isinstance(where, tuple) else report.longreprtext
    return f"skipped: {reason.removeprefix('Skipped: ')}"


def shorten(text: str, replacements: Iterable[tuple[str, str]], limit: int = LIMIT) -> str:
    """At most ``limit`` characters; the lines that pytest marks with ``E`` outlive the frames before them."""
    for old, new in replacements:
        text = text.replace(old, new)
    text = text.strip()
    if len(text) <= limit:
        return text
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("E ")), len(lines))
    frames = "\n".join(lines[:first])
    evidence = "\n".join(lines[first:])
    if not evidence:
        return _middle_out(frames, limit)
    evidence = _middle_out(evidence, max(_EVIDENCE, limit - len(frames) - 1))
    room = limit - len(evidence) - 1
    return (frames if len(frames) <= room else "..." + frames[len(frames) - room + 3 :]) + "\n" + evidence


def _middle_out(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = (limit - 5) * 2 // 3
    return text[:half] + "\n...\n" + text[len(text) - (limit - 5 - half) :]
