import asyncio

from shop.basket import total


def test_old():
    assert asyncio


async def one():
    return 1


# aigen: shop.basket:total
def test_awaits():
    async def main():
        return total([await one() for _ in range(2)])
    assert asyncio.run(main()) == 2
