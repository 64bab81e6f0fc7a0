from shop.basket import total


# aigen: shop.basket:total
def test_total():
    assert total([1, 2]) == 3
