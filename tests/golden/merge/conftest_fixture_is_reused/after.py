from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


TEN = 10


# aigen: shop.basket:total
def test_doubles(doubles):
    assert total(doubles) + TEN == 16
