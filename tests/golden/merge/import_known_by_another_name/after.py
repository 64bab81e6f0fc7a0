import json as j
from shop.basket import cheapest as lowest


def test_lowest():
    assert lowest([2, 1]) == j.loads("1")


# aigen: shop.basket:cheapest
def test_cheapest():
    assert lowest(j.loads("[2, 1]")) == 1
