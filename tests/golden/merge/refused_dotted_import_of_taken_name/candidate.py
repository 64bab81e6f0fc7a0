# test_sum shop.basket:total
import xml.dom

def test_sum():
    assert xml.dom
