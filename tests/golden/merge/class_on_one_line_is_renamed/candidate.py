# TestTotal::test_block shop.basket:total
from shop.basket import total

class TestTotal:
    def test_block(self):
        assert total([]) == 0
