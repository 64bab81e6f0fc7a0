# test_three shop.basket:total
import pytest
from shop.basket import total

THREE = [1, 2, 3]

def test_three():
    assert total(THREE) == 6
