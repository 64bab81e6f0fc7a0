from types import SimpleNamespace
from unittest.mock import Mock

from shipping.dispatch import dispatch


def client(**kwargs):
    """A client whose parcels all get the same code."""
    return Mock(**{"send.return_value": SimpleNamespace(code="T1"), **kwargs})


def test_dispatch():
    assert dispatch(client(), "1", 10) == "T1"
