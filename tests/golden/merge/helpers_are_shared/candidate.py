# test_total_again shop.basket:total
import pytest
from shop.basket import total

MANY = [1, 2, 3]

@pytest.fixture
def prices():
    return list(MANY)

def test_total_again(prices):
    assert total(prices + MANY) == 12
