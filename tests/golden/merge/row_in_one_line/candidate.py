# test_c shop.basket:zero
from shop.basket import zero

def test_c():
    assert zero() == 0
    assert "c".lower() == "c"
