import pytest


def test_old(tmp_path):
    assert tmp_path.exists()


@pytest.fixture
def tmp_path_2():
    return "mine"


# aigen: shop.basket
def test_path_of_mine(tmp_path_2):
    assert tmp_path_2 == "mine"
