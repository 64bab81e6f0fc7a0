from shop.basket import total


class TestSums:
    class TestTotal:
        def test_two(self):
            assert total([1, 2]) == 3


# aigen: shop.basket:total
def test_three():
    assert total([1, 2, 3]) == 6


class TestOther:
    def test_nothing(self):
        pass
