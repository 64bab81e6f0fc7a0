"""Docs."""

# isort: off
import sys
import os


def test_old():
    assert sys and os
