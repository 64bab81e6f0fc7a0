count = 5


def test_old():
    assert count == 5
