"""Docs."""

import pytest

pytest.importorskip("json")

from shop.basket import zero  # noqa: E402
from shop.basket import total


def test_old():
    assert zero() == 0


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
