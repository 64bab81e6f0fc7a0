# test_new shop.basket:total
from shop.basket import total


def test_new():
    for n in (1, 2):
        assert total([n]) == n
