"""Registers the built-in models, generators, executors, checks and reports: each module below is a pytest plugin."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

PACKAGES = ("models", "generators", "explore", "executors", "checks", "reports")


def register_extensions(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register every module of the extension packages that implements one of our hooks, unless that was done.

    Done before conftest files load: what registers later is asked first, so a project's hooks win over these.
    """
    for package in PACKAGES:
        parent = importlib.import_module(f"pytest_aigen.{package}")
        for info in pkgutil.iter_modules(parent.__path__):
            module = importlib.import_module(f"{parent.__name__}.{info.name}")
            ours = any(name.startswith("pytest_aigen_") for name in vars(module))
            if ours and not pluginmanager.is_registered(module):
                pluginmanager.register(module, module.__name__)
