import os.path
import xml.dom
import xml.sax

from shop.basket import total


def test_path():
    assert os.path


# aigen: shop.basket:total
def test_paths():
    assert os.path and xml.dom and xml.sax and total([]) == 0
