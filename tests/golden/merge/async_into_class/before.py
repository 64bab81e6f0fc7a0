import pytest

from shop.basket import total


class TestTotal:
    @pytest.mark.asyncio
    async def test_two(self):
        assert total([1, 2]) == 3
