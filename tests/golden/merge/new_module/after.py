import os
from pathlib import Path

import pytest

from shop.basket import total


@pytest.fixture
def prices(tmp_path: Path) -> list:
    assert os.path.isdir(tmp_path)
    return [1, 2]


# aigen: shop.basket:total
def test_total(prices):
    assert total(prices) == 3
