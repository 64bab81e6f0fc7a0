def test_old():
    total = 3
    assert total == 3
