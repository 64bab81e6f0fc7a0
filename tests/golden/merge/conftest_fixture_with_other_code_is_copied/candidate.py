# test_client shop.basket:total reserved=client,server,doubles
import pytest
from shop.basket import total

@pytest.fixture
def client():
    return "mine"

def test_client(client):
    assert client == "mine"
    assert total([]) == 0
