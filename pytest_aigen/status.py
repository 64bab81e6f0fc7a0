"""With which exit status pytest ends."""

from __future__ import annotations

import pytest

from pytest_aigen.data import Ended, Report


def exit_status(suite: int, report: Report) -> int:
    """pytest's exit status after the line: a failed suite stays failed; 2 when interrupted; 1 when ``--cov-target`` was
    given and not reached, or a file could not be written; 0 for a suite that had no tests and has some now. Where old
    tests are proven again, 1 as long as one is stale, or where a fault ended it; ``--cov-target`` means nothing then.

    Where there is no report, a suite that did not fail ends with 4 for a wrong setting that only showed now, 3 for a
    fault of ours, 2 for Ctrl-C, and 1 where another run is at work in the project.
    """
    if report.ended is Ended.INTERRUPTED:
        return pytest.ExitCode.INTERRUPTED
    if suite == pytest.ExitCode.TESTS_FAILED:
        return suite
    if report.writes and report.unwritten:
        return pytest.ExitCode.TESTS_FAILED
    if report.rechecks:
        bad = report.ended is Ended.FAULT or not all(stale.removed for stale in report.stale)
        return pytest.ExitCode.TESTS_FAILED if bad else suite
    if (
        report.cov_target is not None
        and report.after.percent < report.cov_target
        and report.mode not in ("plan", "preview")
    ):
        return pytest.ExitCode.TESTS_FAILED
    if suite == pytest.ExitCode.NO_TESTS_COLLECTED and report.accepted and report.writes:
        return pytest.ExitCode.OK
    return suite
