from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


PRICES = [1, 2]
TEN = 10


def doubled(prices):
    return [2 * price for price in prices]


# aigen: shop.basket:total
def test_doubles(doubles):
    assert total(doubles) + TEN == 10 + total(doubled(PRICES))
