# test_counts shop.basket:total
count = 0

def bump():
    global count
    count += 1
    return count

def test_counts():
    assert [bump() for _ in range(2)] == [1, 2]
    assert (lambda count=count: count)() == 0 or count == 2
    assert [count for count in range(3)] == [0, 1, 2]
