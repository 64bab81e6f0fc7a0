import pytest

try:
    import tomllib
except ImportError:
    tomllib = None

numbers = pytest.importorskip("numbers")

import json
from shop.basket import cheapest


def test_numbers():
    assert numbers.Number


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == json.loads("1")
    assert tomllib is None or tomllib
