# test_total shop.basket:total
import pytest
from shop.basket import total
from pathlib import Path
import os


@pytest.fixture
def prices(tmp_path: Path) -> list:
    assert os.path.isdir(tmp_path)
    return [1, 2]


def test_total(prices):
    assert total(prices) == 3
