count = 5


def test_old():
    assert count == 5


count_2 = 0


def bump():
    global count_2
    count_2 += 1
    return count_2


# aigen: shop.basket:total
def test_counts():
    assert [bump() for _ in range(2)] == [1, 2]
    assert (lambda count=count_2: count)() == 0 or count_2 == 2
    assert [count for count in range(3)] == [0, 1, 2]
