from flask import Flask

from notes.db import Store
from notes.views import bp


def create_app(config=None):
    """The application, with a store of its own."""
    app = Flask(__name__)
    app.config.update(MAX_LENGTH=20)
    app.config.update(config or {})
    app.store = Store()
    app.register_blueprint(bp, url_prefix="/notes")
    return app
