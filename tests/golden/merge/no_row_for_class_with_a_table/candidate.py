# TestThree::test_total_of_three shop.basket:total
from shop.basket import total

class TestThree:
    def test_total_of_three(self):
        assert total([1, 2, 3]) == 6
