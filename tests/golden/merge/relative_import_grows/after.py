from ..basket import cheapest, total


def test_total():
    assert total([1]) == 1


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([total([2]), 1]) == 1
