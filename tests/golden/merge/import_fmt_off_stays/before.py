# fmt: off
from shop.basket import ( zero )
# fmt: on


def test_old():
    assert zero() == 0
