from __future__ import annotations

NUMBER = 1


def test_nothing():
    assert NUMBER
