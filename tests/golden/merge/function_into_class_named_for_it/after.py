from shop.basket import Basket


class TestBasket:
    def setup_method(self):
        self.basket = Basket([1, 2])

    def test_length(self):
        assert len(self.basket) == 2

    # aigen: shop.basket:Basket.__len__
    def test_empty(self):
        assert len(Basket()) == 0


def test_nothing():
    pass
