from shop.basket import total

a, b = 1, 2


def test_old():
    assert a < b


a_2, b_2 = 1, 2
b_2, c = 5, 6


# aigen: shop.basket:total
def test_mine():
    assert total([a_2, b_2, c]) == 12
