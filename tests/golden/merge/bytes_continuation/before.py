import os, \
    sys


def test_old():
    assert os and \
        sys
