# test_sum shop.basket:total
def make(a, a):
    pass

def test_sum():
    return make
