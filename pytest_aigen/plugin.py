"""The pytest plugin: options, hooks, early measuring. Imports nothing heavy until ``--ai-gen`` is given."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aigen import settings as declared

if TYPE_CHECKING:
    from pytest_aigen.session import Session

#: Set in the processes in which candidates run, where this plugin must not do anything.
CHILD = "PYTEST_AIGEN_CHILD"

_recorder = pytest.StashKey[Any]()


class Options:
    """Keeps pytest's parser: only that can tell which words of a command line are paths, and which values of options."""

    NAME = "aigen-options"

    def __init__(self, parser: pytest.Parser) -> None:
        self.parser = parser


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(Options(parser), Options.NAME)
    group = parser.getgroup("ai-gen", "writing the tests that are missing")
    group.addoption(
        "--ai-gen",
        action="store_true",
        dest="aigen",
        default=False,
        help="after the suite, write tests for what it does not cover",
    )
    for field in declared.options():
        # A flag without a value says yes.
        takes = {"metavar": field.metadata["metavar"]} if field.metadata["metavar"] else {"const": "yes"}
        action = "append" if field.metadata["repeat"] else "store" if "metavar" in takes else "store_const"
        group.addoption(
            field.metadata["flag"],
            action=action,
            dest=declared.dest(field),
            **takes,
            default=None,
            help=field.metadata["help"].replace("%", "%%"),
        )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from pytest_aigen import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start measuring before any conftest file imports the code that is to be covered."""
    if _is_on(early_config, early_config.known_args_namespace):
        _begin(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if _is_on(config, config.option):
        from pytest_aigen.session import Session, Worker

        if (
            _recorder not in config.stash
        ):  # `-p` loads this plugin after the conftest files, in a worker of xdist
            _begin(config)
        kind: type[Session | Worker] = Worker if hasattr(config, "workerinput") else Session
        config.pluginmanager.register(kind(config, config.stash[_recorder]), "aigen-session")
    elif getattr(config.option, "aigen", False) and CHILD not in os.environ:
        from pytest_aigen import ci

        config.option.aigen = False  # workers of xdist take it from here
        config.pluginmanager.register(ci.Declined(), "aigen-declined")


def _begin(config: pytest.Config) -> None:
    from pytest_aigen.unrewritten import Unrewritten

    if not any(isinstance(finder, Unrewritten) for finder in sys.meta_path):
        sys.meta_path.insert(0, Unrewritten())
    from pytest_aigen.extensions import register_extensions
    from pytest_aigen.session import start_recorder

    # First: tracing makes the import of so many modules several times as slow.
    register_extensions(config.pluginmanager)
    config.stash[_recorder] = start_recorder(config)


def _is_on(config: pytest.Config, options: Any) -> bool:
    if not getattr(options, "aigen", False) or CHILD in os.environ:
        return False
    from pytest_aigen import ci

    return not ci.declines(config, options)
