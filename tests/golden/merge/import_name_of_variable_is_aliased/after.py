from shop.basket import total as total_2

total = 7


def test_old():
    assert total == 7


# aigen: shop.basket:total
def test_new():
    assert total_2([1]) == 1
