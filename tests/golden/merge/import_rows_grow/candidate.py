# test_limit shop.basket
from shop.basket import LIMIT, cheapest, Basket, Shelf

def test_limit():
    assert len(Basket([LIMIT])) == cheapest([1]) == len(Shelf([1]))
