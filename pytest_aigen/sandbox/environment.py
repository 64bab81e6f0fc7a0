"""The environment that generated code may see."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping

from pytest_aigen.patterns import regex

_SECRET_NAME = regex(
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
_SECRET_VALUE = regex(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s:@]*:[^/\s@]+@")
#: How the tokens of some issuers begin, JSON web tokens and private keys among them.
_ISSUED = regex(
    r"""(?<![A-Za-z0-9])(sk-|gh[opsur]_|github_pat_|glpat-|xox[abprs]-|A[KS]IA[0-9A-Z]{12}|AIza|hf_|pypi-|npm_|eyJ[\w-]+\.eyJ)
    [A-Za-z0-9_.-]{4} | -----BEGIN\ [A-Z ]*PRIVATE\ KEY""",
    re.VERBOSE,
)
#: What a token without such a mark looks like: no path, no list, no words, no version.
_TOKEN = regex(r"[A-Za-z0-9+_=-]{20,200}")
_HEX = regex(r"[0-9a-fA-F]{32,}")
_UUID = regex(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: The longest piece without hyphens has at least so many characters, and each so many bits: words have fewer.
_PIECE, _CHANCE = 16, 3.4
#: Names of hexadecimal numbers that anybody may know.
_PUBLIC = regex(
    r"(SHA|COMMIT|REV|REVISION|REF|HASH|DIGEST|CHECKSUM|ID|UUID|BUILD|VERSION)\d*$", re.IGNORECASE
)


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
    return bool(
        _SECRET_NAME.search(name)
        or _SECRET_VALUE.search(value)
        or _ISSUED.search(value)
        or _is_chance(name, value)
    )


def _is_chance(name: str, value: str) -> bool:
    """Whether the value looks drawn by lot.

    >>> _is_chance("ANYTHING", "dGhpcyBpc0Eq" "9Zk2LmX7vQ1p"), _is_chance("LANGUAGES", "english_german_french_2")
    (True, False)
    """
    if _HEX.fullmatch(value):
        return not _PUBLIC.search(name)
    if not _TOKEN.fullmatch(value) or _UUID.fullmatch(value):
        return False
    piece = max(re.split("[+_=-]", value), key=len)
    if len(piece) < _PIECE or not all(re.search(kind, piece) for kind in ("[a-z]", "[A-Z]", "[0-9][A-Za-z]")):
        return False
    shares = [count / len(piece) for count in Counter(piece).values()]
    return -sum(share * math.log2(share) for share in shares) >= _CHANCE
