"""Finds what no test covers, and writes the tests: ``pytest --ai-gen``.

For authors of extensions: the records, the protocols and the errors. The hooks are in `pytest_aigen.hookspecs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_RECORDS = (
    "Accepted", "Candidate", "Change", "Condition", "Context", "Contract", "Coverage", "Demand", "Edit",
    "Ended", "Expected", "FileCoverage", "Fixture", "Forecast", "Gap", "Hurdle", "Job", "Left", "Mutant", "Observation", "Obstacle", "Outcome", "Outgoing", "Phase",
    "Price", "Probe", "Progress", "Proof", "Rates", "Reached",
    "Redaction", "Refusal", "Rejected", "Report", "Run", "Shard", "Shortened", "Skipped", "Stale", "Suite", "Suspect", "Target", "Trial",
    "Usage", "Why", "Working", "Workplace",
)  # fmt: skip
_PROTOCOLS = (
    "Call", "Calls", "Check", "Executor", "FixtureValues", "Generator", "Message", "Model", "Reply", "Request", "Stage",
    "Tool", "Watcher",
)  # fmt: skip
_ERRORS = (
    "AigenError", "ConfigError", "ContextTooLong", "ExecutorError", "FileChanged", "LockedError", "MergeError", "ModelError",
    "ModelRefused", "OutOfBudget", "WriteError",
)  # fmt: skip

__all__ = [*_RECORDS, *_PROTOCOLS, *_ERRORS, "__version__"]

if TYPE_CHECKING:
    from pytest_aigen.data import *  # noqa: F403
    from pytest_aigen.errors import *  # noqa: F403
    from pytest_aigen.protocols import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """Load a public name on first use: pytest imports this package in every session, used or not."""
    from importlib import import_module

    for module, names in (("data", _RECORDS), ("protocols", _PROTOCOLS), ("errors", _ERRORS)):
        if name in names:
            return getattr(import_module(f"pytest_aigen.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
