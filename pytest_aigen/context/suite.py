"""What the live session knows: test modules, fixtures, test libraries. The only reader of pytest's fixture manager."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import Fixture, Observation, Suite

#: Distributions that a test may use when they are installed, plugins of pytest or not.
_TEST_LIBRARIES = (
    "pytest-mock", "pytest-asyncio", "anyio", "hypothesis", "freezegun", "time-machine", "pytest-httpx", "responses",
    "respx", "pytest-django", "pytest-flask", "pytest-aiohttp", "pytest-httpserver", "requests-mock", "aioresponses",
    "factory-boy", "pytest-factoryboy", "pyfakefs",
)  # fmt: skip
_NO_PLUGINS = ("freezegun", "responses", "aioresponses", "factory-boy")
#: pytest's own markers, which need no registering.
_MARKERS = {
    "filterwarnings", "skip", "skipif", "xfail", "parametrize", "usefixtures", "tryfirst", "trylast",
}  # fmt: skip
#: Of a marker's or a fixture's words.
_LONGEST = 80
_MOST_FIXTURES = 8
#: Plugins whose fixtures are about ports and event loops.
_LOOPS = ("anyio", "pytest-asyncio")


def suite_of(session: pytest.Session) -> Suite:
    """What collecting showed; failures are not known yet.

    A module is one that holds test functions and belongs to the project: a source file with doctests, or one that a
    linter's plugin collects, is none.
    """
    root = session.config.rootpath.resolve()
    paths = dict.fromkeys(item.path for item in session.items if isinstance(item, pytest.Function))
    resolved = (path.resolve() for path in paths)
    modules = dict.fromkeys(path for path in resolved if path.suffix == ".py" and path.is_relative_to(root))
    return Suite(
        tuple(modules),
        tuple(_fixtures(session)),
        (),
        tuple(_tools(session)),
        markers=tuple(_markers(session)),
        plugin_fixtures=_plugin_fixtures(session),
    )


def _fixtures(session: pytest.Session) -> Iterator[tuple[str, Fixture]]:
    """Fixtures of the project's own files; those of pytest and its plugins are known by their names alone."""
    root = session.config.rootpath
    for definition in sorted(_definitions(session), key=lambda found: (found.argname, found.baseid or "")):
        name, function = definition.argname, inspect.unwrap(definition.func)
        file = Path(getattr(getattr(function, "__code__", None), "co_filename", ""))
        if not file.is_relative_to(root) or "site-packages" in file.parts or name.startswith("_"):
            continue
        doc = (inspect.getdoc(function) or "").partition("\n")[0]
        signature = f"{name}({', '.join(definition.argnames)})"
        where = file.relative_to(root).as_posix()
        params = _in_words(definition.params) if definition.params else ""
        yield (
            definition.baseid or "",
            Fixture(
                name,
                str(definition.scope),
                signature,
                doc,
                where,
                _is_plain(definition),
                _promised(function),
                params,
            ),
        )


def _in_words(params: Iterable[Any]) -> str:
    """The values of a fixture; of objects without a literal only the type."""
    plain = (bool, int, float, str, bytes, type(None))
    words = ", ".join(repr(p) if type(p) in plain else f"a {type(p).__name__}" for p in params)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


def _plugin_fixtures(session: pytest.Session) -> dict[str, tuple[str, ...]]:
    """Names of function-scoped fixtures of installed test libraries."""
    config = session.config
    plugins = {
        str(dist.project_name).lower(): str(getattr(plugin, "__name__", "")).partition(".")[0]
        for plugin, dist in config.pluginmanager.list_plugin_distinfo()
    }
    packages = {
        package: name
        for name, package in plugins.items()
        if package and name in _TEST_LIBRARIES and name not in _LOOPS
    }
    found: dict[str, dict[str, None]] = {}
    for definition in _definitions(session):
        package = str(getattr(definition.func, "__module__", "")).partition(".")[0]
        if package in packages and definition.scope == "function" and not definition.argname.startswith("_"):
            found.setdefault(packages[package], {})[definition.argname] = None
    return {name: tuple(sorted(names))[:_MOST_FIXTURES] for name, names in sorted(found.items())}


def _markers(session: pytest.Session) -> Iterator[str]:
    """Registered markers, in words those that the suite uses, and by name the others, which most often are of plugins."""
    in_use = {mark.name for item in session.items for mark in item.iter_markers()}
    lines = [line.strip() for line in session.config.getini("markers")]
    named = {re.split(r"[:(]", line)[0].strip(): line for line in lines if line}
    for name in sorted((named.keys() - _MARKERS) & in_use):
        line = named[name]
        yield line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
    yield from sorted(named.keys() - _MARKERS - in_use)


def _is_plain(definition: Any) -> bool:
    function = inspect.unwrap(definition.func)
    waits = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    return definition.scope == "function" and definition.params is None and not waits


def _promised(function: Any) -> str:
    """The class that the annotation of a fixture names, of a generator that of what it yields; empty where there is none."""
    try:
        hint = typing.get_type_hints(function).get("return")
    except Exception:  # names that only a type checker knows
        return ""
    if inspect.isgeneratorfunction(function):
        hint = next(iter(typing.get_args(hint)), None)
    # Python 3.10 takes `list[int]` for an instance of type.
    if typing.get_origin(hint) is not None or not isinstance(hint, type) or hint is type(None):
        return ""
    return class_name(hint)


def class_name(cls: type) -> str:
    """``shop.cart:Cart``."""
    return f"{cls.__module__}:{cls.__qualname__}"


#: The place of a fixture and its name -> the class of its value.
Given: typing.TypeAlias = "dict[tuple[str, str], str]"


def note_fixture(given: Given, definition: Any, value: object) -> None:
    """Note what class a fixture's value is of. Runs no code of the project."""
    if value is not None and definition.scope == "function":
        given[definition.baseid or "", definition.argname] = class_name(type(value))


def with_given(suite: Suite, given: Given) -> Suite:
    """The suite, its fixtures with the classes that their values were seen to be of."""
    fixtures = (
        (base, replace(fixture, gives=given.get((base, fixture.name), fixture.gives)))
        for base, fixture in suite.fixtures
    )
    return replace(suite, fixtures=tuple(fixtures))


def _definitions(session: pytest.Session) -> Iterable[Any]:
    """pytest's fixture definitions. There is no public way to list them: ``--fixtures`` reads the same names."""
    manager: Any = getattr(session, "_fixturemanager", None)
    if hasattr(manager, "_get_all_fixture_defs"):
        return list(manager._get_all_fixture_defs())
    by_name: Mapping[str, Iterable[Any]] = getattr(manager, "_arg2fixturedefs", {})  # before pytest 9.1
    return [definition for definitions in by_name.values() for definition in definitions]


def _tools(session: pytest.Session) -> Iterator[str]:
    """Test libraries; ``anyio: in use`` where the project's async tests carry its mark, and not pytest-asyncio's."""
    config = session.config
    marks = {
        mark.name
        for item in session.items
        for mark in item.iter_markers()
        if mark.name in ("anyio", "asyncio")
    }
    installed = {dist.project_name.lower() for _, dist in config.pluginmanager.list_plugin_distinfo()}
    for name in _TEST_LIBRARIES:
        if name in installed or config.pluginmanager.has_plugin(name) or _is_installed(name):
            if name == "pytest-asyncio":
                mode = config.getoption("asyncio_mode", None) or config.getini("asyncio_mode") or "strict"
                yield f"pytest-asyncio: {mode}"
            elif name == "anyio" and marks == {"anyio"}:
                yield "anyio: in use"
            else:
                yield name


def _is_installed(name: str) -> bool:
    """Whether there is a library of this name that is no plugin."""
    if name not in _NO_PLUGINS:
        return False
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def visible_fixtures(suite: Suite, nodeid: str) -> tuple[Fixture, ...]:
    """The fixtures that a test module with this node id can use from other files."""
    folders = {"", *(nodeid[:end] for end, char in enumerate(nodeid) if char == "/")}
    return tuple(fixture for base, fixture in suite.fixtures if base in folders or base == ".")


def own_fixtures(suite: Suite, nodeid: str) -> tuple[Fixture, ...]:
    """The fixtures of the test module itself."""
    return tuple(fixture for base, fixture in suite.fixtures if base == nodeid)


def to_plain(suite: Suite) -> dict[str, Any]:
    """The suite in builtin types, as xdist's workers can send them."""
    return {
        "modules": [str(path) for path in suite.modules],
        "fixtures": [[base, list(astuple(fixture))] for base, fixture in suite.fixtures],
        "tools": list(suite.tools),
        "markers": list(suite.markers),
        "plugin_fixtures": {name: list(fixtures) for name, fixtures in suite.plugin_fixtures.items()},
        "observations": [
            [str(one.path), one.qualname, one.line, [list(pair) for pair in one.arguments], one.receiver]
            for one in suite.observations
        ],
    }


def from_plain(plain: Mapping[str, Any]) -> Suite:
    """What `to_plain` made."""
    return Suite(
        tuple(Path(path) for path in plain["modules"]),
        tuple((base, Fixture(*fields)) for base, fields in plain["fixtures"]),
        (),
        tuple(plain["tools"]),
        markers=tuple(plain["markers"]),
        plugin_fixtures={name: tuple(fixtures) for name, fixtures in plain["plugin_fixtures"].items()},
        observations=tuple(
            Observation(
                Path(path), qualname, line, tuple((name, value) for name, value in arguments), receiver
            )
            for path, qualname, line, arguments, receiver in plain["observations"]
        ),
    )
