"""How the run is going: a live display on a terminal that can show one, else a line now and then; nothing with ``-q``.

A display that redraws itself is for a person who looks at it, so not in CI, in a file, on a terminal without colours
(``NO_COLOR``, ``--color=no``, ``TERM=dumb``) or on a Windows console.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_aigen.ci import is_ci
from pytest_aigen.reports.progress.plain import Plain

if TYPE_CHECKING:
    from pytest_aigen.protocols import Watcher
    from pytest_aigen.settings import Settings


def is_live(config: pytest.Config) -> bool:
    """Whether standard output is a terminal that a display can be drawn on."""
    if config.pluginmanager.get_plugin("terminalreporter") is None or sys.platform == "win32":
        return False
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    # pytest's writer has heard --color, NO_COLOR and TERM.
    coloured = config.get_terminal_writer().hasmarkup
    return coloured and sys.stdout.isatty() and encoding.startswith("utf8") and not is_ci(os.environ)


def say(config: pytest.Config) -> Callable[[str], None]:
    """Prints a line as pytest does; without its terminal plugin, to standard error."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return lambda line: print(line, file=sys.stderr, flush=True)

    def said(line: str) -> None:
        terminal.ensure_newline()
        terminal.write_line(line)
        terminal.flush()

    return said


@pytest.hookimpl
def pytest_aigen_watcher(settings: Settings, config: pytest.Config) -> Watcher | None:
    if config.getoption("verbose", 0) < 0:  # `get_verbosity` of pytest 8.1 fails without a terminal reporter
        return None
    if not is_live(config):
        return Plain(say(config))
    from pytest_aigen.reports.progress.live import Live

    # The size in the environment may be that of another terminal, or of one that was resized.
    environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return Live(sys.stdout, config.rootpath, rows=settings.workers_count, environ=environ)
