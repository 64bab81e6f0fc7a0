# test_three shop.basket:total
import pytest
from shop.basket import total

# Three of them.
@pytest.mark.parametrize("third", [3, 4])
def test_three(third, tmp_path):
    # a comment
    text = """
  left alone
"""
    assert total([1, 2, third]) == 3 + third, text
