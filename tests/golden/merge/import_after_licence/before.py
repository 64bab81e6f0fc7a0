# Copyright the shop
# SPDX-License-Identifier: MIT


def test_old():
    assert True
