# TestTotal::test_block shop.basket:total
from shop.basket import total

class TestTotal:
    def test_block(self):
        text = """
    kept
        """
        if text:
            assert total([
                1,
            ]) == 1
            # really
        assert text.split() == ["kept"]
