"""What to do after a run: the one next step, and how to run what was added."""

from __future__ import annotations

from pytest_aigen.data import Ended, Hurdle, Report
from pytest_aigen.reports.again import again
from pytest_aigen.reports.summary import written
from pytest_aigen.reports.words import command, plain, relative

#: Most test modules that a command names.
_NAMED = 3
_MODE = "--ai-gen-mode"
#: Where Python would need the project installed, or to look here.
_NOT_HERE = frozenset({Hurdle.NOT_FOUND, Hurdle.ELSEWHERE})


def next_step(report: Report) -> str:
    """The one thing to do now, in one line that begins with ``next: ``."""
    return f"next: {_rechecked(report) if report.rechecks else _next(report)}"


def to_run(report: Report) -> str:
    """The command that runs the tests that were added; empty where none was."""
    paths = sorted(written(report)) if report.writes and not report.rechecks else []
    if not paths:
        return ""
    several = sorted({path.parent for path in paths}) if len(paths) > _NAMED else paths
    if len(several) > _NAMED:
        return again(_program(report))
    return again((*_program(report), *(command(path, report.root) for path in several)))


def _program(report: Report) -> tuple[str, ...]:
    return report.command[: report.command.index("pytest") + 1] if "pytest" in report.command else ("pytest",)


def _next(report: Report) -> str:
    added = bool(written(report))
    same = again(report.command)
    if report.mode == "preview":
        return f"{_writing(report)} (sends them)"
    if report.mode == "plan":
        if report.targets:
            return f"{_writing(report)} (writes the tests)"
        return _install(report) or "nothing is left to do"
    if report.unwritten:
        if report.patches:
            patch = command(next(iter(report.patches.values())), report.root)
            more = ", and the others" if len(report.patches) > 1 else ""
            return f"look at the files that were not written, then git apply {patch}{more}"
        return f"look at the files that were not written, then {same}"
    if report.ended is Ended.FAULT:
        return f"remove the fault, then {same}"
    if report.mode == "diff" and added:
        return f"{_writing(report)} (writes the tests)"
    if report.ended is Ended.INTERRUPTED:
        return f"{same} (goes on)"
    if report.ended is Ended.BUDGET:
        return f"{same} with a higher budget (goes on)"
    if not report.left:
        return "git diff (read what was added)" if added else "nothing is left to do"
    if install := _install(report):
        return install
    if not report.usage.requests and (report.targets or report.verdicts):
        engine = () if report.engine == "auto" else ("--ai-gen-engine=auto",)
        asks = again(report.command, "--ai-gen-model=PROVIDER:MODEL", *engine)
        return f"{asks} (a model for what is left)"
    biggest = max(report.left, key=lambda gap: len(gap.missing))
    spec = relative(biggest.path, report.root) + (f"::{plain(biggest.qualname)}" if biggest.qualname else "")
    return again(report.command, f"--ai-gen-target={spec}")


def _install(report: Report) -> str:
    """Where nothing here is imported from here."""
    hurdles = [left.obstacle.hurdle for left in report.unreached]
    if not _NOT_HERE.intersection(hurdles):
        return ""
    return f"pip install -e . (so that Python imports the code from here), then {again(report.command)}"


def _writing(report: Report) -> str:
    """The same in the mode that writes, which is the default unless the configuration says otherwise."""
    given = any(word.partition("=")[0] == _MODE for word in report.command)
    return again(report.command, without=[_MODE]) if given else again(report.command, f"{_MODE}=write")


def _rechecked(report: Report) -> str:
    left = [stale for stale in report.stale if not stale.removed]
    same = again(report.command)
    if report.ended is Ended.FAULT:
        return f"remove the fault, then {same}"
    if report.mode == "prune" and any(stale.removed for stale in report.stale):
        return f"git diff (read what was removed), then {_writing(report)} (what is no longer covered)"
    if report.mode == "check" and any(stale.why.proves_nothing for stale in left):
        prune = again(report.command, f"{_MODE}=prune")
        return f"{prune} (removes those that prove nothing), then git diff"
    if left:
        return "look at the stale tests: they may be right about the code"
    if report.ended is not Ended.COMPLETE:
        return f"{same} (all of them)"
    return "nothing is left to do"
