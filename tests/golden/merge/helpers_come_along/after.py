from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


MANY = [1] * 3
ONE = 1


# Doubles what it is given.
def double(prices):
    return [2 * p for p in prices]


# aigen: shop.basket:total
def test_total_of_many():
    assert total(double(MANY)) == 6 * ONE
