# isort: off
import sys
import os

# isort: on


def test_old():
    assert sys and os
