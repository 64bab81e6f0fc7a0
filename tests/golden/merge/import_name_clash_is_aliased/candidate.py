# test_total_of_dates shop.basket:total
import datetime
from shop.basket import cheapest, total

def test_total_of_dates():
    class Row:
        datetime = 1
    assert total([datetime.date.min.year, cheapest([1])]) == 2
    assert dict(datetime=Row.datetime, cheapest=2) == {"datetime": 1, "cheapest": 2}
