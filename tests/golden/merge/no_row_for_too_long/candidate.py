# test_total_of_three shop.basket:total
from shop.basket import total

def test_total_of_three():
    assert total([1000000001, 1000000002, 1000000003, 1000000004, 1000000005, 1000000006]) == 6000000021
