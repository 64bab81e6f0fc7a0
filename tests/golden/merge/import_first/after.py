#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""Tests of the basket.

Two paragraphs.
"""

from shop.basket import cheapest


def test_nothing():
    pass


# aigen: shop.basket:cheapest
def test_cheapest():
    assert cheapest([2, 1]) == 1
