import asyncio

from aiohttp import ClientSession, ClientTimeout, web

SESSION = web.AppKey("session", ClientSession)
routes = web.RouteTableDef()


@routes.get("/ping/{host}")
async def ping(request: web.Request) -> web.Response:
    """Whether a host answers."""
    host = request.match_info["host"]
    if not host.isalnum():
        raise web.HTTPBadRequest(text="not a host")
    try:
        ok = await reach(request.app[SESSION], host, tries=int(request.query.get("tries", "1")))
    except asyncio.TimeoutError:
        return web.json_response({"host": host, "up": None}, status=504)
    return web.json_response({"host": host, "up": ok})


async def reach(session: ClientSession, host: str, *, tries: int) -> bool:
    for _ in range(tries):
        async with session.get(f"http://{host}/", timeout=ClientTimeout(total=1)) as answer:
            if answer.status < 500:
                return True
    return False


async def _session(app):
    async with ClientSession() as session:
        app[SESSION] = session
        yield


def make_app() -> web.Application:
    app = web.Application()
    app.add_routes(routes)
    app.router.add_post("/echo", echo)
    app.cleanup_ctx.append(_session)
    return app


async def echo(request: web.Request) -> web.Response:
    data = await request.json()
    if "text" not in data:
        return web.json_response({"error": "text"}, status=422)
    return web.json_response(data)
