# test_three shop.basket:total
import pytest
from shop.basket import total

@pytest.mark.usefixtures("tmp_path")
def test_three():
    assert total([1, 2, 3]) == 6
