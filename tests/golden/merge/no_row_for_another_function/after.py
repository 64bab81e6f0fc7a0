import pytest

from shop.basket import cheapest, total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([1, 2], 1),
        ([], 0),
    ],
)
def test_total(prices, expected):
    assert cheapest(prices or [0]) == expected


def test_last():
    pass


# aigen: shop.basket:total
def test_total_of_three():
    assert total([1, 2, 3]) == 6
