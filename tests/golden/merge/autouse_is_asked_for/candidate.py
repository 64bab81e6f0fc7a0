# TestTotal::test_mine shop.basket:total
from pytest import fixture
from shop.basket import total

@fixture(scope="function",
         autouse=True)
def patched():
    yield 5

@fixture(autouse=True)
def other(patched):
    assert patched == 5

class TestTotal:
    def test_mine(self, request):
        assert "patched" in request.fixturenames
        assert "other" in request.fixturenames
        assert total([]) == 0
