# test_three shop.basket:total
import pytest
from shop.basket import total

def test_three(tmp_path):
    assert total([1, 2, 3]) == 6
