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
    ("ANYTHING", "sk-" + "abcd1234"),
    ("ANYTHING", "prefix ghp_" + "0123abcd"),
    ("ANYTHING", "-----BEGIN RSA PRIVATE KEY-----"),
    ("ANYTHING", "eyJhbGciOi.eyJzdWIiOiI.abc"),
    ("ANYTHING", "Zk2LmX7vQ1pR8sT4uW9yB3nC"),
    ("ANYTHING", "0123456789abcdef0123456789abcdef"),
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
    # Of login shells, desktops, virtual environments and CI services, as they are.
    ("LS_COLORS", "rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35:*.tar=01;31:*.Z=01;31"),
    ("MANPATH", "/usr/local/share/man:/usr/share/man"),
    ("LESSOPEN", "| /usr/bin/lesspipe %s"),
    ("LC_ALL", "en_US.UTF-8"),
    ("VIRTUAL_ENV_PROMPT", "(my-Project-3.11)"),
    ("XDG_SESSION_ID", "3"),
    ("XDG_DATA_DIRS", "/usr/share/gnome:/usr/local/share/:/usr/share/"),
    ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus,guid=0123456789abcdef0123456789abcdef"),
    ("INVOCATION_ID", "0123456789abcdef0123456789abcdef"),
    ("ITERM_SESSION_ID", "w0t0p0:8B1C5C8F-9F3E-4B71-9C4E-0123456789AB"),
    ("TERM_SESSION_ID", "8B1C5C8F-9F3E-4B71-9C4E-0123456789AB"),
    ("COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"),
    ("CI_COMMIT_REF_NAME", "feature/Add-2-new_Tables"),
    ("CI_RUNNER_DESCRIPTION", "5-green.saas-linux-small-amd64.runners-manager"),
    ("RUNNER_NAME", "GitHub-Actions-1000000001"),
    ("ImageVersion", "20240101.1.0"),
    ("JAVA_HOME_17_X64", "/usr/lib/jvm/temurin-17-jdk-amd64"),
    ("BUILD_TAG", "jenkins-My_Project-main-42"),
    ("NODE_OPTIONS", "--max-old-space-size=4096"),
    ("CONDA_PROMPT_MODIFIER", "(base)"),
    ("CFLAGS", "-O2 -fstack-protector-strong -Wformat"),
    ("PIP_INDEX_URL", "https://pypi.org/simple"),
    ("HOSTNAME", "ip-10-0-3-117.eu-west-1.compute.internal"),
    ("WSL_INTEROP", "/run/WSL/11_interop"),
    ("COLORTERM", "truecolor"),
    ("SOME_FEATURE_FLAGS", "new_checkout-2_fast_search"),
]


@pytest.mark.parametrize(("name", "value"), DROPPED)
def test_dropped(name: str, value: str) -> None:
    assert scrubbed({name: value}) == {}


def test_names_that_are_to_be_kept() -> None:
    environ = {"API_KEY": "x", "GH_TOKEN": "y"}
    assert scrubbed(environ, ["API_KEY"]) == {"API_KEY": "x"}


@pytest.mark.parametrize(("name", "value"), KEPT)
def test_kept(name: str, value: str) -> None:
    assert scrubbed({name: value}) == {name: value}
