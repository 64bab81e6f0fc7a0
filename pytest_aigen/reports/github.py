"""``--ai-gen-report=github:``: annotations in the log of a GitHub Actions job, and the summary of its step.

Annotations are workflow commands (docs.github.com: Workflow commands for GitHub Actions), one a line on standard output,
with all that could end one or begin another escaped. GitHub shows ten of each level for a step; the rest is in the summary.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen.data import Ended, Report
from pytest_aigen.reports import files, markdown
from pytest_aigen.reports.summary import told
from pytest_aigen.reports.words import amount, percent, plain, visible

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

#: GitHub shows this many of a level.
_SHOWN = 10
#: What the summary of a step may hold, in bytes.
_SUMMARY_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something to say about a line; without a path, about the run."""

    #: ``error``, ``warning``, ``notice``.
    level: str
    title: str
    message: str
    path: Path | None = None
    line: int = 0
    end: int = 0

    def command(self, top: Path) -> str:
        """The line that makes GitHub show it.

        >>> Annotation("notice", "a: b, c", "50 %\\\\nof it", Path("/p/a.py"), 3, 4).command(Path("/p"))
        '::notice title=a%3A b%2C c,file=a.py,line=3,endLine=4::50 %25\\\\nof it'
        """
        properties = {"title": self.title}
        if self.path is not None:
            properties["file"] = Path(os.path.relpath(self.path, top)).as_posix()
            properties |= (
                {"line": str(self.line), "endLine": str(max(self.end, self.line))} if self.line else {}
            )
        said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        return f"::{self.level} {said}::{_data(self.message)}"


def _data(words: str) -> str:
    """Text as a command may hold it, in one line."""
    rows = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "%0A".join(visible(row).replace("%", "%25") for row in rows)


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")


def messages(report: Report) -> Iterator[Annotation]:
    """What a reader of the changed files should see: the worst first, at most ten of a level."""
    shown: dict[str, int] = {}
    for annotation in _all(report):
        shown[annotation.level] = shown.get(annotation.level, 0) + 1
        if shown[annotation.level] <= _SHOWN:
            yield annotation


def _all(report: Report) -> Iterator[Annotation]:
    for suspect in report.suspects:
        gap = suspect.candidate.target.gap
        rows = [f"{title}: {plain(words, 300)}" for title, words in told(suspect)]
        title = f"Suspected bug in {plain(gap.qualname, 100) or 'the module'}"
        yield Annotation("warning", title, "\n".join(rows), gap.path, gap.first, gap.first)
    for path, reason in report.unwritten.items():
        yield Annotation("error", "Tests could not be written", plain(reason, 300), path)
    for stale in report.stale:
        if not stale.removed:
            why = f"{stale.why.value}: {plain(stale.reason, 300)}"
            yield Annotation("error", f"Stale test {plain(stale.test, 100)}", why, stale.path)
    asked = not (report.mode in ("plan", "preview") or report.rechecks)
    if asked and report.cov_target is not None and report.after.percent < report.cov_target:
        of = f" of the lines changed since {plain(report.since, 100)}" if report.since else ""
        message = f"Coverage{of} is {percent(report.after.percent)}, below {report.cov_target:g}%"
        yield Annotation("error", "Coverage is too low", message)
    if report.ended is Ended.FAULT:
        yield Annotation("error", "pytest-aigen ended with a fault", plain(report.detail, 300))
    for gap in sorted(report.left, key=lambda gap: -len(gap.missing)):
        lines = gap.lines | {branch[0] for branch in gap.branches}
        title = f"Not covered: {plain(gap.qualname, 100) or 'the module body'}"
        yield Annotation("notice", title, amount([gap.missing]), gap.path, min(lines), max(lines))


def _top(environ: Mapping[str, str], root: Path) -> Path:
    """The folder that paths of annotations are relative to: the repository's."""
    workspace = environ.get("GITHUB_WORKSPACE", "")
    return Path(workspace).resolve() if workspace and root.is_relative_to(Path(workspace).resolve()) else root


def _summarise(report: Report, place: str, redacted: Callable[[str], str]) -> None:
    """Add to the step's summary, which others may have begun. Raises OSError."""
    with open(place, "ab") as file:
        limit = _SUMMARY_LIMIT - file.tell() - 1
        text = markdown.text(report, limit=limit, redacted=redacted).encode("utf-8", "replace")
        if len(text) <= limit:
            file.write(b"\n" * bool(file.tell()) + text)


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    if "github" not in {kind for kind, _ in settings.report}:
        return
    if terminal := config.pluginmanager.get_plugin("terminalreporter"):
        terminal.ensure_newline()
        terminal.flush()
    top, redacted = _top(os.environ, report.root), markdown.redaction(settings)
    for annotation in messages(report):
        print(redacted(annotation.command(top)))
    sys.stdout.flush()
    place = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not place:
        files.warn(
            config, "ai-gen: github: no summary: GITHUB_STEP_SUMMARY is not set, as it is in GitHub Actions"
        )
        return
    try:
        _summarise(report, place, redacted)
    except OSError as error:
        files.warn(config, f"ai-gen: github: the summary could not be written: {error.strerror or error}")
