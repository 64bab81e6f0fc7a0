from shop.basket import total as sum_up


def test_old():
    assert sum_up([]) == 0


# aigen: shop.basket:total
def test_new():
    assert sum_up([1]) == 1
