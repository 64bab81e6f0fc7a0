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


def test_last():
    pass
