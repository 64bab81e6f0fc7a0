import pytest

try:
    import tomllib
except ImportError:
    tomllib = None

numbers = pytest.importorskip("numbers")


def test_numbers():
    assert numbers.Number
