from shop.basket import (
    LIMIT,  # the most
    Basket,
    # the sum
    total,
)


def test_total():
    assert total([1]) < LIMIT
    assert Basket
