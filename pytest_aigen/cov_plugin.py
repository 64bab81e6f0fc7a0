"""What pytest-cov, coverage.py's configuration and our own say about what is measured in this session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import measure, settings
from pytest_aigen.errors import ConfigError


def pytest_cov_measures(options: Any) -> bool:
    return bool(getattr(options, "cov_source", None)) and not getattr(options, "no_cov", False)


def coverage_config(config: pytest.Config) -> Path | None:
    named = getattr(config.known_args_namespace, "cov_config", None)
    if named and named != ".coveragerc":
        return config.invocation_params.dir / str(named)
    return measure.config_file([config.invocation_params.dir, config.rootpath])


def named_sources(early_config: pytest.Config) -> list[str]:
    """What the user says to cover, before that is looked at; a table that is wrong is told of later."""
    options = early_config.known_args_namespace
    try:
        table = settings.read_pyproject(early_config.rootpath / "pyproject.toml")
    except ConfigError:
        table = {}
    in_table = table.get("source")
    given = [getattr(options, "aigen_source", None), getattr(options, "cov_source", None), in_table]
    return [str(entry) for some in given for entry in ([some] if isinstance(some, str) else some or ())]


def pytest_cov_coverage(config: pytest.Config) -> Any:
    """pytest-cov's Coverage, or None; the combined one where it has several processes."""
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    return getattr(controller, "combining_cov", None) or getattr(controller, "cov", None)
