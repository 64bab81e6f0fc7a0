# test_cheapest shop.basket:cheapest
import tomllib
import json
from shop.basket import cheapest

def test_cheapest():
    assert cheapest([2, 1]) == json.loads("1")
    assert tomllib is None or tomllib
