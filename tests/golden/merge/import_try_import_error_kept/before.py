try:
    import simplejson as json
except ImportError:
    import json


def test_old():
    assert json.loads('1') == 1
