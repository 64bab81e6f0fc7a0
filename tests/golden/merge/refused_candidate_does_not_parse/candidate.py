# test_total shop.basket:total
def test_total(:
