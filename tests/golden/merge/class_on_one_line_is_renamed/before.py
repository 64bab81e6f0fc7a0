class TestTotal: pass


def test_nothing():
    pass
