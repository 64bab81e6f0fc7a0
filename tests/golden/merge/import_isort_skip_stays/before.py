import sys  # isort: skip
from shop.basket import zero  # isort: skip


def test_old():
    assert sys and zero() == 0
