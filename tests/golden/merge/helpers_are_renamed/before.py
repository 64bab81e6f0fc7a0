from shop.basket import total

PRICES = [1, 2]


def double(prices):
    return prices * 2


def test_total():
    assert total(double(PRICES)) == 6
