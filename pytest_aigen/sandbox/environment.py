"""The environment that generated code may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_SECRET_NAME = re.compile(
    r"""
    (^|_)(KEY|APIKEY|TOKEN|SECRET|SECRETS|PASS|PASSWORD|PASSWD|PWD|PASSPHRASE|CREDENTIAL|CREDENTIALS|AUTH|DSN)(_|\d|$)
    | PASSWORD | PASSWD | CREDENTIAL | SECRET | API_?KEY | ACCESS_?KEY | PRIVATE_?KEY
    | TOKEN$ | _URI$
    | ^(DATABASE|DB|REDIS|MONGO|MONGODB|AMQP|BROKER|CELERY_BROKER|RABBITMQ|POSTGRES|MYSQL)_?(URL|URI)$
    | ^(AWS|OPENAI|AZURE|ANTHROPIC|GITHUB|GH|GITLAB|GOOGLE|GCP|GCLOUD|HF|HUGGINGFACE|COHERE|MISTRAL|GROQ|GEMINI
        |DEEPSEEK|REPLICATE|CLOUDFLARE|HEROKU|DIGITALOCEAN|SLACK|STRIPE|TWILIO|SENTRY|NPM|PYPI|TWINE|DOCKER|VAULT
        |KUBECONFIG|SSH|GPG)(_|$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: Names that look like secrets and are none.
_HARMLESS = frozenset({"PWD", "OLDPWD", "PYTHONHASHSEED", "SSH_TTY"})
#: ``scheme://user:password@host``
_SECRET_VALUE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:[^/\s@]+@")


def scrubbed(environ: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """The environment without what looks like a credential, by name or by value; ``keep`` names what stays.

    >>> scrubbed({"PATH": "/bin", "OPENAI_API_KEY": "sk-1", "PROXY": "http://me:secret@proxy"})
    {'PATH': '/bin'}
    """
    return {name: value for name, value in environ.items() if name in keep or not is_secret(name, value)}


def is_secret(name: str, value: str) -> bool:
    """Whether a variable looks like a credential."""
    if name.upper() in _HARMLESS:
        return False
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))
