# test_awaits shop.basket:total
import asyncio
from shop.basket import total

async def one():
    return 1

def test_awaits():
    async def main():
        return total([await one() for _ in range(2)])
    assert asyncio.run(main()) == 2
