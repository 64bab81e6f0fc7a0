total = 7


def test_old():
    assert total == 7
