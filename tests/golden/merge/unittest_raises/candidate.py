# test_raises shop.basket:total
import re
import warnings
import pytest
from shop.basket import total

def test_raises():
    with pytest.raises(TypeError):
        total(3)
    with pytest.raises(TypeError, match="not iterable"):
        total(3)
    with pytest.raises(TypeError, match=re.escape("'int' object")) as caught:
        total(3)
    assert "iterable" in str(caught.value)
    with pytest.raises((TypeError, ValueError)) as info:
        total(3)
    assert info.type is TypeError
    assert info.match("iterable")
    with pytest.warns(UserWarning):
        warnings.warn("old")
    with pytest.warns(UserWarning, match="ol"):
        warnings.warn("old")
    with pytest.warns(UserWarning) as record:
        warnings.warn("old")
    assert len(record) == 1
    pytest.raises(TypeError, total, 3)
