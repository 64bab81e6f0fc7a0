from shop.basket import total


class TestTotal: pass


def test_nothing():
    pass


class TestTotal_2:
    # aigen: shop.basket:total
    def test_block(self):
        assert total([]) == 0
