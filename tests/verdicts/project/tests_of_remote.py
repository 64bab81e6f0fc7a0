"""Stands beside the candidates for kiosk.remote, as tests/test_remote.py."""

from __future__ import annotations

from kiosk.remote import next_number


def test_the_first_number() -> None:
    assert next_number() == 1
