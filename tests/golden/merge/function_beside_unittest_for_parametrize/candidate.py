# test_three shop.basket:total
import pytest
from shop.basket import total

@pytest.mark.parametrize("third", [3])
def test_three(third):
    assert total([1, 2, 3]) == 6
