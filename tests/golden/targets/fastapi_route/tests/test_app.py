from orders.models import Customer


def test_orders_of_nobody(client):
    assert client.get("/api/customers/1/orders").status_code == 404


def test_no_orders(client, session):
    session.add(Customer(name="Ann"))
    session.commit()
    assert client.get("/api/customers/1/orders").json() == []
