# test_sum shop.basket:total
def test_sum():
    assert "€"
