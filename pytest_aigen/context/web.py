"""Web handlers: by which requests Flask, FastAPI, Starlette, Django or aiohttp reach a function, and how a test makes them.

All of it is read from the sources of the project: which URL leads where may be said in another module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_aigen.context.source import origin, parsed, top_level
from pytest_aigen.data import Fixture

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "websocket")
#: The name of each framework, by the package that is imported.
_FRAMEWORKS = {"fastapi": "FastAPI", "starlette": "Starlette", "flask": "Flask", "django": "Django", "aiohttp": "aiohttp"}  # fmt: skip
_PREFIXES = ("prefix", "url_prefix", "path")
_ROUTERS = ("Blueprint", "APIRouter", "RouteTableDef", "Router")
_APPLICATIONS = ("Flask", "FastAPI", "Starlette", "Application")
_CLIENTS = {
    "Flask": "`{app}.test_client()` is a client",
    "FastAPI": "`fastapi.testclient.TestClient({app})` is a client",
    "Starlette": "`starlette.testclient.TestClient({app})` is a client",
    "Django": "`django.test.Client()` is a client",
    "aiohttp": "`aiohttp.test_utils.TestClient(aiohttp.test_utils.TestServer({app}))`, in `async with`, is a client",
}
_DEPTH = 5

#: A module and a name in it.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """A request that leads to a handler."""

    framework: str
    method: str
    path: str
    #: The router that the route is on, whose own prefix stands before the path.
    router: Place


@dataclass
class _Site:
    """What the modules of a project say about URLs."""

    routes: dict[Place, list[Route]] = field(default_factory=dict)
    prefixes: dict[Place, str] = field(default_factory=dict)
    #: Where a router, or a module of Django's URLs, is included: in which, and below which path.
    included: dict[Place, list[tuple[Place, str]]] = field(default_factory=dict)
    #: What makes or is an application, by framework, as a test would name it.
    applications: dict[str, str] = field(default_factory=dict)


class Handlers:
    """Knows the routes of a project."""

    def __init__(self, sources: Mapping[str, str], packages: Iterable[str] = ()) -> None:
        """``sources``: the modules of the project by their dotted names; ``packages``: those that are packages."""
        self._site = _Site()
        known = frozenset(packages)
        for module, text in sources.items():
            if any(name in text for name in _FRAMEWORKS):
                _Reader(module, text, self._site, is_package=module in known).read()

    def sentences(
        self, module: str, qualname: str, fixtures: Sequence[Fixture] = (), plugins: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """How a test reaches a handler, or a method of a class of handlers; none for other functions.

        A project's own fixture comes before a client of the framework; ``plugins`` are fixtures of installed plugins.
        """
        owner, _, method = qualname.rpartition(".")
        routes = self._site.routes.get((module, qualname), [])
        if owner and method.lower() in _VERBS:
            found = self._site.routes.get((module, owner), [])
            routes = [Route(one.framework, method.upper(), one.path, one.router) for one in found]
        if not routes:
            return ()
        said = [
            f"`{route.method} {path}` leads to it ({route.framework})"
            for route in routes
            for path in self._paths(route)
        ]
        return (*dict.fromkeys(said), self._client(routes[0].framework, fixtures, list(plugins)))

    def _client(self, framework: str, fixtures: Sequence[Fixture], plugins: Sequence[str]) -> str:
        for fixture in fixtures:
            if "client" in fixture.name.lower():
                return f"the fixture `{fixture.name}` of {fixture.where} is a client, by its name"
        wanted = "aiohttp_client" if framework == "aiohttp" else "client"
        app = self._site.applications.get(framework, "app")
        if wanted in plugins and framework == "aiohttp":
            return f"`await aiohttp_client({app})`, with the fixture of that name, is a client"
        if wanted in plugins and framework == "Django":
            return "the fixture `client` is Django's; `@pytest.mark.django_db` lets a test use the database"
        return _CLIENTS[framework].format(app=app)

    def _paths(self, route: Route) -> Iterator[str]:
        for before in self._before(route.router, route.framework, _DEPTH):
            yield _joined(before, route.path, route.framework)

    def _before(self, router: Place, framework: str, depth: int) -> Iterator[str]:
        """What stands before the paths of a router, once for each place where it is included."""
        own = self._site.prefixes.get(router, "")
        places = self._site.included.get(router, []) if depth else []
        if not places:
            yield own
        for outer, prefix in places:
            # Flask takes the prefix of the registration in place of the blueprint's own.
            inner = prefix if prefix and framework == "Flask" else prefix + own
            for before in self._before(outer, framework, depth - 1):
                yield before + inner


def _joined(before: str, path: str, framework: str) -> str:
    joined = before + path
    return f"/{joined.lstrip('/')}" if framework == "Django" or not joined.startswith("/") else joined


class _Reader:
    """Reads one module into a site."""

    def __init__(self, module: str, text: str, site: _Site, *, is_package: bool) -> None:
        self._module, self._site, self._is_package = module, site, is_package
        self._tree = parsed(text)
        self._names: dict[str, Place] = {}
        roots: dict[str, None] = {}
        for node in top_level(self._tree):
            if isinstance(node, ast.ImportFrom):
                where = origin(node, module, is_package=is_package)
                roots[where.partition(".")[0]] = None
                self._names.update({alias.asname or alias.name: (where, alias.name) for alias in node.names})
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    roots[alias.name.partition(".")[0]] = None
                    self._names[alias.asname or alias.name] = (alias.name, "")
        self._framework = next((name for root, name in _FRAMEWORKS.items() if root in roots), "")

    def read(self) -> None:
        if not self._framework:
            return
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                self._assigned(node.targets, node.value)
            elif isinstance(node, ast.Call):
                self._called(node)
        for owner, function in _handlers(self._tree):
            self._decorated(owner, function)
            made = (n for n in ast.walk(function) if isinstance(n, ast.Call))
            if not owner and any(_last(call.func) in _APPLICATIONS for call in made):
                self._site.applications.setdefault(self._framework, f"{self._module}.{function.name}()")

    def _assigned(self, targets: Sequence[ast.expr], call: ast.Call) -> None:
        made = _last(call.func)
        for target in targets:
            if isinstance(target, ast.Name) and made in (*_ROUTERS, *_APPLICATIONS):
                self._site.prefixes[self._module, target.id] = _keyword(call, _PREFIXES)
                if made in _APPLICATIONS and target in _top_targets(self._tree):
                    self._site.applications[self._framework] = f"{self._module}.{target.id}"

    def _decorated(self, owner: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in function.decorator_list:
            if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
                continue
            verb = decorator.func.attr
            path = _text(decorator.args[0]) if decorator.args else _keyword(decorator, ("path", "rule"))
            if path is None or verb not in (*_VERBS, "route", "api_route"):
                continue
            methods = _methods(decorator) if verb in ("route", "api_route") else [verb.upper()]
            self._add((self._module, owner + function.name), methods, path, self._place(decorator.func.value))

    def _called(self, call: ast.Call) -> None:
        name, args = _last(call.func), call.args
        on = self._place(call.func.value) if isinstance(call.func, ast.Attribute) else ("", "")
        if name in ("include_router", "register_blueprint", "mount") and args:
            router = args[1] if name == "mount" and len(args) > 1 else args[0]
            prefix = (_text(args[0]) or "") if name == "mount" else _keyword(call, _PREFIXES)
            self._site.included.setdefault(self._place(router), []).append((on, prefix))
        elif name in ("add_url_rule", "add_api_route", "add_route", "Route"):
            paths = [text for arg in args if (text := _text(arg)) is not None and text.startswith("/")]
            views = [arg for arg in args if _text(arg) is None and not isinstance(arg, ast.List)]
            views += [k.value for k in call.keywords if k.arg in ("view_func", "endpoint")]
            if paths and views:
                verbs = [t for arg in args if (t := _text(arg)) and t.lower() in _VERBS] or _methods(call)
                self._add(self._view(views[-1]), verbs, paths[0], on)
        elif self._framework == "aiohttp" and name.removeprefix("add_") in _VERBS and len(args) > 1:
            if (path := _text(args[0])) is not None:
                self._add(self._view(args[1]), [name.removeprefix("add_").upper()], path, ("", ""))
        elif self._framework == "Django" and name in ("path", "re_path") and len(args) > 1:
            self._django(args, _text(args[0]) or "")

    def _django(self, args: Sequence[ast.expr], path: str) -> None:
        here: Place = (self._module, "urlpatterns")
        view = args[1]
        if isinstance(view, ast.Call) and _last(view.func) == "include" and view.args:
            module = _text(view.args[0])
            self._site.included.setdefault((module or "", "urlpatterns"), []).append((here, path))
        else:
            self._add(self._view(view), ["GET or POST"], path, here)

    def _view(self, node: ast.expr) -> Place:
        """The function or class behind an expression: ``views.Books.as_view()`` is of ``Books``."""
        if isinstance(node, ast.Call):
            node = (
                node.func.value
                if isinstance(node.func, ast.Attribute) and node.func.attr == "as_view"
                else node.func
            )
        return self._place(node)

    def _place(self, node: ast.expr) -> Place:
        if isinstance(node, ast.Name):
            return self._names.get(node.id, (self._module, node.id))
        if isinstance(node, ast.Attribute):
            module, name = self._place(node.value)
            return (f"{module}.{name}" if name else module, node.attr)
        return ("", "")

    def _add(self, handler: Place, methods: Iterable[str], path: str, router: Place) -> None:
        routes = self._site.routes.setdefault(handler, [])
        routes += [Route(self._framework, method, path, router) for method in methods]


def _handlers(
    tree: ast.AST, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix, node
        elif isinstance(node, ast.ClassDef):
            yield from _handlers(node, f"{prefix}{node.name}.")


def _top_targets(tree: ast.Module) -> list[ast.expr]:
    return [target for node in top_level(tree) if isinstance(node, ast.Assign) for target in node.targets]


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword(call: ast.Call, names: Sequence[str]) -> str:
    return next((text for k in call.keywords if k.arg in names and (text := _text(k.value)) is not None), "")


def _methods(call: ast.Call) -> list[str]:
    for keyword in call.keywords:
        if keyword.arg == "methods" and isinstance(keyword.value, (ast.List, ast.Tuple, ast.Set)):
            return [text for item in keyword.value.elts if (text := _text(item)) is not None]
    return ["GET"]
