"""What is left, why, and what a model would be asked for it, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pytest_aigen.data import Hurdle, Report
from pytest_aigen.reports.words import Said, amount, asked, count, obstacle_words, place, relative

#: What stands in the way of all that a file holds.
_OF_FILE = frozenset({Hurdle.UNIMPORTED, Hurdle.NOT_FOUND, Hurdle.ELSEWHERE})


def gaps(report: Report, width: int) -> list[Said]:
    """A heading, then each gap with why it is left, its details cut to a width unless 0; nothing where nothing is.

    Where the same stands in the way of a whole file, the file has one line.
    """
    if not report.left:
        return []
    why = {left.gap: left.obstacle for left in report.unreached}
    rows = []
    for (path, of_file), group in groupby(
        report.left, lambda gap: (gap.path, why[gap] if gap in why and why[gap].hurdle in _OF_FILE else None)
    ):
        several = list(group)
        if of_file is not None and len(several) > 1:
            said = f"{relative(path, report.root)}  {count(len(several), 'gap')}, {amount(gap.missing for gap in several)}"
            rows.append(Said(f"  {said}: {obstacle_words(of_file, width)}"))
            continue
        for gap in several:
            reason = f": {obstacle_words(why[gap], width)}" if gap in why else ""
            rows.append(Said(f"  {place(gap, report.root)}  {amount([gap.missing])}{reason}"))
    missing = amount(gap.missing for gap in report.left)
    return [Said(f"left: {count(len(report.left), 'gap')}, {missing}"), *rows]


def asked_of_a_model(report: Report) -> Iterator[Said]:
    if report.demand is not None and report.demand.requests:
        yield Said(f"  a model would be asked: {asked(report.demand)}")
