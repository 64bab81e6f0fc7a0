# Copyright 2026

# The number that we count on.
NUMBER = 1


def test_nothing():
    assert NUMBER
