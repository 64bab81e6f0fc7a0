import pytest

from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


PRICES = [2, 1]
TEN = 10


def doubled(prices):
    return [2 * price for price in prices]


@pytest.fixture
def doubles_2():
    return doubled(PRICES)


# aigen: shop.basket:total
def test_doubles(doubles_2):
    assert total(doubles_2) + TEN == 16
