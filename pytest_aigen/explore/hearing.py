"""What a call says beside what it returns: warnings, log records, standard error."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Heard:
    """Filled when the listening ends."""

    warned: list[tuple[type[Warning], str]] = field(default_factory=list)
    #: Messages of log records of level WARNING and above, as pytest's ``caplog`` has them.
    logged: list[str] = field(default_factory=list)
    errors: str = ""


class _Handler(logging.Handler):
    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.into = into

    def emit(self, entry: logging.LogRecord) -> None:
        self.into.append(entry.getMessage())


@contextmanager
def listening() -> Iterator[Heard]:
    """Nothing of it gets any further."""
    heard, stream = Heard(), io.StringIO()
    handler, root = _Handler(heard.logged), logging.getLogger()
    before, sys.stderr = sys.stderr, stream
    root.addHandler(handler)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield heard
    finally:
        root.removeHandler(handler)
        sys.stderr = before
        heard.errors = stream.getvalue()
    heard.warned += [(entry.category, str(entry.message)) for entry in caught]


@contextmanager
def unlogged() -> Iterator[None]:
    """Log records go nowhere but to `listening`: those of thousands of calls would fill what pytest keeps of a test."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, [logging.NullHandler()]
    try:
        yield
    finally:
        root.handlers = before
