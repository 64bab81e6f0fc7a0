import pytest


def test_old(client):
    assert client == "conftest"


@pytest.fixture
def client_2(client):
    return client + "!"


@pytest.fixture(name="server_2")
def a_server(client_2):
    return client_2 + "?"


# aigen: shop.basket
def test_client(client_2, server_2):
    assert client_2 == "conftest!"
    assert server_2 == "conftest!?"
