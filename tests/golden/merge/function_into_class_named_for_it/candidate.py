# test_empty shop.basket:Basket.__len__
from shop.basket import Basket

def test_empty():
    assert len(Basket()) == 0
