# test_total_waits shop.basket:total
import asyncio
import pytest
from shop.basket import total

def test_total_waits():
    async def check():
        await asyncio.sleep(0)
        with pytest.raises(TypeError, match="NoneType"):
            total(None)

    asyncio.run(check())
