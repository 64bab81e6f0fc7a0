from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


# aigen: shop.basket:total
def test_total_of_none():
    assert total([]) == 0
