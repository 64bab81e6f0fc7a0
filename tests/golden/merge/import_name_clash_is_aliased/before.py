from datetime import datetime

from shop.basket import total


def cheapest():
    return 0


def test_total():
    assert total([cheapest(), datetime.min.year]) == 1
