from shop.basket import total, Basket  # noqa: F401


def test_total():
    assert total([1]) == 1
