import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (1, 1),
        (2, 2),
    ],
)
def test_total(prices, expected):
    assert total([int(prices)]) == expected


# aigen: shop.basket:total
def test_total_of_three():
    assert total([int("1")]) == 1


def test_last():
    pass
