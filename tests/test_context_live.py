"""What loaded modules tell: where a name comes from, and signatures of libraries."""

from __future__ import annotations

import functools
import json
from types import ModuleType
from typing import Any

import pytest

from pytest_aigen.context import live

LIBRARY = """
def plain(a, *, b="x", c={}): ...
async def later(n: int) -> "Later": ...
class Made:
    def __init__(self, url: str, secret=object()): ...
    def method(self): ...
class Odd:
    __signature__ = "none"
    def __init__(self): ...
def many(%s): ...
class Called:
    def __call__(self, x): ...
value = Called()
""" % ", ".join(f"argument_{n}: int = {n}" for n in range(30))  # noqa: UP031


def module(name: str, text: str = "", **given: Any) -> ModuleType:
    made = ModuleType(name)
    exec(compile(text, name, "exec", dont_inherit=True), vars(made))
    vars(made).update(given)
    return made


LIB = module("lib", LIBRARY)
LOADED = {
    "shop.cart": module(
        "shop.cart",
        "def own(): ...\n",
        lib=LIB,
        Made=LIB.Made,
        plain=LIB.plain,
        value=LIB.value,
        json=json,
        dumps=json.dumps,
        number=3,
    )
}


def said(*names: str, most: int = 8) -> list[str]:
    return list(live.signatures(LOADED, "shop.cart", names, lambda name: name.startswith("shop"), most=most))


@pytest.mark.parametrize(
    ("name", "row"),
    [
        pytest.param("plain", "def plain(a, *, b='x', c=...)", id="defaults that say something"),
        pytest.param("lib.later", "async def lib.later(n: int) -> Later", id="through its module"),
        pytest.param("Made", "class Made(url: str, secret=...)", id="a class"),
        pytest.param("Made.method", "def Made.method(self)", id="of a class"),
        pytest.param("own", "", id="of the project"),
        pytest.param("dumps", "", id="of the standard library"),
        pytest.param("number", "", id="no function"),
        pytest.param("value", "", id="an object that can be called"),
        pytest.param("lib.Odd", "", id="without a signature"),
        pytest.param("lib.gone", "", id="not there"),
        pytest.param("value.__call__", "", id="of an object"),
    ],
)
def test_signatures(name: str, row: str) -> None:
    assert said(name) == ([row] if row else [])


def test_long_signatures_are_cut_and_so_is_their_number() -> None:
    (row,) = said("lib.many")
    assert len(row) < 150
    assert row.endswith(", ...)")
    assert len(said("plain", "Made", "lib.later", most=2)) == 2


def test_what_names_are_at_present() -> None:
    loaded = {"shop": module("shop", fast=None, HAS_FAST=False, json=json, number=3, dumps=json.dumps)}
    names = ["fast", "HAS_FAST", "json", "number", "dumps", "gone", "json.dumps"]
    assert list(live.states(loaded, "shop", names)) == [
        "`fast` of this module is None",
        "`HAS_FAST` of this module is False",
        "`json` of this module is the module `json`",
    ]
    assert list(live.states(loaded, "other", names)) == []


@pytest.mark.parametrize(
    ("package", "there"), [("json", True), ("pytest", True), ("__main__", True), ("no_such_package", False)]
)
def test_what_is_installed(package: str, there: bool) -> None:
    assert live.is_installed(package) is there


def test_a_module_that_is_not_loaded() -> None:
    assert live.signatures({}, "shop.cart", ["plain"], lambda name: False) == ()
    assert live.origin({}, "shop.cart", "own") is None


def wrapped(function: Any) -> Any:
    @functools.wraps(function)
    def inner(*args: Any) -> Any:
        return function(*args)

    return inner


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        pytest.param(wrapped(LIB.plain), ("lib", "plain"), id="decorated"),
        pytest.param(LIB.Made.method, ("lib", "Made"), id="a method of"),
        pytest.param(3, None, id="a number"),
    ],
)
def test_origin(value: Any, origin: tuple[str, str] | None) -> None:
    assert live.origin({"shop": module("shop", thing=value)}, "shop", "thing") == origin


def test_nothing_is_computed() -> None:
    lazy = module("lazy", "def __getattr__(name): raise RuntimeError(name)")
    assert live.origin({"lazy": lazy}, "lazy", "thing") is None
