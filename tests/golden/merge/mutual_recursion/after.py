def even(n):
    return False


def odd(n):
    return False


def test_old():
    assert not even(2) and not odd(1)


def even_2(n):
    return n == 0 or odd_2(n - 1)


def odd_2(n):
    return n != 0 and even_2(n - 1)


# aigen: shop.basket:total
def test_even():
    assert even_2(4) and odd_2(3)
