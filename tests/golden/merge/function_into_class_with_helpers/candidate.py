# test_three shop.basket:total
import pytest
from shop.basket import total

THREE = [1, 2, 3]

@pytest.fixture
def three():
    return THREE

def test_three(three):
    assert total(three) == 6
