import json as j
from shop.basket import cheapest as lowest


def test_lowest():
    assert lowest([2, 1]) == j.loads("1")
