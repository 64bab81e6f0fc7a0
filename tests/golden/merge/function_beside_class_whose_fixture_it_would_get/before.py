import pytest

from shop.basket import total


class TestTotal:
    @pytest.fixture
    def server(self):
        return "mine"

    def test_two(self, server):
        assert total([1, 2]) == 3
