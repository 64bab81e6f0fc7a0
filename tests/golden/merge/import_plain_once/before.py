import json
import os


def test_old():
    assert json and os
