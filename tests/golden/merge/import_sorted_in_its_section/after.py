import re
from functools import partial

from shop.basket import cheapest, total

import pytest


def test_total():
    assert partial(total, [1, 2])() == pytest.approx(3)


# aigen: shop.basket:cheapest
def test_cheapest():
    assert re.match("1", str(cheapest([2, 1])))
