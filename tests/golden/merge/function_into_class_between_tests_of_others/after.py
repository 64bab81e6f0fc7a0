from shop.basket import cheapest, total


class TestSums:
    def test_total(self):
        assert total([1, 2]) == 3

    # aigen: shop.basket:total
    def test_three(self):
        assert total([1, 2, 3]) == 6

    def test_cheapest(self):
        assert cheapest([1, 2]) == 1
