from shop.basket import Basket, cheapest, total


class TestTotal:
    def test_two(self):
        assert total([1, 2]) == 3

    def test_none(self):
        assert total([]) == 0


class TestCheapest:
    def test_two(self):
        assert cheapest([1, 2]) == 1
