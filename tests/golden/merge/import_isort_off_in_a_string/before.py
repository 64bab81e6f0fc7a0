import sys

TEXT = """
# isort: off
"""
import os


def test_old():
    assert sys and os
