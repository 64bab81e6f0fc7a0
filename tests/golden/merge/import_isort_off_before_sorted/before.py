# isort: off
import sys
# isort: on

import os


def test_old():
    assert sys and os
