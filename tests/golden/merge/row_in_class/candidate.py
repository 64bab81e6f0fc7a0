# test_total_of_three shop.basket:total
from shop.basket import total

def test_total_of_three(tmp_path):
    assert tmp_path
    assert total([1, 2, 3]) == 6
