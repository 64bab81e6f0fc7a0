import datetime as datetime_2
from datetime import datetime

from shop.basket import cheapest as cheapest_2, total


def cheapest():
    return 0


def test_total():
    assert total([cheapest(), datetime.min.year]) == 1


# aigen: shop.basket:total
def test_total_of_dates():
    class Row:
        datetime = 1
    assert total([datetime_2.date.min.year, cheapest_2([1])]) == 2
    assert dict(datetime=Row.datetime, cheapest=2) == {"datetime": 1, "cheapest": 2}
