from shop.basket import total


def test_total():
    assert total([1]) == 1


def test_nothing():
    pass


def nothing():
    return []
