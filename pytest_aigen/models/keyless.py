"""Takes keys out of what the libraries of a client log."""

from __future__ import annotations

import logging
from collections.abc import Sequence

#: Libraries of the clients that log.
_LOGGERS = {"openai", "httpx", "httpcore", "httpx2", "httpcore2", "azure", "litellm", "LiteLLM"}


def hide(secrets: Sequence[str]) -> None:
    """What the libraries log from now on, at any level, names none of these."""
    keyless = _Keyless([secret for secret in secrets if len(secret) > 6])
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOGGERS:
            logger = logging.getLogger(name)
            for old in [f for f in logger.filters if isinstance(f, _Keyless)]:
                logger.removeFilter(old)
            logger.addFilter(keyless)


class _Keyless(logging.Filter):
    """Takes secrets out of log records, tracebacks included."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._without(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = self._without(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text
