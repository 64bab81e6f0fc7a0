"""The section at the end of pytest's output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import patches, unified
from pytest_aigen.data import Coverage, Ended, Rejected, Report, Suspect
from pytest_aigen.reports import added, expected, left, recheck
from pytest_aigen.reports.requests import shown
from pytest_aigen.reports.steps import next_step, to_run
from pytest_aigen.reports.summary import spent, written
from pytest_aigen.reports.words import Said, amount, broken, command, count, percent, plain, visible
from pytest_aigen.reports.words import place as _place
from pytest_aigen.reports.words import relative as _relative

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

#: Most entries of a list, unless more is asked for with ``-v``: the first that makes the section no longer than `LONG`,
#: or the last.
SHORT = (10, 6, 3)
LONG = 60
#: Most suspects that are at least named, and most lines of what each breaks.
NAMED = 10
PROMISE = 3
WIDTH = 100


def lines(report: Report, verbosity: int = 0) -> list[Said]:
    """The whole section without its heading: two lines for ``-q``, everything for ``-v``, else short enough for a screen or two."""
    if verbosity < 0 and report.mode != "preview":
        return [Said(_summary(report), "red" if report.unwritten else ""), Said(next_step(report))]
    if report.mode == "plan":
        parts = [_plan(report, verbosity), _sandbox(report), _notes(report), _end(report)]
    elif report.mode == "preview":
        requests = (Said(row, whole=True) for row in shown(report, verbosity))
        parts = [requests, _redacted(report), _notes(report), _end(report)]
    elif report.rechecks:
        parts = [
            recheck.lines(report, verbosity),
            _unwritten(report),
            _cost(report),
            _notes(report),
            _end(report),
        ]
    else:
        return _run(report, verbosity)
    return [line for part in parts for line in part]


def _run(report: Report, verbosity: int) -> list[Said]:
    said: list[Said] = []
    for most in SHORT if verbosity <= 0 else (0,):
        parts = [
            _suspects(report, most),
            _unwritten(report),
            added.lines(report, most),
            _coverage(report, most),
            _refused(report, most),
            _cost(report),
            _redacted(report),
            _left(report, most),
            _skipped(report, verbosity),
            _notes(report),
            _end(report),
        ]
        said = [line for part in parts for line in part]
        if len(said) <= LONG:
            break
    return said


def _cut(items: list[Said], most: int, what: str, indent: str = "  ") -> list[Said]:
    """The first of them, and how many more there are; all where ``most`` is 0."""
    if not most or len(items) <= most:
        return items
    return [*items[:most], Said(f"{indent}and {len(items) - most:,} more {what} (-v shows them)")]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows with their first column to the left, the others to the right, aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]


# ---------------------------------------------------------------------------------------------------- the parts


def _sandbox(report: Report) -> Iterator[Said]:
    if report.sandbox:
        yield Said(f"sandbox: {', '.join(report.sandbox)}")


def _coverage(report: Report, most: int) -> Iterator[Said]:
    rows = []
    for path, after in sorted(report.after.files.items()):
        before = report.before.files.get(path)
        if before is not None and before != after:
            alone = Coverage({path: before}).percent, Coverage({path: after}).percent
            rows.append((_relative(path, report.root), *map(percent, alone)))
    hidden = max(0, len(rows) - most) if most else 0
    rows = rows[: len(rows) - hidden]
    total = ("total", percent(report.before.percent), percent(report.after.percent))
    for text in _table([("coverage", "before", "after"), *rows, total]):
        yield Said(text)
    if hidden:
        yield Said(f"  {count(hidden, 'more file')} changed (-v shows them)")
    if report.since:
        yield Said(f"  (only{_of_changes(report)})")
    if report.mode == "diff":
        yield Said("  (after: if the patch is applied)")
    elif report.unwritten:
        yield Said("  (after: with the tests that could not be written)", "red")


def _suspects(report: Report, most: int) -> Iterator[Said]:
    """The first whole, then the names of some more."""
    if not report.suspects:
        return
    yield Said(
        f"{count(len(report.suspects), 'suspected bug')}: the code does not do what it promises", "red"
    )
    for number, suspect in enumerate(report.suspects):
        if not most or number < most:
            yield from _suspect(suspect, report, PROMISE if most else 0)
    if most:
        named = [_named(suspect, report) for suspect in report.suspects]
        yield from _cut(named, NAMED, "suspects")[most:]
    if not report.writes:
        yield Said("  (their tests are kept as files by a run that writes)")


def _named(suspect: Suspect, report: Report) -> Said:
    gap = suspect.candidate.target.gap
    return Said(f"  {_place(gap, report.root)}:{gap.first}  {plain(suspect.candidate.name)}", "red")


def _suspect(suspect: Suspect, report: Report, most: int) -> Iterator[Said]:
    yield _named(suspect, report)
    kind = "the model says" if suspect.contract.kind == "model" else suspect.contract.kind
    rows = [row.strip() for row in suspect.contract.text.splitlines() if row.strip()]
    promise = [
        Said(f"    {f'{kind}: ' if number == 0 else ' ' * (len(kind) + 2)}{_clipped(row)}")
        for number, row in enumerate(rows)
    ]
    yield from _cut(promise, most, "lines", " " * (len(kind) + 6))
    if suspect.said and suspect.said != suspect.contract.text:
        yield Said(f"    the model says: {_clipped(suspect.said)}")
    for title, words in (("call", suspect.call), ("expected", suspect.expected), ("actual", suspect.actual)):
        if words:
            yield Said(f"    {title}: {_clipped(words)}")
    if suspect.path is not None:
        yield Said(f"    run: pytest {command(suspect.path, report.root)}")


def _clipped(words: str) -> str:
    """Text of others in one line: it is shown whole, up to three times the width."""
    return plain(words, 3 * WIDTH)


def _unwritten(report: Report) -> Iterator[Said]:
    for path, reason in report.unwritten.items():
        yield Said(f"NOT WRITTEN: {_relative(path, report.root)}: {plain(reason)}", "red")
        if path in report.patches:
            what = "what would be removed is" if report.rechecks else "its tests are"
            yield Said(f"  {what} in {command(report.patches[path], report.root)}")
        else:
            what = "this is the change" if report.rechecks else "these are its tests"
            yield Said(f"  no patch file could be written either; {what}:")
            made = patches.patch((edit for edit in report.edits if edit.path == path), report.root)
            yield from (Said(visible(row.rstrip("\r\n")), whole=True) for row in unified.split(made.text))


def _refused(report: Report, most: int) -> Iterator[Said]:
    suspects = {id(suspect.rejected) for suspect in report.suspects}
    by_check: dict[str, list[Rejected]] = {}
    for rejected in report.rejected:
        if id(rejected) not in suspects:
            by_check.setdefault(rejected.refusal.check, []).append(rejected)
    if not by_check:
        return
    number = count(sum(map(len, by_check.values())), "test")
    yield Said(f"refused {number}{_rest(report) if most else ''}")
    examples = []
    for check, refusals in sorted(by_check.items(), key=lambda item: (-len(item[1]), item[0])):
        if most:
            one = "" if len(refusals) == 1 else "for one, "
            examples.append(
                Said(f"  {plain(check)} ({len(refusals):,}): {one}{_example(refusals[0], WIDTH)}")
            )
        else:
            yield Said(f"  {plain(check)} ({len(refusals):,})")
            yield from (Said(f"    {_example(rejected, 0)}") for rejected in refusals)
    yield from _cut(examples, most, "reasons")


def _rest(report: Report) -> str:
    """Where the others are; only a run that writes keeps them."""
    return " (-v shows all; now: pytest-aigen report -v)" if report.writes else " (-v shows all)"


def _example(rejected: Rejected, width: int) -> str:
    target = plain(rejected.candidate.target.gap.qualname) or "the module body"
    name = plain(rejected.candidate.name) or f"a reply for {target}"
    return f"{name}: {plain(rejected.refusal.reason, width)}"


def _cost(report: Report) -> Iterator[Said]:
    if report.usage.requests or report.usage.remembered:
        yield Said(spent(report))
    yield Said(f"took {report.seconds:.1f} s")


def _redacted(report: Report) -> Iterator[Said]:
    if report.redacted:
        places: dict[str, list[str]] = {}
        for kind, place, number in ((r.kind, r.place, r.count) for r in report.redacted):
            places.setdefault(plain(place), []).append(f"{number} {kind}" if number > 1 else kind)
        found = "; ".join(f"{place}: {', '.join(kinds)}" for place, kinds in places.items())
        total = count(sum(redaction.count for redaction in report.redacted), "secret")
        yield Said(f"redacted {total} from requests: {found}", "yellow")


def _left(report: Report, most: int) -> Iterator[Said]:
    heading, *items = left.gaps(report, WIDTH if most else 0) or [Said("")]
    if items:
        yield heading
        yield from _cut(items, most, "gaps")
        yield from left.asked_of_a_model(report)


def _skipped(report: Report, verbosity: int) -> Iterator[Said]:
    if report.skipped:
        hint = "" if verbosity > 0 else " (-v names them)"
        yield Said(f"not worth a test: {count(len(report.skipped), 'gap')}{hint}")
        for skipped in report.skipped if verbosity > 0 else ():
            yield Said(f"  {_place(skipped.gap, report.root)}: {plain(skipped.reason)}")


def _plan(report: Report, verbosity: int) -> Iterator[Said]:
    gaps = [target.gap for target in report.targets]
    if not gaps:
        yield Said("plan: nothing is missing")
        return
    files = count(len({gap.path for gap in gaps}), "file")
    missing = amount(gap.missing for gap in gaps)
    yield Said(f"plan: {count(len(gaps), 'target')} in {files}, {missing}; nothing was asked or changed")
    asked = expected.by_target(report)
    for target in report.targets:
        gap, test_path = target.gap, _relative(target.test_path, report.root)
        yield Said(f"  {_place(gap, report.root)}  {amount([gap.missing])}  -> {test_path}")
        if target in asked:
            yield Said(f"    {asked[target]}")
    yield from map(Said, expected.total(report))
    yield Said(f"coverage{_of_changes(report)} now: {percent(report.before.percent)}")
    yield from _skipped(report, verbosity)


def _of_changes(report: Report) -> str:
    """What the coverage is of, where that is not all."""
    return f" of the lines changed since {plain(report.since)}" if report.since else ""


def _notes(report: Report) -> Iterator[Said]:
    for note in report.notes:
        yield Said(f"note: {plain(note)}", "yellow")


def _end(report: Report) -> Iterator[Said]:
    detail = f" ({plain(report.detail)})" if report.detail else ""
    if report.mode == "diff":
        yield Said("nothing was written: --ai-gen-mode=diff")
    if report.ended is not Ended.COMPLETE or report.detail:
        bad = report.ended in (Ended.FAULT, Ended.INTERRUPTED)
        yield Said(f"ended: {report.ended.value}{detail}", "red" if bad else "")
    after, wanted = report.after.percent, report.cov_target
    asked = not (report.mode in ("plan", "preview") or report.rechecks)
    if asked and wanted is not None and after < wanted:
        yield Said(f"coverage{_of_changes(report)} is {percent(after)}, below --cov-target={wanted:g}", "red")
    if run := to_run(report):
        yield Said(f"run: {run}")
    yield Said(next_step(report))


def _summary(report: Report) -> str:
    if report.rechecks:
        return f"ai-gen: {recheck.summary(report)}"
    if report.mode == "plan":
        gaps = [target.gap for target in report.targets]
        return f"ai-gen: plan: {count(len(gaps), 'target')}, {amount(gap.missing for gap in gaps)}"
    parts = [added.words(report, written(report))]
    if report.suspects:
        parts.insert(0, count(len(report.suspects), "suspected bug"))
    if report.unwritten:
        paths = ", ".join(_relative(path, report.root) for path in report.unwritten)
        parts.insert(0, f"NOT WRITTEN: {paths}")
    parts.append(
        f"coverage{_of_changes(report)} {percent(report.before.percent)} -> {percent(report.after.percent)}"
    )
    if report.ended is not Ended.COMPLETE:
        parts.append(report.ended.value)
    return f"ai-gen: {', '.join(parts)}"


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return
    verbosity = config.get_verbosity()
    terminal.ensure_newline()
    if verbosity >= 0:
        terminal.write_sep("=", "ai-gen")
    # In a file or a pipe each line stays one; a terminal would break it in the middle of a word.
    width = config.get_terminal_writer().fullwidth if terminal.isatty else 0
    for line in lines(report, verbosity):
        loud = line.colour == "red" and not line.text.startswith(" ")
        markup = {line.colour: True, "bold": loud} if line.colour else {}
        for row in broken(line, width):
            terminal.write_line(row, **markup)
