import asyncio


def test_old():
    assert asyncio
