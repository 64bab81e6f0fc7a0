"""Writes ``--ai-gen-report=markdown:PATH``: the report as a comment on a pull request.

Short: the outcome and suspected bugs in the open, the rest folded. It is never longer than GitHub takes. A hidden mark
in its first line tells a bot which comment is its own. What comes from the project (names, reasons, code) stands in code
spans and code blocks alone, where it can neither be markup nor mention anybody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import patches, unified
from pytest_aigen.data import Ended, Report, Suspect, Trial
from pytest_aigen.privacy.redaction import Redactor, secret_values
from pytest_aigen.reports import files
from pytest_aigen.reports.steps import next_step
from pytest_aigen.reports.summary import names, spent, told, written
from pytest_aigen.reports.words import amount, count, percent, place, plain, relative

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

MARK = "<!-- pytest-aigen -->"
#: What GitHub takes as a comment, in characters. Here it counts bytes, so that it holds whatever a character is.
LIMIT = 65_536
#: Most entries of a list; fewer where the comment would be too long.
_MOST = (20, 5, 1, 0)
#: Most characters of a text from the project.
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class _Part:
    """A list under a title, folded where it is not ``open``."""

    title: str
    items: Sequence[str]
    is_open: bool = False


def text(report: Report, *, limit: int = LIMIT, redacted: Callable[[str], str] = str) -> str:
    """The report in Markdown, at most ``limit`` bytes in UTF-8; the patch of the mode ``diff`` in it where there is room."""
    parts = list(_parts(report))
    for most in _MOST:
        rows = [*_head(report), *(_shown(part, most) for part in parts), *_foot(report)]
        made = redacted("\n\n".join(rows) + "\n")
        if _size(made) <= limit:
            break
    patch = redacted(_patch(report))
    return made + patch if _size(made + patch) <= limit else made


def _size(words: str) -> int:
    return len(words.encode("utf-8", "replace"))


def code(words: str, width: int = _WIDTH) -> str:
    """A code span in one line, whatever the text; nothing for nothing.

    >>> code("a"), code("`a` | b\\\\n@c"), code("")
    ('`a`', '`` `a` | b\\\\n@c ``', '')
    """
    shown = plain(words, width)
    if not shown:
        return ""
    fence = "`" * (_longest_run(shown) + 1)
    room = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{room}{shown}{room}{fence}"


def _longest_run(words: str) -> int:
    return max(map(len, re.findall("`+", words)), default=0)


def _shown(part: _Part, most: int) -> str:
    hidden = len(part.items) - most
    rows = [f"- {item}" for item in part.items[:most]]
    rows += [f"- and {hidden:,} more"] if hidden > 0 and most else []
    body = "\n".join(rows)
    if not body:
        return f"**{part.title}**"
    if part.is_open:
        return f"**{part.title}**\n\n{body}"
    return f"<details><summary>{part.title}</summary>\n\n{body}\n\n</details>"


# ---------------------------------------------------------------------------------------------------- the parts


def _head(report: Report) -> Iterator[str]:
    yield f"{MARK}\n### pytest-aigen: {_outcome(report)}"
    if not report.rechecks:
        of = f" of the lines changed since {code(report.since)}" if report.since else ""
        before, after = percent(report.before.percent), percent(report.after.percent)
        known = report.mode in ("plan", "preview")
        yield f"Coverage{of}: {after}" if known else f"Coverage{of}: {before} → **{after}**"
        wanted = report.cov_target
        if wanted is not None and report.after.percent < wanted and not known:
            yield f"**That is below `--cov-target={wanted:g}`.**"
    if report.ended not in (Ended.COMPLETE, Ended.REACHED) or report.detail:
        yield f"Ended: {report.ended.value} {code(report.detail)}".rstrip()


def _outcome(report: Report) -> str:
    if report.rechecks:
        stale = sum(not stale.removed for stale in report.stale)
        parts = [f"{count(len(report.proven), 'generated test')} proven again", f"{stale:,} stale"]
        return ", ".join(parts if stale else parts[:1])
    suspects = [count(len(report.suspects), "suspected bug")] if report.suspects else []
    if report.mode in ("plan", "preview"):
        return ", ".join([*suspects, f"{count(len(report.targets), 'gap')} to cover"])
    number = sum(len(names(trial)) for trials in written(report).values() for trial in trials)
    added = "added" if report.writes else "to add"
    return ", ".join(
        [*suspects, f"{count(number, 'test')} {added}" if number else "no test was found to add"]
    )


def _parts(report: Report) -> Iterator[_Part]:
    root = report.root
    if report.suspects:
        title = f"{count(len(report.suspects), 'suspected bug')}: the code does not do what it promises"
        yield _Part(title, [_suspect(suspect, report) for suspect in report.suspects], is_open=True)
    if report.unwritten:
        reasons = [f"{code(relative(path, root))}: {code(why)}" for path, why in report.unwritten.items()]
        yield _Part("Not written", reasons, is_open=True)
    stale = [s for s in report.stale if not s.removed]
    if stale:
        rows = [
            f"{code(relative(s.path, root))} {code(s.test)}: {s.why.value}: {code(s.reason)}" for s in stale
        ]
        yield _Part(f"{count(len(stale), 'stale test')}", rows, is_open=True)
    if report.mode in ("plan", "preview") and report.targets:
        gaps = [target.gap for target in report.targets]
        yield _Part("To cover", [f"{code(place(gap, root))}: {amount([gap.missing])}" for gap in gaps])
    added = [trial for trials in written(report).values() for trial in trials]
    if added:
        number = sum(len(names(trial)) for trial in added)
        yield _Part(f"{count(number, 'test')}", [_test(trial, report) for trial in added])
    if report.left and report.mode not in ("plan", "preview"):
        missing = amount(gap.missing for gap in report.left)
        rows = [f"{code(place(gap, root))}: {amount([gap.missing])}" for gap in report.left]
        yield _Part(f"Left: {missing}", rows)
    suspects = {id(suspect.rejected) for suspect in report.suspects}
    refused = [rejected for rejected in report.rejected if id(rejected) not in suspects]
    if refused:
        rows = [
            f"{code(r.candidate.name)} {code(r.refusal.check)}: {code(r.refusal.reason)}" for r in refused
        ]
        yield _Part(f"{count(len(refused), 'test')} refused", [row.lstrip() for row in rows])
    if report.notes:
        yield _Part(count(len(report.notes), "note"), [code(note) for note in report.notes])


def _suspect(suspect: Suspect, report: Report) -> str:
    gap = suspect.candidate.target.gap
    rows = [f"{code(f'{place(gap, report.root)}:{gap.first}')} {code(suspect.candidate.name)}"]
    rows += [f"  - {title}: {code(words)}" for title, words in told(suspect)]
    return "\n".join(rows)


def _test(trial: Trial, report: Report) -> str:
    tried = len(trial.killed) + len(trial.survived)
    score = f", notices {len(trial.killed)} of {count(tried, 'small change')} to the code" if tried else ""
    where = code(relative(trial.edit.path, report.root))
    reached = [part for part in trial.gained.values() if part]
    gained = amount(reached) if reached else "no new line"
    return f"{where} {code(', '.join(names(trial)))}: {gained}{score}"


def _foot(report: Report) -> Iterator[str]:
    cost = f"{spent(report)}; " if report.usage.requests or report.usage.remembered else ""
    said = next_step(report)
    yield f"<sub>{cost}took {report.seconds:.1f} s</sub>"
    command, _, why = said.removeprefix("next: ").partition(" (")
    yield f"Next: {code(command)}{f' ({why}' if why else ''}"
    if written(report) and not report.rechecks:
        yield "_Read the tests before you merge them: they say what the code does today, which may be wrong._"


def _patch(report: Report) -> str:
    """All edits of a run that wrote none of them, folded; empty where there are none."""
    if report.mode != "diff" or not report.edits:
        return ""
    shown = unified.shown(patches.patch(report.edits, report.root).text).rstrip("\n")
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"\n<details><summary>The patch</summary>\n\n{fence}diff\n{shown}\n{fence}\n\n</details>\n"


def redaction(settings: Settings) -> Callable[[str], str]:
    """What takes secrets out of a text that many will read."""
    return Redactor(emails=settings.redact_emails, values=secret_values(os.environ)).text


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    def made() -> bytes:
        return text(report, redacted=redaction(settings)).encode("utf-8", "replace")

    files.save("markdown", made, settings, config)
