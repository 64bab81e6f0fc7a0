from shop.basket import total


def test_old():
    total = 3
    assert total == 3


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
