"""The files of ``--ai-gen-report=FORMAT:PATH``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_aigen import atomic

if TYPE_CHECKING:
    import pytest

    from pytest_aigen.settings import Settings


def save(kind: str, make: Callable[[], bytes], settings: Settings, config: pytest.Config) -> None:
    """Writes the report of a format to each place that was asked for; one that cannot be written is said to be."""
    for wanted, place in settings.report:
        if wanted == kind:
            try:
                write(config.invocation_params.dir / place, make())
            except OSError as error:
                warn(config, f"ai-gen: the report {place} could not be written: {error.strerror or error}")


def write(path: Path, data: bytes) -> None:
    """Replaces the file at once, so that no reader ever sees half of it. Raises OSError."""
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a pipe or a device, such as /dev/stdout
        return
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.replace(path, data)


def warn(config: pytest.Config, message: str) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        print(message, file=sys.stderr)
    else:
        terminal.ensure_newline()
        terminal.write_line(message, yellow=True)
