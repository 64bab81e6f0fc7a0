import pytest
from shop.inventory import Inventory


@pytest.fixture
def inventory():
    """Three shirts and twenty mugs."""
    return Inventory({"SH-100": 3, "MG-200": 20})
