from shop.basket import Basket, cheapest, total


class TestTotal:
    def test_two(self):
        assert total([1, 2]) == 3

    def test_none(self):
        assert total([]) == 0


class Row:
    pass


# aigen: shop.basket:total
def test_private():
    row = Row()
    setattr(row, "__price", 2)
    assert total([row.__price]) == 2


class TestCheapest:
    def test_two(self):
        assert cheapest([1, 2]) == 1
