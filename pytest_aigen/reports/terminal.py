"""The section at the end of pytest's output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import patches, unified
from pytest_aigen.data import Coverage, Ended, Rejected, Report, Suspect, Trial
from pytest_aigen.reports import recheck
from pytest_aigen.reports.requests import shown
from pytest_aigen.reports.summary import names, next_step, spent, written
from pytest_aigen.reports.words import Said, amount, command, count, percent, plain, visible
from pytest_aigen.reports.words import place as _place
from pytest_aigen.reports.words import relative as _relative

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

#: Most entries of a list, unless more is asked for with ``-v``.
SHORT = 10
WIDTH = 100


def lines(report: Report, verbosity: int = 0) -> list[Said]:
    """The whole section without its heading: two lines for ``-q``, every refusal for ``-v``."""
    if verbosity < 0 and report.mode != "preview":
        return [Said(_summary(report), "red" if report.unwritten else ""), Said(next_step(report))]
    if report.mode == "plan":
        parts = [_plan(report, verbosity), _sandbox(report), _notes(report), _end(report)]
    elif report.mode == "preview":
        requests = map(Said, shown(report, verbosity))
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
        parts = [
            _suspects(report, verbosity),
            _unwritten(report),
            _added(report),
            _coverage(report, verbosity),
            _refused(report, verbosity),
            _cost(report),
            _redacted(report),
            _left(report, verbosity),
            _skipped(report, verbosity),
            _notes(report),
            _end(report),
        ]
    return [line for part in parts for line in part]


def _cut(items: list[Said], verbosity: int, what: str) -> list[Said]:
    if verbosity > 0 or len(items) <= SHORT:
        return items
    return [*items[:SHORT], Said(f"  and {len(items) - SHORT:,} more {what} (-v shows them)")]


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


def _added(report: Report) -> Iterator[Said]:
    by_path = written(report)
    yield Said(_added_words(report, by_path), "green" if by_path else "")
    new = {edit.path for edit in report.edits if edit.before is None}
    for path, trials in sorted(by_path.items()):
        yield Said(f"  {_relative(path, report.root)}{' (new)' if path in new else ''}")
        rows = [(plain(", ".join(names(t))), amount(t.gained.values()) + _score(t)) for t in trials]
        width = max(len(name) for name, _ in rows)
        for name, gained in rows:
            yield Said(f"    {name.ljust(width)}  {gained}")
    said = [trial for trial in report.accepted if is_characterisation(trial)]
    if said:
        yield Said(f"  {_characterise(len(said))}: what the code does today, not what it should do")
    if report.redundant:
        number = len(report.redundant)
        were = "was" if number == 1 else "were"
        yield Said(f"  {count(number, 'more test')} passed and {were} left out: others cover the same")


def _score(trial: Trial) -> str:
    """The mutants that it kills; nothing where none was tried."""
    tried = len(trial.killed) + len(trial.survived)
    return f", kills {len(trial.killed)} of {count(tried, 'mutant')}" if tried else ""


def is_characterisation(trial: Trial) -> bool:
    """Whether a test says what the code does, and nothing says that it should."""
    return any(proof.check == "origin" for proof in trial.proofs)


def _characterise(number: int) -> str:
    return "1 of them is a characterisation" if number == 1 else f"{number:,} of them are characterisations"


def _added_words(report: Report, by_path: Mapping[Path, list[Trial]]) -> str:
    number = sum(len(names(trial)) for trials in by_path.values() for trial in trials)
    if not number:
        return "no test was added" if report.writes else "no test would be added"
    verb = "added" if report.writes else "would add"
    return f"{verb} {count(number, 'test')} to {count(len(by_path), 'file')}"


def _coverage(report: Report, verbosity: int) -> Iterator[Said]:
    rows = []
    for path, after in sorted(report.after.files.items()):
        before = report.before.files.get(path)
        if before is not None and before != after:
            alone = Coverage({path: before}).percent, Coverage({path: after}).percent
            rows.append((_relative(path, report.root), *map(percent, alone)))
    hidden = len(rows) - SHORT if verbosity <= 0 and len(rows) > SHORT else 0
    rows = rows[: len(rows) - hidden]
    total = ("total", percent(report.before.percent), percent(report.after.percent))
    for text in _table([("coverage", "before", "after"), *rows, total]):
        yield Said(text)
    if hidden:
        yield Said(f"  {count(hidden, 'more file')} changed (-v shows them)")
    if report.mode == "diff":
        yield Said("  (after: if the patch is applied)")
    elif report.unwritten:
        yield Said("  (after: with the tests that could not be written)", "red")


def _suspects(report: Report, verbosity: int) -> Iterator[Said]:
    if report.suspects:
        yield Said(
            f"{count(len(report.suspects), 'suspected bug')}: the code does not do what it promises", "red"
        )
        shown = report.suspects if verbosity > 0 else report.suspects[:SHORT]
        for suspect in shown:
            yield from _suspect(suspect, report)
        if not report.writes:
            yield Said("  (their tests are kept as files by a run that writes)")
        if len(shown) < len(report.suspects):
            yield Said(f"  and {len(report.suspects) - len(shown):,} more suspects (-v shows them)")


def _suspect(suspect: Suspect, report: Report) -> Iterator[Said]:
    gap = suspect.candidate.target.gap
    yield Said(f"  {_place(gap, report.root)}:{gap.first}  {plain(suspect.candidate.name)}", "red")
    kind = "the model says" if suspect.contract.kind == "model" else suspect.contract.kind
    rows = [row.strip() for row in suspect.contract.text.splitlines() if row.strip()]
    for number, row in enumerate(rows):
        title = f"{kind}: " if number == 0 else " " * (len(kind) + 2)
        yield Said(f"    {title}{_clipped(row)}")
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
            yield from (Said(visible(row.rstrip("\r\n"))) for row in unified.split(made.text))


def _refused(report: Report, verbosity: int) -> Iterator[Said]:
    suspects = {id(suspect.rejected) for suspect in report.suspects}
    by_check: dict[str, list[Rejected]] = {}
    for rejected in report.rejected:
        if id(rejected) not in suspects:
            by_check.setdefault(rejected.refusal.check, []).append(rejected)
    if not by_check:
        return
    number = count(sum(map(len, by_check.values())), "test")
    yield Said(f"refused {number}{'' if verbosity > 0 else ' (-v shows all)'}")
    for check, refusals in sorted(by_check.items(), key=lambda item: (-len(item[1]), item[0])):
        if verbosity > 0:
            yield Said(f"  {plain(check)} ({len(refusals):,})")
            for rejected in refusals:
                yield Said(f"    {_example(rejected, 0)}")
        else:
            example = _example(refusals[0], WIDTH)
            yield Said(
                f"  {plain(check)} ({len(refusals):,}): {'' if len(refusals) == 1 else 'for one, '}{example}"
            )


def _example(rejected: Rejected, width: int) -> str:
    target = plain(rejected.candidate.target.gap.qualname) or "the module body"
    name = plain(rejected.candidate.name) or f"a reply for {target}"
    return f"{name}: {plain(rejected.refusal.reason, width)}"


def _cost(report: Report) -> Iterator[Said]:
    if report.usage.requests:
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


def _left(report: Report, verbosity: int) -> Iterator[Said]:
    if report.left:
        missing = amount(gap.missing for gap in report.left)
        yield Said(f"left: {count(len(report.left), 'gap')}, {missing}")
        items = [Said(f"  {_place(gap, report.root)}  {amount([gap.missing])}") for gap in report.left]
        yield from _cut(items, verbosity, "gaps")


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
    for target in report.targets:
        gap, test_path = target.gap, _relative(target.test_path, report.root)
        yield Said(f"  {_place(gap, report.root)}  {amount([gap.missing])}  -> {test_path}")
    yield Said(f"coverage now: {percent(report.before.percent)}")
    yield from _skipped(report, verbosity)


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
        yield Said(f"coverage is {percent(after)}, below --cov-target={wanted:g}", "red")
    yield Said(next_step(report))


def _summary(report: Report) -> str:
    if report.rechecks:
        return f"ai-gen: {recheck.summary(report)}"
    if report.mode == "plan":
        gaps = [target.gap for target in report.targets]
        return f"ai-gen: plan: {count(len(gaps), 'target')}, {amount(gap.missing for gap in gaps)}"
    parts = [_added_words(report, written(report))]
    if report.suspects:
        parts.insert(0, count(len(report.suspects), "suspected bug"))
    if report.unwritten:
        paths = ", ".join(_relative(path, report.root) for path in report.unwritten)
        parts.insert(0, f"NOT WRITTEN: {paths}")
    parts.append(f"coverage {percent(report.before.percent)} -> {percent(report.after.percent)}")
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
    for line in lines(report, verbosity):
        terminal.write_line(line.text, **({line.colour: True} if line.colour else {}))
