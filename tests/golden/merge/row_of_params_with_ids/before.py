import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        pytest.param([1, 2], 3, id="two"),
        pytest.param([], 0, id="none"),
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


def test_last():
    pass
