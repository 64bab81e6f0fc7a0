from ..basket import total
from shop.basket import zero


def test_total():
    assert total([zero(), 1]) == 1
