from shop.basket import total, Basket  # what we sell


def test_total():
    assert total([1]) == len(Basket([1]))
