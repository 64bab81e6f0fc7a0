# test_new shop.basket:total path=shop/tests
from shop.basket import total


def test_new():
    assert total([1]) == 1
