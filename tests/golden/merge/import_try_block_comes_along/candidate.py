# test_cheapest shop.basket:cheapest
try:
    import tomllib as toml
except ImportError:
    toml = None
from shop.basket import cheapest

def test_cheapest():
    assert cheapest([2, 1]) == 1
    assert toml is None or toml
