import pytest

from shop.basket import total


@pytest.mark.asyncio
class TestTotal:
    async def test_two(self):
        assert total([1, 2]) == 3
