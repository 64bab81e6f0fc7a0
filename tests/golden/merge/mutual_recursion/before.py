def even(n):
    return False


def odd(n):
    return False


def test_old():
    assert not even(2) and not odd(1)
