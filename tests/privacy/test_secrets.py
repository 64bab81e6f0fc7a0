"""What is taken for a secret, and what is not."""

from __future__ import annotations

import ast
import hashlib
import string
import uuid
from pathlib import Path

import pytest

from pytest_aigen.privacy import secrets
from pytest_aigen.privacy.redaction import Redactor
from tests.privacy.planted import Planted, planted, private_keys

CORPUS = planted(1)
KEYS = private_keys(1)
#: How a text reaches a prompt.
WAYS = {
    "code": "def call():\n    return Client({}, timeout=3)\n",
    "a comment": "limit = 3  # not {} but another\n",
    "a docstring": '    """Give it {}.\n\n    Then call."""\n',
    "marked source": ">   12     client = {}\n    13     return client\n",
    "test output": "E       AssertionError: assert {} == ''\nE         + where {} = f()\n",
}


def test_there_are_enough() -> None:
    assert len(CORPUS) >= 40
    assert len({secret.kind for secret in CORPUS.values()}) >= 15


@pytest.mark.parametrize("seed", range(20))
def test_every_planted_secret_is_gone(seed: int) -> None:
    """In each way, whatever it is made of: 100 %."""
    left = []
    for name, secret in planted(seed).items():
        for way, text in WAYS.items():
            given = text.replace("{}", secret.planted)
            if secret.secret in (done := Redactor().text(given)):
                left.append((name, way, given, done))
    assert left == []


@pytest.mark.parametrize("secret", CORPUS.values(), ids=CORPUS)
def test_its_kind_is_named(secret: Planted) -> None:
    (found,) = secrets.find(secret.planted)
    assert (found.kind, secret.planted[found.start : found.end]) == (secret.kind, secret.secret)


@pytest.mark.parametrize("secret", [s for s in CORPUS.values() if s.text == '"{}"' or " = " in s.text])
def test_code_goes_on_to_parse(secret: Planted) -> None:
    code = secret.planted if " = " in secret.text else f"key = {secret.planted}"
    done = Redactor().text(code)
    assert "<redacted:" in ast.unparse(ast.parse(done))


@pytest.mark.parametrize("name", KEYS)
def test_private_keys_are_gone(name: str) -> None:
    lines, show = KEYS[name]
    text = show("")
    done = Redactor().text(text)
    assert [line for line in lines if line in done] == []
    assert lines[-1][:8] not in done, "the last, short line as well"
    assert done.count("\n") == text.count("\n")
    assert "BEGIN" in done, "it stays visible what it is"
    assert "<redacted:private-key>" in done
    if "literal" in name or "escapes" in name or "joined" in name:
        ast.parse(done)


def test_a_key_that_was_cut() -> None:
    lines, show = KEYS["rsa plain"]
    text = show("")
    for cut in (text[: len(text) // 2], text[len(text) // 2 :], "\n".join(lines[1:3])):
        done = Redactor().text(cut)
        assert [line for line in lines if len(line) > 16 and line in done] == []


HARMLESS = {
    "an alphabet": repr(string.ascii_letters + string.digits),
    "base64's alphabet": repr(string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"),
    "digits": repr(string.digits * 4),
    "punctuation": repr(string.punctuation),
    "md5": repr(hashlib.md5(b"a").hexdigest()),
    "sha1": repr(hashlib.sha1(b"a").hexdigest()),
    "sha256": repr(hashlib.sha256(b"a").hexdigest()),
    "sha512": f"assert digest(b'a') == {hashlib.sha512(b'a').hexdigest()!r}",
    "a commit": f"rev = '{hashlib.sha1(b'b').hexdigest()}'",
    "integrity": "integrity='sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "a uuid": repr(str(uuid.UUID(int=0x12345678123456781234567812345678))),
    "a long name": "'test_that_a_request_without_a_body_is_refused_with_status_400'",
    "a camel-case name": "'getHTTPResponseCodeForUserAccount2'",
    "a dotted name": "'django.contrib.auth.password_validation.MinimumLengthValidator'",
    "a path": "'/usr/local/lib/python3.12/site-packages/pkg/module2.py'",
    "a URL": "'https://docs.python.org/3.12/library/stdtypes.html#str.splitlines'",
    "a URL with a port": "'http://localhost:8080/a@b'",
    "a URL template": "f'postgres://{user}:{password}@{host}/db'",
    "a URL with names": "'postgres://user:password@host/db'",
    "a mime type": "'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'",
    "a date": "'2024-01-31T23:59:59.123456+00:00'",
    "a picture": "'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'",
    "a format": "'%(asctime)s:%(levelname)s:%(name)s:%(message)s'",
    "a pattern": "re.compile('[A-Za-z0-9_-]{20,}[.][A-Za-z0-9]+')",
    "test data": "'abcdefghijklmnopqrstuvwxyz0123456789'",
    "a parameter": "def login(user: str, password: str = '') -> Token: ...",
    "a call": "password = get_password(user1, timeout=30)",
    "a name for a name": "PASSWORD_FIELD = 'user_password_1'",
    "a stand-in": "password = 'your-password-here'",
    "an example": "api_key = 'test_api_key'",
    "a word for itself": "token = 'token'",
    "a question": "password = getpass('Enter your password: ')",
    "a help text": "add_argument('--password', help='The password of the user')",
    "a sort key": "sort_key = 'created_at_desc'",
    "a cache key": "cache_key = 'user:profile:v2'",
    "a token type": "token_type = 'urn:ietf:params:oauth:token-type:jwt'",
    "an author": "__author__ = 'Jane Doe 2nd'",
    "an environment name": "os.environ['DB_PASSWORD']",
    "a setting": "secret = settings.SECRET_KEY",
    "a keyword": "tokens=self.tokens2.values()",
    "an annotation": "secret: Annotated[SecretStr2, Field()]",
    "sk-learn": "'sk-learn-compatible-estimators'",
    "a slug": "'desk-organizer-with-drawers-and-shelves'",
    "a redaction": "key = '<redacted:aws-key>'",
    "an e-mail address": "'jane.doe@shop.org'",
    "hex numbers": "[0x123456789abcdef0, 0xfedcba9876543210]",
    "lorem ipsum": "'Loremipsumdolorsitametconsecteturadipiscingelit'",
    "roman": "'MDCLXVIMDCLXVIMDCLXVI'",
    "a css class": "'btn-primary-2xl-hover:bg-blue-500'",
}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_this_project_holds_none() -> None:
    """Nor do these tests: what is planted is made of parts. What the documentation shows is no secret."""
    root = Path(__file__).parents[2]
    files = [*(root / "pytest_aigen").rglob("*.py"), *Path(__file__).parent.glob("*.py")]
    texts = {path: path.read_text("utf-8") for path in files}
    found = {text[s.start : s.end] for text in texts.values() for s in secrets.find(text)}
    assert found <= {"opensesame", "swordfish", "hunter22", "blue-mondays-4ever"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [("'jane.doe@shop.org'", False), ("'me@example.com'", True), ("@pytest.mark.x", True), ("a @ b.c", True)],
)
def test_addresses_on_request(text: str, kept: bool) -> None:
    assert (Redactor(emails=True).text(text) == text) is kept
