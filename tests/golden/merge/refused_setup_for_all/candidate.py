# test_sum shop.basket:total
def setup_function():
    raise RuntimeError

def test_sum():
    pass
