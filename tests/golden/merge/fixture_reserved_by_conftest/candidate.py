# test_client shop.basket reserved=client,server
import pytest

@pytest.fixture
def client(client):
    return client + "!"

@pytest.fixture(name="server")
def a_server(client):
    return client + "?"

def test_client(client, server):
    assert client == "conftest!"
    assert server == "conftest!?"
