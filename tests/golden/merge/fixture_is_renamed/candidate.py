# test_basket_of_three shop.basket:Basket.__len__
import pytest
from shop.basket import Basket

@pytest.fixture
def basket(size):
    return Basket(range(size))

@pytest.fixture
def size(request):
    return request.param

@pytest.fixture(name="twice")
def make_twice(basket):
    return Basket(basket.items * 2)

@pytest.mark.usefixtures("basket")
@pytest.mark.parametrize("size, more", [(3, 6)], indirect=["size"])
def test_basket_of_three(basket, twice, size, more, request):
    assert len(basket) == size == 3
    assert request.getfixturevalue("basket") is basket
    assert len(twice) == more
    assert [basket for basket in basket.items] == [0, 1, 2]
