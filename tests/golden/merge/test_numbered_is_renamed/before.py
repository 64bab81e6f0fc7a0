from shop.basket import total


def test_total_1():
    assert total([1, 2]) == 3
