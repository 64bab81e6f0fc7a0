# test_total_of_more shop.basket:total
from shop.basket import total

PRICES = [3]

def double(prices, deep=False):
    if deep:
        return double(prices)
    return [2 * p for p in prices]

def test_total_of_more():
    text = f"{PRICES!r:>4}{double(PRICES)}"
    class Row:
        PRICES = "row"
    match [1, 2]:
        case [double_, *rest]:
            assert rest == [2] and double_ == 1
    def local(double):
        return double, dict(PRICES=double)
    assert text == " [3][6]"
    assert local(5) == (5, {"PRICES": 5})
    assert total(double(PRICES, deep=True)) == 6 and Row.PRICES == "row"
