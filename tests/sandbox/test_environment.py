"""Credentials go, the rest stays."""

from __future__ import annotations

import pytest

from pytest_aigen.sandbox.environment import scrubbed

DROPPED = [
    ("OPENAI_API_KEY", "x"),
    ("openai_api_key", "x"),
    ("OPENAI_BASE_URL", "x"),
    ("AZURE_OPENAI_ENDPOINT", "x"),
    ("ANTHROPIC_AUTH", "x"),
    ("AWS_ACCESS_KEY_ID", "x"),
    ("AWS_PROFILE", "x"),
    ("GITHUB_TOKEN", "x"),
    ("GH_TOKEN", "x"),
    ("API_KEY", "x"),
    ("MY_APIKEY", "x"),
    ("DJANGO_SECRET_KEY", "x"),
    ("CLIENT_SECRET", "x"),
    ("PGPASSWORD", "x"),
    ("DB_PASSWD", "x"),
    ("DB_PASS", "x"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "x"),
    ("SENTRY_DSN", "x"),
    ("DATABASE_URL", "sqlite://"),
    ("HTTPS_PROXY", "http://user:secret@proxy:3128"),
    ("PIP_INDEX_URL", "https://user:secret@index/simple"),
    ("ANYTHING", "redis://:secret@host"),
]
KEPT = [
    ("PATH", "/usr/bin"),
    ("PYTHONPATH", "src"),
    ("HOME", "/home/me"),
    ("LANG", "C.UTF-8"),
    ("PWD", "/here"),
    ("TZ", "UTC"),
    ("VIRTUAL_ENV", "/venv"),
    ("DJANGO_SETTINGS_MODULE", "site.settings"),
    ("MONKEY", "x"),
    ("KEYBOARD", "x"),
    ("PASSENGERS", "x"),
    ("AUTHOR", "x"),
    ("TOKENIZERS_PARALLELISM", "false"),
    ("HTTPS_PROXY", "http://proxy:3128"),
    ("PYTEST_ADDOPTS", "-q"),
    ("PYTHONHASHSEED", "0"),
    ("TERM", "xterm"),
]


@pytest.mark.parametrize(("name", "value"), DROPPED)
def test_dropped(name: str, value: str) -> None:
    assert scrubbed({name: value}) == {}


@pytest.mark.parametrize(("name", "value"), KEPT)
def test_kept(name: str, value: str) -> None:
    assert scrubbed({name: value}) == {name: value}
