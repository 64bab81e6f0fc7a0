from functools import wraps

from flask import Blueprint, abort, current_app, jsonify, request

from .db import NotFound

bp = Blueprint("notes", __name__)


def needs_token(view):
    """Only for requests with the right token."""

    @wraps(view)
    def wrapped(*args, **kwargs):
        expected = current_app.config.get("TOKEN")
        if expected is not None and request.headers.get("X-Token") != expected:
            abort(401)
        return view(*args, **kwargs)

    return wrapped


@bp.get("/")
def index():
    return jsonify(current_app.store.all())


@bp.route("/<int:number>", methods=["GET", "PUT"])
@needs_token
def note(number):
    """One note; PUT changes its text."""
    try:
        found = current_app.store.get(number)
    except NotFound:
        return jsonify(error="no such note"), 404
    if request.method == "PUT":
        text = (request.get_json(silent=True) or {}).get("text")
        if not text:
            return jsonify(error="text is missing"), 400
        if len(text) > current_app.config["MAX_LENGTH"]:
            abort(413)
        found["text"] = text
    return jsonify(found)
