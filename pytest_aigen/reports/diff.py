"""Prints all edits as one patch that ``git apply`` takes, for ``--ai-gen-mode=diff``, and writes it to
``--ai-gen-report=diff:PATH`` in every mode.

The patch is bytes: each file's lines stand in it in the encoding of that file.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import patches, unified
from pytest_aigen.data import Report
from pytest_aigen.patches import Patch
from pytest_aigen.reports import files

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings


def patch(report: Report) -> Patch:
    return patches.patch(report.edits, report.root)


@pytest.hookimpl(tryfirst=True)
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    files.save("diff", lambda: patch(report).data, settings, config)
    if report.mode != "diff" or config.pluginmanager.get_plugin("terminalreporter") is None:
        return
    made = patch(report)
    _print(made, config)
    for path, reason in made.left_out.items():
        files.warn(config, f"ai-gen: not in the patch: {path}: {reason}")


def _print(made: Patch, config: pytest.Config) -> None:
    """Coloured text for a terminal; the very bytes for a pipe or a file, which ``git apply`` is to read."""
    writer = config.get_terminal_writer()
    writer.line()
    writer.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is not None and not writer.hasmarkup:
        stream.write(made.data)
        stream.flush()
        return
    for line in unified.split(unified.shown(made.text)):
        writer.write(line, **unified.markup(line))
