from shop.basket import Basket


class TestBasket:
    def setup_method(self):
        self.basket = Basket([1, 2])

    def test_length(self):
        assert len(self.basket) == 2


def test_nothing():
    pass
