"""Keys in what the libraries of a client log."""

from __future__ import annotations

import logging

import pytest

from pytest_aigen.models import keyless

KEY = "sk-of-this-test"


@pytest.mark.parametrize("name", ["openai._base_client", "httpx", "httpcore2.http11"])
def test_no_key_in_logs_nor_in_their_tracebacks(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(name)
    with caplog.at_level(logging.DEBUG, name):
        for _ in range(2):  # a second client with the same key
            keyless.hide([KEY, "short"])
        logger.debug("headers: %s, short", {"Authorization": f"Bearer {KEY}"})
        try:
            raise ValueError(f"at {KEY}")
        except ValueError:
            logger.exception("failed with %s", KEY)
    assert KEY not in caplog.text
    assert "Bearer [key]" in caplog.text
    assert "ValueError: at [key]" in caplog.text
    assert "short" in caplog.text, "what is as short as a word is none"
    keyless.hide([])


def test_other_loggers_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    keyless.hide([KEY])
    with caplog.at_level(logging.DEBUG, "of.a.user"):
        logging.getLogger("of.a.user").debug("%s", KEY)
    assert KEY in caplog.text
    keyless.hide([])
