"""In CI nothing is generated unless the command line says so: ``--ai-gen`` in ``addopts`` is a developer's choice."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_aigen import settings
from pytest_aigen.errors import ConfigError

#: These neither write to the project, nor ask a model, nor run generated code that is new.
_HARMLESS_MODES = {"plan", "preview", "check"}


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether the environment says that this is a CI job.

    >>> is_ci({"CI": "true"}), is_ci({"CI": "false"}), is_ci({})
    (True, False, False)
    """
    return environ.get("CI", "").strip().lower() not in ("", "0", "false", "no", "off")


def declines(config: pytest.Config, options: Any) -> bool:
    """Whether this is CI, and ``--ai-gen`` comes from ``addopts`` or ``PYTEST_ADDOPTS`` alone."""
    if not is_ci(os.environ) or "PYTEST_XDIST_WORKER" in os.environ:  # a worker does as its controller
        return False
    return not _is_on_command_line(config) and _mode(config, options) not in _HARMLESS_MODES


def _is_on_command_line(config: pytest.Config) -> bool:
    given = [str(arg) for arg in config.invocation_params.args]
    parser: Any = config.pluginmanager.get_plugin("aigen-options")
    return bool(getattr(parser.parser.parse_known_args(given), "aigen", False))


def _mode(config: pytest.Config, options: Any) -> str:
    given = getattr(options, "aigen_mode", None)
    try:
        table = settings.read_pyproject(config.rootpath / "pyproject.toml")
    except ConfigError:
        table = {}
    return str(given or table.get("mode", "write"))


class Declined:
    """Says in one line why nothing is generated."""

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.ensure_newline()
        terminalreporter.write_line(
            "ai-gen: nothing was generated: CI is set, and --ai-gen stands in addopts; "
            "in CI, write it on the command line: pytest --ai-gen",
            yellow=True,
        )
