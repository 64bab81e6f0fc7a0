"""Keeps the report of a run that writes, in ``.pytest_aigen/last-run.json``, for ``pytest-aigen report`` and ``show``,
and adds what became of its tests to their history.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from pytest_aigen import kept, statefolder
from pytest_aigen.data import Report
from pytest_aigen.errors import WriteError
from pytest_aigen.reports import files, history


@pytest.hookimpl
def pytest_aigen_report(report: Report, config: pytest.Config) -> None:
    if not report.writes:
        return
    path = statefolder.last_run(report.root)
    try:
        statefolder.made(path.parent)
        files.write(path, kept.dumped(report))
    except (OSError, WriteError) as error:
        files.warn(config, f"ai-gen: the report could not be kept for `pytest-aigen report`: {error}")
        return
    added = list(history.entries(report, datetime.now().astimezone()))
    path = statefolder.history(report.root)
    try:
        if added:
            files.write(path, history.joined(path.read_bytes() if path.exists() else b"", added))
    except OSError as error:
        files.warn(config, f"ai-gen: the history of tests could not be kept for `pytest-aigen show`: {error}")
