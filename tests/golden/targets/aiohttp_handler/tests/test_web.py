from pings.web import make_app


async def test_bad_host(aiohttp_client):
    client = await aiohttp_client(make_app())
    answer = await client.get("/ping/a.b")
    assert answer.status == 400
