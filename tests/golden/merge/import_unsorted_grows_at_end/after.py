from shop.basket import total, Basket, cheapest  # what we sell


def test_total():
    assert total([1]) == len(Basket([1]))


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
