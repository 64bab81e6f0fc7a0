import pytest
from shop.basket import Basket


@pytest.fixture
def basket():
    return Basket([1])


def test_basket(basket):
    assert len(basket) == 1
