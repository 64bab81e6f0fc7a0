import sys

from shop.basket import total

if sys.version_info >= (3, 8):

    class TestTotal:
        def test_one(self):
            assert total([1]) == 1

    def test_total():
        assert total([1]) == 1


# aigen: shop.basket:total
def test_total_of_none():
    assert total([]) == 0
