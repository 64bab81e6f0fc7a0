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


def test_last():
    pass
