from shop.basket import (
    LIMIT,  # the most
    Basket,
    Shelf,
    cheapest,
    # the sum
    total,
)


def test_total():
    assert total([1]) < LIMIT
    assert Basket


# aigen: shop.basket
def test_limit():
    assert len(Basket([LIMIT])) == cheapest([1]) == len(Shelf([1]))
