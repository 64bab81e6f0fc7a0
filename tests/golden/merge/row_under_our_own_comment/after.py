import pytest

from shop.basket import total


# aigen: shop.basket:total
@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([1, 2], 3),
        ([], 0),
        ([1, 2, 3], 6),
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


def test_last():
    pass
