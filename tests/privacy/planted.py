"""Secrets that are none: made at run time, from parts, in the formats of real ones."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from random import Random
from typing import NamedTuple

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
HEX = DIGITS + "abcdef"
BASE62 = string.ascii_letters + DIGITS
BASE64 = BASE62 + "+/"
URL_SAFE = BASE62 + "-_"


class Planted(NamedTuple):
    """A secret, and text in which it stands as it would for a user: ``{}`` is where."""

    kind: str
    secret: str
    text: str = '"{}"'

    @property
    def planted(self) -> str:
        return self.text.format(self.secret)


def planted(seed: int) -> dict[str, Planted]:
    """By name. Another seed makes others."""
    random = Random(seed)

    def chars(count: int, alphabet: str = BASE62) -> str:
        """With a digit and two letters, as any real one of some length has."""
        made = "".join(random.choice(alphabet) for _ in range(count))
        return made if any(map(str.isdigit, made)) and not made.isdigit() else chars(count, alphabet)

    def token(kind: str, prefix: str, count: int, alphabet: str = BASE62, end: str = "") -> Planted:
        return Planted(kind, prefix + chars(count, alphabet) + end)

    def part(text: str) -> str:
        encoded = base64.urlsafe_b64encode(text.encode()).decode()
        return encoded.rstrip("=")

    jwt = ".".join(
        [part('{"alg":"HS256","typ":"JWT"}'), part('{"sub":"42","name":"Ann"}'), chars(43, URL_SAFE)]
    )
    sk, gh, xo = "s" + "k", "g" + "h", "xo" + "x"
    return {
        "aws access key": token("aws-key", "AK" + "IA", 16, UPPER + "234567"),
        "aws session key": token("aws-key", "AS" + "IA", 16, UPPER + "234567"),
        "aws secret key": Planted("key", chars(40, BASE64), 'aws_secret_access_key = "{}"'),
        "github classic": token("github-token", gh + "p_", 36),
        "github oauth": token("github-token", gh + "o_", 36),
        "github app": token("github-token", gh + "s_", 36),
        "github fine-grained": token("github-token", "github" + "_pat_", 82, BASE62 + "_"),
        "gitlab": token("gitlab-token", "gl" + "pat-", 20, URL_SAFE, "x"),
        "gitlab runner": token("gitlab-token", "gl" + "rt-", 20, BASE62),
        "slack bot": Planted("slack-token", f"{xo}b-{chars(12, DIGITS + 'a')}-{chars(13, DIGITS + 'b')}-{chars(24)}"),
        "slack app": Planted("slack-token", f"xa{'pp'}-1-A{chars(10, UPPER + DIGITS)}-{chars(13, DIGITS + 'a')}-{chars(64, HEX)}"),
        "slack webhook": Planted("webhook-url", f"T{chars(8, UPPER + DIGITS)}/B{chars(8, UPPER + DIGITS)}/{chars(24)}", '"https://hooks.slack.com/services/{}"'),
        "discord webhook": Planted("webhook-url", f"1234567890{chars(8, DIGITS + 'a')[:0]}12345678/{chars(68, URL_SAFE)}", '"https://discord.com/api/webhooks/{}"'),
        "discord bot": Planted("discord-token", f"M{chars(25)}.{chars(6)}.{chars(38, URL_SAFE)}"),
        "stripe live": token("stripe-key", sk + "_live_", 24),
        "stripe restricted": token("stripe-key", "r" + "k_live_", 24),
        "stripe webhook": token("stripe-key", "wh" + "sec_", 32),
        "openai old": Planted("openai-key", f"{sk}-{chars(20)}T3Blbk" + "FJ" + chars(20)),
        "openai project": token("openai-key", sk + "-proj-", 74, URL_SAFE, "a"),
        "anthropic": token("anthropic-key", sk + "-ant-api03-", 93, URL_SAFE, "AA"),
        "google api": token("google-key", "AI" + "za", 34, URL_SAFE, "a"),
        "google client": token("google-token", "GO" + "CSPX-", 28, BASE62),
        "google access": token("google-token", "ya" + "29.", 120, URL_SAFE, "a"),
        "sendgrid": Planted("sendgrid-key", f"SG{'.'}{chars(22)}.{chars(43)}"),
        "twilio account": token("twilio-key", "A" + "C", 32, HEX),
        "twilio api": token("twilio-key", "S" + "K", 32, HEX),
        "mailchimp": token("mailchimp-key", "", 32, HEX, "-us" + "14"),
        "mailgun": token("mailgun-key", "ke" + "y-", 32, HEX),
        "npm": token("npm-token", "np" + "m_", 36),
        "npmrc": Planted("npm-token", chars(36, HEX + "-"), "//registry.example.org/:_auth" + "Token={}"),
        "pypi": token("pypi-token", "pypi" + "-AgEIcHlwaS5vcmc", 130, URL_SAFE, "a"),
        "jwt": Planted("jwt", jwt),
        "telegram": Planted("telegram-token", f"{'123456789'}:AA{chars(33, URL_SAFE)}"),
        "azure storage": Planted("azure-key", chars(86, BASE64) + "==", '"DefaultEndpointsProtocol=https;AccountName=shop;Account' + 'Key={};EndpointSuffix=core.windows.net"'),
        "azure sas": Planted("azure-key", chars(43, BASE62) + "%3D", '"https://shop.blob.core.windows.net/a?sv=2022-11-02&sig={}&sp=r"'),
        "digitalocean": token("digitalocean-token", "do" + "p_v1_", 64, HEX),
        "huggingface": token("huggingface-token", "h" + "f_", 34, string.ascii_letters + "5"),
        "replicate": token("replicate-token", "r" + "8_", 37),
        "groq": token("groq-key", "gs" + "k_", 52),
        "shopify": token("shopify-token", "shp" + "at_", 32, HEX),
        "databricks": token("databricks-token", "da" + "pi", 32, HEX),
        "vault": token("vault-token", "hv" + "s.", 90, URL_SAFE, "a"),
        "square": token("square-token", "sq" + "0csp-", 42, URL_SAFE, "a"),
        "new relic": token("newrelic-key", "NR" + "AK-", 27, UPPER + DIGITS),
        "grafana": Planted("grafana-token", f"gl{'sa_'}{chars(32)}_{chars(8, HEX)}"),
        "linear": token("linear-key", "lin" + "_api_", 40),
        "notion": token("notion-token", "nt" + "n_", 46),
        "postman": Planted("postman-key", f"PM{'AK-'}{chars(24, HEX)}-{chars(34, HEX)}"),
        "doppler": token("doppler-token", "dp" + ".pt.", 43),
        "atlassian": token("atlassian-token", "AT" + "ATT3", 180, BASE62, "=1A2B3C4D"),
        "terraform": Planted("terraform-token", f"{chars(14)}.atlas{'v1.'}{chars(66)}"),
        "age": token("age-key", "AGE-SECRET" + "-KEY-1", 58, UPPER + DIGITS),
        "docker": token("docker-token", "dc" + "kr_pat_", 27, URL_SAFE),
        "rubygems": token("rubygems-key", "ruby" + "gems_", 48, HEX),
        "airtable": Planted("airtable-token", f"pa{'t'}{chars(14)}.{chars(64, HEX)}"),
        "url password": Planted("url-password", chars(9), 'DATABASE = "postgres' + '://shop:{}@db.internal:5432/shop"'),
        "redis password": Planted("url-password", chars(12, URL_SAFE), '"redis' + '://:{}@cache/0"'),
        "password in query": Planted("url-key", chars(20), '"https://api.example.org/v1/orders?page=2&api_key={}&n=1"'),
        "bearer header": Planted("authorization", chars(30, URL_SAFE), '{{"Authorization": "Bearer {}"}}'),
        "basic header": Planted("authorization", base64.b64encode(f"shop:{chars(9)}".encode()).decode(), '{{"Authorization": "Basic {}"}}'),
        "curl user": Planted("password", chars(10) + "!", "curl -s -u shop:{} https://api.example.org/orders"),
        "command line": Planted("password", chars(10) + "9", "mysqldump --password={} shop"),
        "password": Planted("password", "open" + "sesame", 'password = "{}"'),
        "password with signs": Planted("password", "Tr0" + "ub4dor&3", "connect(user='shop', password='{}')"),
        "password compared": Planted("password", "hunt" + "er2023!", "if pwd == '{}': ..."),
        "password in a mapping": Planted("password", "Zx9!" + "kLm2", "{{'user': 'shop', 'passwd': '{}'}}"),
        "password default": Planted("password", "Sommer" + "2024!", 'os.environ.get("DB_PASSWORD", "{}")'),
        "password annotated": Planted("password", "v3ry" + "S3cret9", 'password: str = "{}"'),
        "password in variables": Planted("password", "pa55" + "w0rd99x", "SMTP_PASSWORD={}"),
        "secret key": Planted("key", chars(50, BASE62 + "!@#$^&*(-_=+"), "SECRET_KEY = '{}'"),
        "api key in hex": Planted("key", chars(32, HEX), 'api_key="{}"'),
        "client secret": Planted("secret", chars(40), '"client_secret": "{}"'),
        "token by name": Planted("token", chars(24), 'SHOP_TOKEN = b"{}"'),
        "encryption key": Planted("key", chars(64, HEX), "ENCRYPTION_KEY = '{}'"),
        "passphrase": Planted("password", "correct horse " + "battery staple", 'passphrase = "{}"'),
        "netrc": Planted("password", chars(11), "machine api.example.org login shop password {}"),
        "random string": Planted("random-string", chars(40, BASE62), "signer = Signer('{}')"),
        "random base64": Planted("random-string", base64.b64encode(random.randbytes(32)).decode(), 'box = Box("{}")'),
        "random in a sentence": Planted("random-string", chars(48, BASE62), "the server said {} and hung up"),
    }  # fmt: skip


def private_keys(seed: int) -> dict[str, tuple[list[str], Callable[[str], str]]]:
    """By name: the lines that are secret, and a function that shows the key as it stands in a text."""
    random = Random(seed)
    body = base64.b64encode(random.randbytes(290)).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]

    def pem(label: str, head: str = "") -> str:
        name = f"{label} PRIVATE" + " KEY"
        return "\n".join(
            [f"-----BEGIN {name}-----", *([head, ""] if head else []), *lines, f"-----END {name}-----"]
        )

    def same(text: str) -> str:
        return text

    def literal(text: str) -> str:
        return "KEY = '''" + text + "\n'''"

    def escaped(text: str) -> str:
        return 'KEY = "' + text.replace("\n", "\\n") + '"'

    def joined(text: str) -> str:
        return "KEY = (\n" + "\n".join(f'    "{line}\\n"' for line in text.split("\n")) + "\n)"

    def marked(text: str) -> str:
        return "\n".join(f">{n:5} {line}" for n, line in enumerate(text.split("\n"), 12))

    shown = {
        "plain": same,
        "in a literal": literal,
        "with escapes": escaped,
        "joined": joined,
        "marked": marked,
    }
    keys = {
        "rsa": pem("RSA"),
        "ec": pem("EC"),
        "openssh": pem("OPENSSH"),
        "encrypted": pem("RSA", f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{'0123456789ABCDEF' * 2}"),
    }
    return {
        f"{kind} {how}": (lines, lambda _, key=key, show=show: show(key))  # type: ignore[misc]
        for kind, key in keys.items()
        for how, show in shown.items()
    }
