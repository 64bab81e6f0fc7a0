import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        pytest.param([1, 2], 3, id="two"),
        pytest.param([], 0, id="none"),
        pytest.param([1, 2, 3], 6, id="of_three"),  # aigen: shop.basket:total
    ],
)
def test_total(prices, expected):
    assert total(prices) == expected


def test_last():
    pass
