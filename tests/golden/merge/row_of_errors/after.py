import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "error"),
    [
        (None, TypeError),
        (3, TypeError),  # aigen: shop.basket:total
    ],
)
def test_refused(prices, error):
    with pytest.raises(error):
        total(prices)
