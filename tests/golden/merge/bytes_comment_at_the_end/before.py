import os


def test_old():
    assert os


# the end, without a newline