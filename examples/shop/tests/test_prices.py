from shop.prices import apply_discount, format_price, parse_price


def test_parse_price():
    assert parse_price("12.50") == 1250
    assert parse_price(" $1,299.00 ") == 129900


def test_format_price():
    assert format_price(129900) == "$1,299.00"


def test_discount_rounds_half_up():
    assert apply_discount(99, 50) == 50
