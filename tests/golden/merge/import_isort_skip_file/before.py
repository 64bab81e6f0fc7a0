# isort: skip_file
import sys
import os


def test_old():
    assert sys and os
