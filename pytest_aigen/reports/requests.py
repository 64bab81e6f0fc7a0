"""The requests of ``--ai-gen-mode=preview``, as they would be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pytest_aigen.data import Demand, Outgoing, Report
from pytest_aigen.reports.words import asked, count, place, visible


def shown(report: Report, verbosity: int) -> Iterator[str]:
    """Each request under a line that says what it is for: the bytes of its body, as text; for ``-v`` also its messages
    in lines that can be read.
    """
    if verbosity >= 0:
        yield f"preview: {amounts(report)}"
    total = len(report.outgoing)
    for number, request in enumerate(report.outgoing, 1):
        if verbosity >= 0:
            where = ", ".join(place(t.gap, report.root) for t in (request.target, *request.others))
            yield f"request {number} of {total}: {where}, {count(request.tokens, 'token')}"
        yield request.body.decode("utf-8", "replace")
        if verbosity > 0:
            yield from _readable(request)


def amounts(report: Report) -> str:
    """How much would be sent, and what it may cost."""
    requests = report.outgoing
    if not requests:
        return "nothing would be sent"
    prompts, replies = sum(r.tokens for r in requests), sum(r.reply_tokens for r in requests)
    unknown = ", price unknown" if report.estimate is None else ""
    return f"{asked(Demand(len(requests), prompts, replies, report.estimate))}{unknown}; nothing was sent"


def _readable(request: Outgoing) -> Iterator[str]:
    body: dict[str, Any] = json.loads(request.body)
    for message in body.get("messages", ()):
        yield f"  {visible(str(message.get('role')))}:"
        yield from (f"  | {visible(row)}" for row in str(message.get("content")).split("\n"))
