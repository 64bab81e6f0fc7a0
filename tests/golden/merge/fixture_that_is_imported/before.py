from shop.fixtures import apple


def pear():
    return 3


def test_old(apple):
    assert apple + pear() == 4
