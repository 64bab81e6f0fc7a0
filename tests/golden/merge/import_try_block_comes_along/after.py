import pytest

from shop.basket import cheapest


def test_raises():
    with pytest.raises(ZeroDivisionError):
        1 / 0


try:
    import tomllib as toml
except ImportError:
    toml = None


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
    assert toml is None or toml
