"""The names that pytest does not promise, each in one function, tested from pytest 8.1 on.

Imported in the processes in which candidates run, never in the user's session.
"""

from __future__ import annotations

import ast
import os
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook, rewrite_asserts
from _pytest.runner import collect_one_node


def collected(collector: pytest.Collector) -> pytest.CollectReport:
    """Collect one level: loads the conftest file of a folder, then lists what is in it."""
    return collect_one_node(collector)


def tear_down(session: pytest.Session) -> None:
    """End the fixtures that were set up for tests that will not run; what they raise is nobody's business."""
    state: Any = session._setupstate
    with suppress(Exception):
        state.teardown_exact(None)


def rewritten(tree: ast.Module, source: bytes, path: Path, config: pytest.Config) -> None:
    """Rewrite the asserts of a test module, unless the user said ``--assert=plain``."""
    if config.getoption("assertmode", "rewrite") == "rewrite":
        rewrite_asserts(tree, source, str(path), config)


def rewrites(spec: ModuleSpec) -> bool:
    """Whether pytest itself would rewrite the asserts of the module."""
    return isinstance(spec.loader, AssertionRewritingHook)


def use_basetemp(config: pytest.Config, folder: Path) -> None:
    """Let ``tmp_path`` make its folders here; where the names are gone TMPDIR decides."""
    factory: Any = getattr(config, "_tmp_path_factory", None)
    if hasattr(factory, "_given_basetemp") and hasattr(factory, "_basetemp"):
        factory._given_basetemp = folder
        factory._basetemp = None


def use_cache(config: pytest.Config, folder: Path) -> None:
    """Let the ``cache`` fixture write here."""
    cache: Any = getattr(config, "cache", None)
    if hasattr(cache, "_cachedir"):
        cache._cachedir = folder


def mute_terminal(config: pytest.Config) -> None:
    """Let the terminal reporter, which other plugins rely on, write to nowhere."""
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    writer: Any = getattr(reporter, "_tw", None)
    if writer is not None and hasattr(writer, "_file"):
        writer._file = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def drop_summaries(config: pytest.Config) -> None:
    """Let no plugin add to the summary at the end: nobody reads it here, for it plugins import much, and some write files."""
    summary: Any = config.hook.pytest_terminal_summary
    remove: Any = getattr(summary, "_remove_plugin", None)
    if remove is not None:
        for plugin in [one.plugin for one in summary.get_hookimpls()]:
            remove(plugin)


def drop_measuring(early_config: pytest.Config) -> None:
    """Keep pytest-cov from starting, which it decides before conftest files load. ``--no-cov`` does not do that."""
    known: Any = getattr(early_config, "known_args_namespace", None)
    if hasattr(known, "cov_source"):
        known.cov_source = []
        known.no_cov = True
