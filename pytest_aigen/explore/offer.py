"""Offers the offline engine, which is imported once it is asked for."""

from __future__ import annotations

# What the engine imports of Python's own: later, the project could have modules that are called so (`code`, which doctest
# imports, `cmd`).
import doctest  # noqa: F401
import ipaddress  # noqa: F401
import xml.etree.ElementTree  # noqa: F401
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_aigen.protocols import Executor, Generator, Model
    from pytest_aigen.settings import Settings


@pytest.hookimpl
def pytest_aigen_generator(
    name: str, model: Model | None, executor: Executor, settings: Settings
) -> Generator | None:
    if name != "explore":
        return None
    from pytest_aigen.explore import solver
    from pytest_aigen.explore.generator import Explore

    return Explore(
        executor,
        timeout=settings.timeout,
        search_time=settings.search_time,
        solves=solver.installed(),
    )
