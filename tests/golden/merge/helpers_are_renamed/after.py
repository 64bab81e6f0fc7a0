from shop.basket import total

PRICES = [1, 2]


def double(prices):
    return prices * 2


def test_total():
    assert total(double(PRICES)) == 6


PRICES_2 = [3]


def double_2(prices, deep=False):
    if deep:
        return double_2(prices)
    return [2 * p for p in prices]


# aigen: shop.basket:total
def test_total_of_more():
    text = f"{PRICES_2!r:>4}{double_2(PRICES_2)}"
    class Row:
        PRICES = "row"
    match [1, 2]:
        case [double_, *rest]:
            assert rest == [2] and double_ == 1
    def local(double):
        return double, dict(PRICES=double)
    assert text == " [3][6]"
    assert local(5) == (5, {"PRICES": 5})
    assert total(double_2(PRICES_2, deep=True)) == 6 and Row.PRICES == "row"
