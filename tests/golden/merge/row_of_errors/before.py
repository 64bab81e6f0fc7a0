import pytest

from shop.basket import total


@pytest.mark.parametrize(
    ("prices", "error"),
    [
        (None, TypeError),
    ],
)
def test_refused(prices, error):
    with pytest.raises(error):
        total(prices)
