import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([1, 2], 3),
        ([], 0),
        ([1, 2, 3], 6),  # aigen: shop.basket:total
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


def test_last():
    pass
