import pytest

from books.models import Book


@pytest.mark.django_db
def test_list(client):
    Book.objects.create(title="Emma")
    assert client.get("/books/").json() == {"books": ["Emma"]}
