import pytest

from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


@pytest.fixture
def client_2():
    return "mine"


# aigen: shop.basket:total
def test_client(client_2):
    assert client_2 == "mine"
    assert total([]) == 0
