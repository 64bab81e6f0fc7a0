# TestTotal::test_two shop.basket:total
class TestTotal:
    def test_two(self, prices):
        assert total(prices) == 3
