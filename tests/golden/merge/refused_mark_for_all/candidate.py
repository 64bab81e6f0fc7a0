# test_sum shop.basket:total
import pytest
pytestmark = pytest.mark.skip

def test_sum():
    pass
