# test_total_of_many shop.basket:total
from shop.basket import total

MANY = [1] * 3
ONE = 1

# Doubles what it is given.
def double(prices):
    return [2 * p for p in prices]

def test_total_of_many():
    assert total(double(MANY)) == 6 * ONE
