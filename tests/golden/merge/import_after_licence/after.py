# Copyright the shop
# SPDX-License-Identifier: MIT


from shop.basket import total


def test_old():
    assert True


# aigen: shop.basket:total
def test_new():
    assert total([1]) == 1
