from shop.basket import (
    cheapest,  # the lowest
    total,
    zero,
)


def test_old():
    assert cheapest([1]) and zero() == 0


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
