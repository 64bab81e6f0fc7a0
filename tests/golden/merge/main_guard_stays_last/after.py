from shop.basket import total


def test_total():
    assert total([1]) == 1


# aigen: shop.basket:total
def test_total_of_none():
    assert total([]) == 0


# Run it alone.
if __name__ == "__main__":
    test_total()
