from shop.basket import total as sum_up


def test_old():
    assert sum_up([]) == 0
