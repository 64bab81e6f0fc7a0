import sys
# fmt: off
import os


def test_old():
    assert sys and os
