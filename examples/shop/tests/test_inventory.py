import pytest
from shop.inventory import Inventory, OutOfStock
from shop.orders import Line, Order
from shop.parsing import read_stock


def test_reserving_makes_pieces_unavailable(inventory):
    assert inventory.reserve("MG-200", 5) == 15
    assert inventory.available("MG-200") == 15


def test_reserving_too_many(inventory):
    with pytest.raises(OutOfStock, match="SH-100: 4 wanted, 3 available"):
        inventory.reserve("SH-100", 4)


def test_adding_to_an_order():
    order = Order("Alice")
    order.add(Line("SH-100", 1999))
    assert order.lines == [Line("SH-100", 1999)]


def test_stock_list(tmp_path):
    path = tmp_path / "stock.csv"
    path.write_text("sku,count\nSH-100,3\nMG-200/L,20\n")
    assert len(Inventory(read_stock(path))) == 2
