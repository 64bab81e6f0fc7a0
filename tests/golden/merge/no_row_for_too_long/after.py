import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([1, 2], 3),
        ([], 0),
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


# aigen: shop.basket:total
def test_total_of_three():
    assert total([1000000001, 1000000002, 1000000003, 1000000004, 1000000005, 1000000006]) == 6000000021


def test_last():
    pass
