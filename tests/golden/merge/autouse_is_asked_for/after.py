import pytest
from pytest import fixture
from shop.basket import total


def test_old(request):
    assert "patched" not in request.fixturenames


@fixture(scope='function')
def patched():
    yield 5


@fixture
def other(patched):
    assert patched == 5


class TestTotal:
    # aigen: shop.basket:total
    @pytest.mark.usefixtures("patched", "other")
    def test_mine(self, request):
        assert "patched" in request.fixturenames
        assert "other" in request.fixturenames
        assert total([]) == 0
