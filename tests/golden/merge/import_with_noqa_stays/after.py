from shop.basket import total, Basket  # noqa: F401
from shop.basket import cheapest


def test_total():
    assert total([1]) == 1


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
