from shop.basket import total


def test_total_1():
    assert total([1, 2]) == 3


# aigen: shop.basket:total
def test_total_2():
    assert total([5]) == 5
