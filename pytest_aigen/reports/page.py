"""What the page of the HTML report shows, in its order; all of it from the records of a `Report`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_aigen import unified
from pytest_aigen.data import (
    Accepted,
    Candidate,
    Edit,
    Gap,
    Refusal,
    Rejected,
    Report,
    Run,
    Suspect,
    Trial,
    Verdict,
)
from pytest_aigen.reports import annotated, steps, summary, words
from pytest_aigen.reports.annotated import Read, SourceFile

#: Most characters of where a function is.
NAME = 200
#: Most lines on either side of a difference that is still looked for.
COMPARED = 2_000
CONTEXT = 3

#: The verdicts, in the order of the page, with their words.
VERDICTS = {
    "suspect": "suspected bug",
    "accepted": "accepted",
    "redundant": "redundant",
    "refused": "refused",
}


@dataclass(frozen=True, slots=True)
class Test:
    """One proposed test, whatever became of it."""

    number: int
    #: One of `VERDICTS`.
    verdict: str
    #: Names in the test module, or of what was proposed.
    title: str
    candidate: Candidate
    run: Run
    #: Number of the source file that it is for; 0 where that is not measured.
    file: int
    #: Of an accepted one.
    trial: Trial | None = None
    #: Lines of a unified diff, without headers.
    diff: tuple[str, ...] = ()
    #: Why its module was not written.
    unwritten: str = ""
    #: Of a refused one.
    refusal: Refusal | None = None
    suspect: Suspect | None = None

    @property
    def gap(self) -> Gap:
        return self.candidate.target.gap


@dataclass(frozen=True)
class Page:
    """A report, with its tests numbered and its files read."""

    report: Report
    tests: tuple[Test, ...]
    files: tuple[SourceFile, ...]

    def of(self, verdict: str) -> tuple[Test, ...]:
        return self._by_verdict.get(verdict, ())

    @cached_property
    def _by_verdict(self) -> Mapping[str, tuple[Test, ...]]:
        return {
            verdict: tuple(test for test in self.tests if test.verdict == verdict) for verdict in VERDICTS
        }

    @cached_property
    def added(self) -> Mapping[Path, list[Test]]:
        """Accepted tests by test module."""
        found: dict[Path, list[Test]] = {}
        for test in self.of("accepted"):
            if test.trial is not None:
                found.setdefault(test.trial.edit.path, []).append(test)
        return dict(sorted(found.items()))

    @cached_property
    def refused(self) -> Mapping[str, list[Test]]:
        """Refused tests by check, the most frequent first."""
        found: dict[str, list[Test]] = {}
        for test in self.of("refused"):
            if test.refusal is not None:
                found.setdefault(test.refusal.check, []).append(test)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))

    @property
    def written_tests(self) -> int:
        """How many tests were, or would be, written: a trial may hold several."""
        return sum(len(summary.names(trial)) for trials in self.written.values() for trial in trials)

    @property
    def mutants(self) -> tuple[int, int]:
        """How many the accepted tests kill, and how many survive them."""
        trials = [test.trial for test in self.of("accepted") if test.trial is not None]
        return sum(len(trial.killed) for trial in trials), sum(len(trial.survived) for trial in trials)

    @cached_property
    def with_tests(self) -> frozenset[int]:
        """Numbers of the source files that tests are for."""
        return frozenset(test.file for test in self.tests)

    @cached_property
    def about(self) -> Mapping[tuple[Path, str], list[Test]]:
        """Refused and suspect tests by the function that they are for."""
        found: dict[tuple[Path, str], list[Test]] = {}
        for test in self.tests:
            if test.refusal is not None:
                found.setdefault((test.gap.path, test.gap.qualname), []).append(test)
        return found

    @cached_property
    def by_path(self) -> Mapping[Path, SourceFile]:
        return {file.path: file for file in self.files}

    @cached_property
    def by_number(self) -> Mapping[int, Test]:
        return {test.number: test for test in self.tests}

    @cached_property
    def _shown(self) -> Mapping[Path, frozenset[int]]:
        return {file.path: file.shown for file in self.files}

    @cached_property
    def written(self) -> Mapping[Path, list[Trial]]:
        return summary.written(self.report)

    @cached_property
    def new(self) -> frozenset[Path]:
        """Test modules that were not there."""
        return frozenset(edit.path for edit in self.report.edits if edit.before is None)

    @property
    def next_step(self) -> str:
        return steps.next_step(self.report).removeprefix("next: ")

    @cached_property
    def why(self) -> Mapping[Gap, str]:
        """Why gaps are left, in words."""
        return {left.gap: words.obstacle_words(left.obstacle) for left in self.report.unreached}

    def path(self, path: Path) -> str:
        return words.relative(path, self.report.root)

    def typed(self, path: Path) -> str:
        return words.command(path, self.report.root)

    def place(self, gap: Gap) -> str:
        return words.plain(words.place(gap, self.report.root), NAME)

    def anchor(self, path: Path, line: int) -> str:
        """Where a line is on the page; empty where it is not shown."""
        return f"f{self.by_path[path].number}-{line}" if line in self._shown.get(path, ()) else ""


def page(report: Report, read: Read) -> Page:
    """The report as its page shows it; ``read`` gives a source's text, see `annotated.files`."""
    numbered = dict(enumerate(_verdicts(report), 1))
    dropped = set(map(id, report.redundant))
    kept = {
        number: verdict.trial.run.covered
        for number, verdict in numbered.items()
        if isinstance(verdict, Accepted) and id(verdict.candidate) not in dropped
    }
    files = annotated.files(report, kept, read)
    by_path = {file.path: file.number for file in files}
    suspects = {id(suspect.rejected): suspect for suspect in report.suspects}
    return Page(
        report, tuple(_test(n, v, report, dropped, suspects, by_path) for n, v in numbered.items()), files
    )


def _verdicts(report: Report) -> Iterator[Verdict]:
    """All verdicts, with those that only a suspect tells of."""
    yield from report.verdicts
    known = set(map(id, report.verdicts))
    yield from (s.rejected for s in report.suspects if id(s.rejected) not in known)


def _test(
    number: int,
    verdict: Verdict,
    report: Report,
    dropped: set[int],
    suspects: Mapping[int, Suspect],
    files: Mapping[Path, int],
) -> Test:
    candidate = verdict.candidate
    gap = candidate.target.gap
    file = files.get(gap.path, 0)
    match verdict:
        case Accepted(trial):
            redundant = id(candidate) in dropped
            return Test(
                number,
                "redundant" if redundant else "accepted",
                candidate.name if redundant else ", ".join(summary.names(trial)),
                candidate,
                trial.run,
                file,
                trial,
                () if redundant else tuple(difference(trial.edit)),
                "" if redundant else report.unwritten.get(trial.edit.path, ""),
            )
        case Rejected(_, refusal, run):
            suspect = suspects.get(id(verdict))
            return Test(
                number,
                "suspect" if suspect else "refused",
                candidate.name or f"a reply for {words.plain(gap.qualname) or 'the module body'}",
                candidate,
                run,
                file,
                refusal=refusal,
                suspect=suspect,
            )


def difference(edit: Edit) -> Iterator[str]:
    """The lines of an edit's unified diff without its headers; nothing where there is none that is worth its time."""
    old, new = unified.window(edit.before or "", edit.after, CONTEXT)
    if max(old.count("\n"), new.count("\n")) > COMPARED:
        return
    for number, line in enumerate(unified.lines(old, new, "", "")):
        if number > 1 and not (number == 2 and line.startswith("@@")):
            yield "" if line.startswith("@@") else line.rstrip("\r\n")
