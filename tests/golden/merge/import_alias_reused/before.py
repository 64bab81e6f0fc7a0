import json as js


def test_old():
    assert js
