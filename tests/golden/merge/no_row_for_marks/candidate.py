# test_total_of_three shop.basket:total
import pytest
from shop.basket import total

@pytest.mark.filterwarnings('ignore')
def test_total_of_three():
    assert total([1, 2, 3]) == 6
