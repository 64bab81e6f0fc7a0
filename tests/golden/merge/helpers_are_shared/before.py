import pytest
from shop.basket import total

MANY = [1, 2,
        3]  # many


@pytest.fixture
def prices():
    # Some prices.
    return list(MANY)


def test_total(prices):
    assert total(prices) == 6
