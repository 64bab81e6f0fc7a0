import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([1, 2], 3),
        ([], 0),
    ],
    ids=repr,
)
def test_total(prices, expected):
    assert total(prices) == expected


# aigen: shop.basket:total
def test_total_of_three():
    assert total([1, 2, 3]) == 6


def test_last():
    pass
