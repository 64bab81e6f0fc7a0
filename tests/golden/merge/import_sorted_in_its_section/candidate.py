# test_cheapest shop.basket:cheapest path=tests
import re
from shop.basket import cheapest

def test_cheapest():
    assert re.match("1", str(cheapest([2, 1])))
