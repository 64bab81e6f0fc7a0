# test_number shop.basket:total
import pytest
from shop.basket import total

def test_number():
    with pytest.raises(TypeError):
        total(3)
