"""Which requests lead to a function, read from the sources of a project."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pytest_aigen.context.web import Handlers
from pytest_aigen.data import Fixture

FLASK = """
from flask import Blueprint, Flask
from . import views
bp = Blueprint("a", __name__, url_prefix="/own")
@bp.route("/x", methods=["GET", "DELETE"])
def routed(): ...
@bp.get("/y/<int:n>")
def got(n): ...
def added(): ...
bp.add_url_rule("/z", view_func=added)
class Items(View):
    def post(self): ...
bp.add_url_rule("/items", view_func=Items.as_view("items"))
@property
def plain(self): ...
@bp.errorhandler(404)
def missing(error): ...
"""
MADE = "from flask import Flask\nfrom web.views import bp\ndef make(config):\n    app = Flask(__name__)\n    app.register_blueprint(bp)\n    return app\n"
FASTAPI = """
from fastapi import APIRouter, FastAPI
router = APIRouter(prefix="/r")
inner = APIRouter()
@router.post("/a")
async def posted(): ...
@router.api_route("/b", methods=["PUT"])
def put(): ...
@inner.websocket("/ws")
async def socket(): ...
router.include_router(inner, prefix="/i")
app = FastAPI()
app.include_router(router, prefix="/v1")
app.include_router(router, prefix="/v2")
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.routing import Mount, Route
async def home(request): ...
async def both(request): ...
app = Starlette(routes=[Route("/", home), Route("/both", endpoint=both, methods=["GET", "POST"])])
"""
URLS = "from django.urls import include, path\nurlpatterns = [path('shop/', include('shop.urls'))]\n"
DJANGO = """
from django.urls import path
from . import views
from shop.views import bare
urlpatterns = [path("<int:pk>/", views.one), path("list/", views.Listed.as_view()), path("", bare)]
"""
AIOHTTP = """
from aiohttp import web
routes = web.RouteTableDef()
@routes.get("/ping")
async def ping(request): ...
async def echo(request): ...
async def old(request): ...
async def new(request): ...
def make():
    app = web.Application()
    app.router.add_post("/echo", echo)
    app.router.add_route("PUT", "/old", old)
    app.add_routes([web.get("/new", new)])
    return app
"""
SOURCES = {
    "web": MADE,
    "web.views": FLASK,
    "over": MADE.replace("(bp)", "(bp, url_prefix='/over')"),
    "api": FASTAPI,
    "star": STARLETTE,
    "site.urls": URLS,
    "shop.urls": DJANGO,
    "shop.views": "def one(request, pk): ...\ndef bare(request): ...\n",
    "pings": AIOHTTP,
    "quiet": "def get(path): ...\n@get('/a')\ndef handler(): ...\n",
}


@pytest.mark.parametrize(
    ("module", "qualname", "requests"),
    [
        ("web.views", "routed", ["GET /own/x (Flask)", "GET /over/x (Flask)", "DELETE /own/x (Flask)", "DELETE /over/x (Flask)"]),
        ("web.views", "got", ["GET /own/y/<int:n> (Flask)", "GET /over/y/<int:n> (Flask)"]),
        ("web.views", "added", ["GET /own/z (Flask)", "GET /over/z (Flask)"]),
        ("web.views", "Items.post", ["POST /own/items (Flask)", "POST /over/items (Flask)"]),
        ("web.views", "plain", []),
        ("web.views", "missing", []),
        ("api", "posted", ["POST /v1/r/a (FastAPI)", "POST /v2/r/a (FastAPI)"]),
        ("api", "put", ["PUT /v1/r/b (FastAPI)", "PUT /v2/r/b (FastAPI)"]),
        ("api", "socket", ["WEBSOCKET /v1/r/i/ws (FastAPI)", "WEBSOCKET /v2/r/i/ws (FastAPI)"]),
        ("star", "home", ["GET / (Starlette)"]),
        ("star", "both", ["GET /both (Starlette)", "POST /both (Starlette)"]),
        ("shop.views", "one", ["GET or POST /shop/<int:pk>/ (Django)"]),
        ("shop.views", "bare", ["GET or POST /shop/ (Django)"]),
        ("shop.views", "Listed.get", ["GET /shop/list/ (Django)"]),
        ("shop.views", "Listed.helper", []),
        ("pings", "ping", ["GET /ping (aiohttp)"]),
        ("pings", "echo", ["POST /echo (aiohttp)"]),
        ("pings", "old", ["PUT /old (aiohttp)"]),
        ("pings", "new", ["GET /new (aiohttp)"]),
        ("quiet", "handler", []),
    ],
)  # fmt: skip
def test_requests(module: str, qualname: str, requests: list[str]) -> None:
    sentences = Handlers(SOURCES, ["web"]).sentences(module, qualname)
    said = [sentence for sentence in sentences if " leads to it " in sentence]
    assert said == [f"`{r.partition(' (')[0]}` leads to it ({r.partition(' (')[2]}" for r in requests]
    assert bool(sentences) is bool(requests)


CLIENT = Fixture("api_client", "function", "", "", "tests/conftest.py")


@pytest.mark.parametrize(
    ("module", "qualname", "fixtures", "plugins", "how"),
    [
        ("web.views", "got", [CLIENT], ["client"], "the fixture `api_client` of tests/conftest.py is a client, by its name"),
        ("web.views", "got", [], ["client"], "`over.make().test_client()` is a client"),
        ("api", "posted", [], [], "`fastapi.testclient.TestClient(api.app)` is a client"),
        ("star", "home", [], [], "`starlette.testclient.TestClient(star.app)` is a client"),
        ("shop.views", "one", [], ["client"], "the fixture `client` is Django's; `@pytest.mark.django_db` lets a test use the database"),
        ("shop.views", "one", [], [], "`django.test.Client()` is a client"),
        ("pings", "echo", [], ["aiohttp_client"], "`await aiohttp_client(pings.make())`, with the fixture of that name, is a client"),
        ("pings", "echo", [], [], "`aiohttp.test_utils.TestClient(aiohttp.test_utils.TestServer(pings.make()))`, in `async with`, is a client"),
    ],
)  # fmt: skip
def test_clients(
    module: str, qualname: str, fixtures: Sequence[Fixture], plugins: list[str], how: str
) -> None:
    sources = {name: SOURCES[name] for name in sorted(SOURCES)}
    assert Handlers(sources, ["web"]).sentences(module, qualname, fixtures, plugins)[-1] == how
