# test_doubles shop.basket:total reserved=client,server,doubles
import pytest
from shop.basket import total

PRICES = [1, 2]
TEN = 10

def doubled(prices):
    return [2 * price for price in prices]

@pytest.fixture
def doubles():
    return doubled(PRICES)

def test_doubles(doubles):
    assert total(doubles) + TEN == 10 + total(doubled(PRICES))
