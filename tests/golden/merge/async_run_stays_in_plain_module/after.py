import asyncio

from shop.basket import total


def test_total():
    assert total([1, 2]) == 3


async def later(prices):
    await asyncio.sleep(0)
    return total(prices)


# aigen: shop.basket:total
def test_total_later():
    assert asyncio.run(later([1, 2, 3])) == 6
    assert asyncio.run(later([1])).real == 1
