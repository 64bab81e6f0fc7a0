import pytest

json = pytest.importorskip("json")

from shop.basket import total


def test_old():
    assert True


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
