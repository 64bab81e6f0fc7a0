# isort: off
from __future__ import annotations
import sys
import os


def test_old():
    assert sys and os
