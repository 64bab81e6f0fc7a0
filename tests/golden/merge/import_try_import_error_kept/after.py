from shop.basket import total

try:
    import simplejson as json
except ImportError:
    import json


def test_old():
    assert json.loads('1') == 1


# aigen: shop.basket:total
def test_new():
    assert total(json.loads('[1]')) == 1
