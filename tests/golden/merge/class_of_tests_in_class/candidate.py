# TestA::TestB::test_c shop.basket:total
from shop.basket import total

class TestA:
    class TestB:
        def test_c(self):
            assert total([]) == 0
