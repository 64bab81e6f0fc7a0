import pytest

from shop.basket import zero


@pytest.mark.parametrize("text", ["a", "b"])
def test_upper(text):
    """Texts."""
    assert zero() == 0
    assert text.lower() == text
