from shop.basket import cheapest, total


def test_total():
    assert total([1, 2]) == 3


# aigen: shop.basket:cheapest
def test_cheapest():
    os = 1
    assert cheapest([2, os]) == 1
