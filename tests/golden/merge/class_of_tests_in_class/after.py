from shop.basket import total


class TestA:
    def test_old(self):
        pass

    class TestB:
        # aigen: shop.basket:total
        def test_c(self):
            assert total([]) == 0
