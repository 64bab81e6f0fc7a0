# test_cheapest shop.basket:cheapest
import json
from shop.basket import cheapest

def test_cheapest():
    assert cheapest(json.loads("[2, 1]")) == 1
