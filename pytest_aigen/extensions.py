"""Registers the built-in models, generators, executors, checks and reports: each module below is a pytest plugin."""

from __future__ import annotations

import importlib

import pytest

#: Every module that implements one of our hooks, and no other: most are not needed where there is nothing to do.
MODULES = (
    "models.azure",
    "models.litellm",
    "models.openai",
    "models.prices",
    "models.replay",
    "generators.offer",
    "explore.offer",
    "executors.auto",
    "executors.cluster",
    "executors.forkserver",
    "executors.spawn",
    "checks.gain",
    "checks.imports",
    "checks.mutation",
    "checks.neighbours",
    "checks.oracle",
    "checks.policy",
    "checks.stable",
    "reports.diff",
    "reports.github",
    "reports.html",
    "reports.json_file",
    "reports.last",
    "reports.markdown",
    "reports.progress",
    "reports.shard",
    "reports.terminal",
)


def register_extensions(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register every module that implements one of our hooks, unless that was done.

    Done before conftest files load: what registers later is asked first, so a project's hooks win over these.
    """
    for name in MODULES:
        module = importlib.import_module(f"pytest_aigen.{name}")
        if not pluginmanager.is_registered(module):
            pluginmanager.register(module, module.__name__)
