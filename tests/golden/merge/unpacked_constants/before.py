a, b = 1, 2


def test_old():
    assert a < b
