import pytest

from notes import create_app


@pytest.fixture
def app():
    """An application that trusts everybody."""
    return create_app({"TESTING": True})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(params=["short", "long text with words"])
def text(request):
    return request.param
