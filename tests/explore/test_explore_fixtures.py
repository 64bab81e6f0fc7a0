"""Which fixtures the engine asks for, and what it does with them."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_aigen.data import NOTHING, Context, Fixture, Gap, Target
from pytest_aigen.explore import effects, fixtures, render
from pytest_aigen.explore.calls import SetupFailed, perform, prepare
from pytest_aigen.explore.fixtures import Offers, staged
from pytest_aigen.explore.generator import usable
from pytest_aigen.explore.observe import Returned, Seen
from pytest_aigen.explore.recipes import Arg, Call, New, Ref, Requested, build

ORDERED = "collections:OrderedDict"


def fixture(
    name: str, gives: str = "", *, is_plain: bool = True, where: str = "tests/conftest.py"
) -> Fixture:
    return Fixture(name, "function", f"{name}()", "", where, is_plain, gives)


@pytest.mark.parametrize(
    ("gives", "cls", "fits"),
    [
        pytest.param(ORDERED, OrderedDict, True, id="the class"),
        pytest.param(ORDERED, dict, True, id="a subclass of it"),
        pytest.param("builtins:dict", OrderedDict, False, id="a base of it"),
        pytest.param("", dict, False, id="nobody knows"),
        pytest.param("collections:Nothing", dict, False, id="a class that is not there"),
        pytest.param("tests.nowhere:Thing", dict, False, id="a module that is not there"),
        pytest.param("collections:namedtuple", object, False, id="no class"),
    ],
)
def test_fixtures_that_give_an_instance(gives: str, cls: type, fits: bool) -> None:
    assert Offers([fixture("things", gives)]).giving(cls) == ([Requested("things")] if fits else [])


@pytest.mark.parametrize(
    ("name", "gives", "hint", "fits"),
    [
        pytest.param("things", ORDERED, dict, True, id="of that name and class"),
        pytest.param("things", "", dict, True, id="of that name"),
        pytest.param("things", ORDERED, dict[str, int], True, id="no class to look at"),
        pytest.param("things", ORDERED, list, False, id="of another class"),
        pytest.param("thing", ORDERED, dict, False, id="of another name"),
    ],
)
def test_fixtures_for_an_argument(name: str, gives: str, hint: Any, fits: bool) -> None:
    assert Offers([fixture("things", gives)]).named(name, hint) == ([Requested("things")] if fits else [])


@pytest.mark.parametrize(
    ("one", "used"),
    [
        pytest.param(fixture("cart"), True, id="plain"),
        pytest.param(fixture("cart", is_plain=False), False, id="shared by tests"),
        pytest.param(fixture("shop"), False, id="hides the module under test"),
    ],
)
@pytest.mark.parametrize("own", [False, True], ids=["of a conftest file", "of the test module"])
def test_fixtures_that_are_used(one: Fixture, used: bool, own: bool) -> None:
    gap = Gap(Path("/p/shop/cart.py"), "total", 1, 2, frozenset({2}))
    target = Target(gap, "shop.cart", Path("/p/tests/test_cart.py"))
    context = Context(target, gap, "shop/cart.py", "", "", {})
    context = replace(context, own_fixtures=(one,)) if own else replace(context, fixtures=(one,))
    assert usable(context) == ((one,) if used else ())


class Fake:
    """Sets up lists: the number of the round, and what was set up in it before."""

    def __init__(self) -> None:
        self.round = 1
        self.set_up: dict[str, Any] = {}

    def value(self, name: str) -> object:
        if name == "skips":
            pytest.skip("not here")
        if name == "fails":
            raise OSError("no such thing")
        if name == "slow":
            time.sleep(2 * fixtures._SLOW)
        assert not effects.belt().on, "what fixtures do is allowed"
        return self.set_up.setdefault(name, [self.round, *self.set_up])

    def renew(self) -> None:
        self.round += 1
        self.set_up = {}


LENGTH = Ref("builtins", "len")


def asks(*names: str) -> Call:
    return Call("function", Ref("builtins", "zip"), tuple(Arg(name, Requested(name)) for name in names))


def test_every_call_has_its_own_and_all_of_one_call_belong_together() -> None:
    with staged(Fake()):
        assert prepare(asks("a", "b")).positional == [[1], [1, "a"]]
        prepared = prepare(asks("a", "a"))
        assert prepared.positional == [[2], [2]]
        assert prepared.positional[0] is prepared.positional[1]
        assert perform(replace(asks("b"), function=LENGTH)) == (1, "plain")


def test_the_last_round_is_torn_down() -> None:
    values = Fake()
    with staged(values):
        build(Requested("a"))
    assert values.round == 2


@pytest.mark.parametrize("name", ["skips", "fails"])
def test_a_fixture_that_cannot_be_set_up_is_no_test(name: str) -> None:
    with staged(Fake()), pytest.raises(SetupFailed):
        prepare(asks(name))


def test_a_fixture_that_takes_long_is_asked_for_no_more() -> None:
    with staged(Fake()):
        prepare(asks("slow"))
        prepare(asks("slow"))
        with pytest.raises(SetupFailed, match="takes long"):
            prepare(asks("slow"))


def test_without_fixtures_there_is_no_value() -> None:
    with staged(None), pytest.raises(SetupFailed, match="no recipe"):
        prepare(asks("a"))


@pytest.mark.parametrize(
    ("call", "lines"),
    [
        pytest.param(
            Call("method", Ref("shop", "Cart.total"), receiver=Requested("cart")),
            ["def test_it(cart):", "    assert cart.total() == 0"],
            id="the object of a method",
        ),
        pytest.param(
            Call("function", Ref("shop", "total"), (Arg("cart", Requested("cart")),)),
            ["from shop import total", "", "", "def test_it(cart):", "    assert total(cart) == 0"],
            id="an argument",
        ),
        pytest.param(
            Call("function", Ref("shop", "cart"), (Arg("cart", Requested("cart")),)),
            ["import shop", "", "", "def test_it(cart):", "    assert shop.cart(cart) == 0"],
            id="a function of that name",
        ),
        pytest.param(
            Call(
                "method",
                Ref("shop", "Cart.total"),
                (Arg("other", Requested("cart")),),
                receiver=New(Ref("shop", "Cart"), (Requested("owner"),)),
            ),
            [
                "from shop import Cart", "", "", "def test_it(owner, cart):", "    the_cart = Cart(owner)",
                "    assert the_cart.total(cart) == 0",
            ],
            id="a part of an object, and a variable of that name",
        ),
    ],
)  # fmt: skip
def test_how_it_is_written(call: Call, lines: list[str]) -> None:
    text = render.module(Seen(call, Returned(0), (), NOTHING), "test_it")
    assert text.strip("\n").split("\n") == lines
