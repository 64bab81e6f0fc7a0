# test_cheapest shop.basket:cheapest
from __future__ import annotations
import os
import pytest
from shop.basket import Basket, cheapest

def test_cheapest():
    os = 1
    assert cheapest([2, os]) == 1
