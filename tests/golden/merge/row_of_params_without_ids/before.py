import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        pytest.param([1, 2], 3),
        pytest.param([], 0, marks=pytest.mark.filterwarnings("ignore"))
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


def test_last():
    pass
