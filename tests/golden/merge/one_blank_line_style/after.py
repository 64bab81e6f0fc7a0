import pytest
from shop.basket import total
def test_total():
    assert total([1]) == 1


# aigen: shop.basket:total
def test_total_of_none():
    assert total([]) == 0


def test_other():
    assert pytest
