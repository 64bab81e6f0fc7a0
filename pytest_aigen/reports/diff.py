"""Prints all edits as one patch that ``git apply`` takes, for ``--ai-gen-mode=diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_aigen import patches
from pytest_aigen.data import Report

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def patch(report: Report) -> str:
    """One unified diff with paths relative to the root; empty where nothing changes."""
    return "".join(patches.unified(edit, report.root) for edit in report.edits)


@pytest.hookimpl(tryfirst=True)
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    if report.mode != "diff":
        return
    writer = config.get_terminal_writer()
    writer.line()
    for line in patches.rows(patch(report)):
        colour = COLOURS.get(line[:1])
        writer.write(line, **({colour: True} if colour else {}))
