import pytest

from notes.db import Store

TEXTS = ["a", "b"]


def fill(app, *texts):
    """Add notes, and return their numbers."""
    return [app.store.add(text) for text in texts]


def test_index(app, client):
    fill(app, *TEXTS)
    assert [note["text"] for note in client.get("/notes/").get_json()] == TEXTS


@pytest.mark.web
def test_note(app, client):
    (number,) = fill(app, "a")
    assert client.get(f"/notes/{number}").get_json() == {"id": 1, "text": "a", "tags": []}


def test_store():
    assert Store().all() == []
