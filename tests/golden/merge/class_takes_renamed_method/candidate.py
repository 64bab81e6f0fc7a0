# TestTotal::test_two shop.basket:total
from shop.basket import total

class TestTotal:
    def test_two(self):
        assert total([1, 1]) == 2
