"""What is left, why, and what a model would be asked for it, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_aigen.data import Report
from pytest_aigen.reports.words import Said, amount, asked, count, obstacle_words, place


def gaps(report: Report) -> list[Said]:
    """A heading, then each gap with why it is left; nothing where nothing is."""
    if not report.left:
        return []
    why = {left.gap: f": {obstacle_words(left.obstacle)}" for left in report.unreached}
    missing = amount(gap.missing for gap in report.left)
    return [
        Said(f"left: {count(len(report.left), 'gap')}, {missing}"),
        *(
            Said(f"  {place(gap, report.root)}  {amount([gap.missing])}{why.get(gap, '')}")
            for gap in report.left
        ),
    ]


def asked_of_a_model(report: Report) -> Iterator[Said]:
    if report.demand is not None and report.demand.requests:
        yield Said(f"  a model would be asked: {asked(report.demand)}")
