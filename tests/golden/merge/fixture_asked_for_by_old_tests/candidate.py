# test_path_of_mine shop.basket
import pytest

@pytest.fixture
def tmp_path():
    return "mine"

def test_path_of_mine(tmp_path):
    assert tmp_path == "mine"
