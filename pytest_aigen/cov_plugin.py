"""What pytest-cov and coverage.py's configuration say about this session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_aigen import measure


def pytest_cov_measures(options: Any) -> bool:
    return bool(getattr(options, "cov_source", None)) and not getattr(options, "no_cov", False)


def coverage_config(config: pytest.Config) -> Path | None:
    named = getattr(config.known_args_namespace, "cov_config", None)
    if named and named != ".coveragerc":
        return config.invocation_params.dir / str(named)
    return measure.config_file([config.invocation_params.dir, config.rootpath])


def pytest_cov_coverage(config: pytest.Config) -> Any:
    """pytest-cov's Coverage, or None; the combined one where it has several processes."""
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    return getattr(controller, "combining_cov", None) or getattr(controller, "cov", None)
