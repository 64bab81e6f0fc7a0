xml = "<a/>"


def test_old():
    assert xml
