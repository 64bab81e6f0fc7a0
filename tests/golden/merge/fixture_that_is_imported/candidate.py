# test_mine shop.basket:total
from shop.fixtures import apple, pear
from shop.basket import total

def test_mine(pear, apple):
    assert total([apple, pear]) == 3
