import os


def test_old():
    assert os
