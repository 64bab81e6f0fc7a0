# TestTotal::test_three shop.basket:total
from shop.basket import total

class TestTotal:
    start = 2

    def test_three(self):
        assert total([self.start, 1]) == 3
