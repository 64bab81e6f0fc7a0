from shop.basket import total


def test_total():
    assert total([1]) == 1

# Run it alone.
if __name__ == "__main__":
    test_total()
