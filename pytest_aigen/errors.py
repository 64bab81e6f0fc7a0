"""The exceptions of pytest-aigen.

A bad candidate is a value (`pytest_aigen.data.Rejected`), never an exception. Exceptions are faults::

    AigenError
    ├── ConfigError      a setting, or the environment it needs, is wrong; shown as a usage error
    ├── ModelError       the model's provider failed, and trying again did not help
    │   ├── ModelRefused the provider refuses every request: a bad key, an exhausted quota, an unknown model
    │   └── ContextTooLong the request is longer than the model takes
    ├── ExecutorError    candidates cannot be run at all
    ├── MergeError       a candidate cannot be joined with its test module
    ├── WriteError       a file could not be written
    │   └── FileChanged  it is not what it was when it was read
    ├── LockedError      another run is at work in the same project
    └── OutOfBudget      a cap was reached; ends the loop, and the run still reports
"""

from __future__ import annotations

import os
import traceback


class AigenError(Exception):
    """Base of all that pytest-aigen raises on purpose."""


class ConfigError(AigenError):
    """A setting or the environment it needs is wrong; the message names it and says what to do."""


class ModelError(AigenError):
    """The provider failed for this request, and trying again did not help."""


class ModelRefused(ModelError):
    """The provider refuses every request: a bad key, an exhausted quota, an unknown model."""


class ContextTooLong(ModelError):
    """The request is longer than the model takes; ``limit`` tokens, where the provider says so."""

    def __init__(self, message: str, limit: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class ExecutorError(AigenError):
    """Candidates cannot be run at all: the session they run in does not start or has died."""


class MergeError(AigenError):
    """A candidate cannot be joined with its test module without changing what is there."""


class WriteError(AigenError):
    """A file was not written, or cannot be: the message says why."""


class FileChanged(WriteError):
    """A file is not what it was when it was read, and so was not overwritten."""


class LockedError(AigenError):
    """Another run is at work in the same project; the message says which."""


class OutOfBudget(AigenError):
    """A cap on requests, tokens, money or time was reached."""


def fault(error: Exception) -> str:
    """An error that nobody expected, in one line, with where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({os.path.basename(frame.filename)}:{frame.lineno})" for frame in last)
    return f"{type(error).__name__}: {error}{where}; please report this"
