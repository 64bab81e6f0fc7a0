"""Executors whose jobs run on other machines: whether these can run them, and how many at a time."""

from __future__ import annotations

from collections.abc import Callable

from pytest_aigen.protocols import Executor


def at_once(executor: Executor) -> int | None:
    """How many jobs run at once on other machines; None for an executor on this one.

    Raises ConfigError where the other machines cannot run any.
    """
    preflight: Callable[[], int] | None = getattr(executor, "preflight", None)
    return preflight() if preflight is not None else None
