from shop.basket import (
    LIMIT,
    Basket,
    Shelf,
    a_function_with_a_rather_long_name,
    cheapest,
    total,
)


def test_total():
    assert total([1]) == len(Basket([1])) < LIMIT
    assert Shelf is not a_function_with_a_rather_long_name


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
