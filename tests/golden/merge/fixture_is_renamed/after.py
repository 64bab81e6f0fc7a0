import pytest
from shop.basket import Basket


@pytest.fixture
def basket():
    return Basket([1])


def test_basket(basket):
    assert len(basket) == 1


@pytest.fixture
def basket_2(size):
    return Basket(range(size))


@pytest.fixture
def size(request):
    return request.param


@pytest.fixture(name="twice")
def make_twice(basket_2):
    return Basket(basket_2.items * 2)


# aigen: shop.basket:Basket.__len__
@pytest.mark.usefixtures("basket_2")
@pytest.mark.parametrize("size, more", [(3, 6)], indirect=["size"])
def test_basket_of_three(basket_2, twice, size, more, request):
    assert len(basket_2) == size == 3
    assert request.getfixturevalue("basket_2") is basket_2
    assert len(twice) == more
    assert [basket for basket in basket_2.items] == [0, 1, 2]
