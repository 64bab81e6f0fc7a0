"""The seven hooks that an extension implements, in a plugin or in a ``conftest.py``.

The built-in models, generators, executors, checks and reports are registered through the same hooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_aigen.data import Price, Report, Suite, Workplace
    from pytest_aigen.protocols import Check, Executor, Generator, Model, Watcher
    from pytest_aigen.settings import Settings


@pytest.hookspec(firstresult=True)
def pytest_aigen_model(provider: str, model: str, settings: Settings) -> Model | None:
    """Return the model for ``--ai-gen-model=PROVIDER:MODEL``, or None for a provider that is not yours.

    Raise ConfigError where something that it needs, such as a key, is missing. Called before the first test runs.
    """


@pytest.hookspec(firstresult=True)
def pytest_aigen_price(provider: str, model: str, settings: Settings) -> Price | None:
    """Return what the model of ``--ai-gen-model=PROVIDER:MODEL`` costs, or None where you do not know.

    Called before the first test runs, also for a provider that is not yours, where ``--ai-gen-price`` does not say.
    """


@pytest.hookspec(firstresult=True)
def pytest_aigen_generator(
    name: str, model: Model | None, executor: Executor, settings: Settings
) -> Generator | None:
    """Return the generator of this name (``explore``, ``llm``), or None for a name that is not yours."""


@pytest.hookspec(firstresult=True)
def pytest_aigen_executor(name: str, workplace: Workplace) -> Executor | None:
    """Return the executor for ``--ai-gen-executor=NAME``, or None for a name that is not yours."""


@pytest.hookspec
def pytest_aigen_checks(settings: Settings, suite: Suite) -> Sequence[Check]:  # type: ignore[empty-body]
    """Return acceptance checks; ``--ai-gen-checks`` chooses from all that are offered, by name.

    ``suite`` is what the user's tests showed; empty where the settings are looked at, before they run.
    """


@pytest.hookspec
def pytest_aigen_watcher(settings: Settings, config: pytest.Config) -> Watcher | None:
    """Return what shows how the run is going, or None; called when the suite is done and there is work to do."""


@pytest.hookspec
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    """Show or write the report, once, when the session ends."""
