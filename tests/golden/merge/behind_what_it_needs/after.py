from shop.basket import total


def test_total():
    assert total([1]) == 1


def test_nothing():
    pass


def nothing():
    return []


# aigen: shop.basket:total
def test_total_of_none():
    assert total(nothing()) == 0
