# test_private shop.basket:total
from shop.basket import total

class Row:
    pass

def test_private():
    row = Row()
    setattr(row, "__price", 2)
    assert total([row.__price]) == 2
