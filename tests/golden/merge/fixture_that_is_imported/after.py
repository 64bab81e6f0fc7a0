from shop.basket import total
from shop.fixtures import apple, pear as pear_2


def pear():
    return 3


def test_old(apple):
    assert apple + pear() == 4


# aigen: shop.basket:total
def test_mine(pear_2, apple):
    assert total([apple, pear_2]) == 3
