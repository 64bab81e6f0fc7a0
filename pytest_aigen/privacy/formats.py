"""The formats of keys and tokens, as those who issue them document them."""

from __future__ import annotations

import re
from typing import NamedTuple

from pytest_aigen.patterns import regex


class Format(NamedTuple):
    """A kind of secret that is known by its looks. The secret is the group ``secret``, or all of a match."""

    kind: str
    #: One of these is in every text that holds such a secret: looking for them is quick.
    marks: tuple[str, ...]
    pattern: re.Pattern[str]


def _format(kind: str, text: str, *marks: str) -> Format:
    return Format(kind, marks, regex(text))


#: No letter or digit before.
_B = r"(?<![A-Za-z0-9])"
_TOKEN = r"[A-Za-z0-9_-]"

#: Those without a space: each stands in one word.
WORDS = (
    _format("aws-key", rf"{_B}(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{{16}}(?![0-9A-Za-z])", "AKIA", "ASIA", "ABIA", "ACCA"),
    _format("github-token", rf"{_B}gh[pousr]_[A-Za-z0-9]{{20,}}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _format("github-token", rf"{_B}github_pat_\w{{22,}}", "github_pat_"),
    _format("gitlab-token", rf"{_B}gl(?:pat|dt|rt|soat|ptt|ft|imt|agent|cbt|oas|ffct)-[\w.-]{{20,}}", "gl"),
    _format("slack-token", rf"{_B}xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{{10,}}", "xox"),
    _format("slack-token", rf"{_B}xapp-\d-[A-Za-z0-9-]{{10,}}", "xapp-"),
    _format("webhook-url", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/+-]{20,})", "hooks.slack.com"),
    _format("webhook-url", r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(?P<secret>\d+/[\w-]{20,})", "/api/webhooks/"),
    _format("webhook-url", r"https://[\w.-]+\.webhook\.office\.com/webhookb2/(?P<secret>[\w@/-]{36,})", "webhook.office.com"),
    _format("stripe-key", rf"{_B}[rs]k_(?:live|test)_[A-Za-z0-9]{{10,}}", "k_live_", "k_test_"),
    _format("stripe-key", rf"{_B}whsec_[A-Za-z0-9+/=]{{24,}}", "whsec_"),
    _format("anthropic-key", rf"{_B}sk-ant-{_TOKEN}{{16,}}", "sk-ant-"),
    _format("openai-key", rf"{_B}sk-(?!ant-)(?=[A-Za-z_-]*\d){_TOKEN}{{20,}}", "sk-"),
    _format("google-key", rf"{_B}AIza{_TOKEN}{{35}}", "AIza"),
    _format("google-token", rf"{_B}(?:GOCSPX-{_TOKEN}{{20,}}|ya29\.{_TOKEN}{{20,}}|1//0{_TOKEN}{{40,}})", "GOCSPX-", "ya29.", "1//0"),
    _format("sendgrid-key", rf"{_B}SG\.{_TOKEN}{{16,}}\.{_TOKEN}{{30,}}", "SG."),
    _format("twilio-key", rf"{_B}(?:AC|SK)[0-9a-f]{{32}}(?![0-9a-f])", "AC", "SK"),
    _format("mailchimp-key", rf"{_B}[0-9a-f]{{32}}-us\d{{1,2}}\b", "-us"),
    _format("mailgun-key", rf"{_B}(?:key|pubkey)-[0-9a-f]{{32}}(?![0-9a-f])", "key-"),
    _format("npm-token", rf"{_B}npm_[A-Za-z0-9]{{30,}}", "npm_"),
    _format("npm-token", r"_authToken\s*=\s*(?P<secret>[\w.+/=-]{8,})", "_authToken"),
    _format("pypi-token", rf"{_B}pypi-AgE{_TOKEN}{{40,}}", "pypi-AgE"),
    _format("jwt", rf"{_B}eyJ{_TOKEN}{{8,}}\.eyJ{_TOKEN}{{8,}}(?:\.{_TOKEN}*)?", "eyJ"),
    _format("discord-token", rf"{_B}[MNO]{_TOKEN}{{23,27}}\.{_TOKEN}{{6}}\.{_TOKEN}{{27,}}", "."),
    _format("telegram-token", rf"{_B}\d{{8,10}}:AA{_TOKEN}{{33}}", ":AA"),
    _format("azure-key", r"(?:AccountKey|SharedAccessKey|SharedSecret)=(?P<secret>[A-Za-z0-9+/=]{20,})", "AccountKey=", "SharedAccessKey=", "SharedSecret="),
    _format("azure-key", r"[?&]sig=(?P<secret>[A-Za-z0-9%+/=_-]{20,})", "sig="),
    _format("digitalocean-token", rf"{_B}do[opr]_v1_[0-9a-f]{{64}}", "_v1_"),
    _format("huggingface-token", rf"{_B}(?:hf|api_org)_[A-Za-z0-9]{{30,}}", "hf_", "api_org_"),
    _format("replicate-token", rf"{_B}r8_[A-Za-z0-9]{{30,}}", "r8_"),
    _format("groq-key", rf"{_B}gsk_[A-Za-z0-9]{{40,}}", "gsk_"),
    _format("xai-key", rf"{_B}xai-[A-Za-z0-9]{{40,}}", "xai-"),
    _format("perplexity-key", rf"{_B}pplx-[A-Za-z0-9]{{40,}}", "pplx-"),
    _format("shopify-token", rf"{_B}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}", "shp"),
    _format("databricks-token", rf"{_B}dapi[0-9a-f]{{32}}", "dapi"),
    _format("vault-token", rf"{_B}hv[sbr]\.{_TOKEN}{{24,}}", "hvs.", "hvb.", "hvr."),
    _format("square-token", rf"{_B}(?:sq0[a-z]{{3}}-{_TOKEN}{{22,}}|EAAA{_TOKEN}{{60}})", "sq0", "EAAA"),
    _format("facebook-token", rf"{_B}EAA[A-Za-z0-9]{{80,}}", "EAA"),
    _format("dropbox-token", rf"{_B}sl\.(?:u\.)?{_TOKEN}{{60,}}", "sl."),
    _format("newrelic-key", rf"{_B}NR(?:AK|JS|II|RA)-[A-Za-z0-9-]{{19,}}", "NRAK-", "NRJS-", "NRII-", "NRRA-"),
    _format("grafana-token", rf"{_B}(?:glsa_[A-Za-z0-9]{{32}}_[0-9a-f]{{8}}|glc_[A-Za-z0-9+/=]{{32,}})", "glsa_", "glc_"),
    _format("linear-key", rf"{_B}lin_(?:api|oauth)_[A-Za-z0-9]{{32,}}", "lin_"),
    _format("notion-token", rf"{_B}(?:ntn_[A-Za-z0-9]{{40,}}|secret_[A-Za-z0-9]{{43}})", "ntn_", "secret_"),
    _format("postman-key", rf"{_B}PMAK-[0-9a-f]{{24}}-[0-9a-f]{{34}}", "PMAK-"),
    _format("doppler-token", rf"{_B}dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{{40,}}", "dp."),
    _format("atlassian-token", rf"{_B}AT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{{24,}}", "ATATT", "ATCTT", "ATBB"),
    _format("terraform-token", rf"{_B}[A-Za-z0-9]{{14}}\.atlasv1\.{_TOKEN}{{60,}}", ".atlasv1."),
    _format("pulumi-token", rf"{_B}pul-[0-9a-f]{{40}}", "pul-"),
    _format("age-key", rf"{_B}AGE-SECRET-KEY-1[0-9A-Z]{{40,}}", "AGE-SECRET-KEY-1"),
    _format("sentry-token", rf"{_B}sntry[su]_[A-Za-z0-9+/=_-]{{40,}}", "sntry"),
    _format("sentry-dsn", r"https://(?P<secret>[0-9a-f]{32}(?::[0-9a-f]{32})?)@", "@"),
    _format("docker-token", rf"{_B}dckr_[po]at_{_TOKEN}{{20,}}", "dckr_"),
    _format("rubygems-key", rf"{_B}rubygems_[0-9a-f]{{48}}", "rubygems_"),
    _format("heroku-key", rf"{_B}HRKU-{_TOKEN}{{30,}}", "HRKU-"),
    _format("fly-token", rf"{_B}(?:fo1_{_TOKEN}{{40,}}|fm[12][ar]?_[A-Za-z0-9+/=_-]{{60,}})", "fo1_", "fm1", "fm2"),
    _format("planetscale-token", rf"{_B}pscale_(?:tkn|pw|oauth)_[\w=.-]{{30,}}", "pscale_"),
    _format("supabase-key", rf"{_B}(?:sbp_[0-9a-f]{{40}}|sb_secret_{_TOKEN}{{20,}})", "sbp_", "sb_secret_"),
    _format("figma-token", rf"{_B}fig[dor]_{_TOKEN}{{40,}}", "figd_", "figo_", "figr_"),
    _format("airtable-token", rf"{_B}pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}", "pat"),
    _format("artifactory-token", rf"{_B}(?:AKCp[A-Za-z0-9]{{60,}}|cmVmdGtu[A-Za-z0-9]{{50,}})", "AKCp", "cmVmdGtu"),
    _format("cloudflare-key", rf"{_B}v1\.0-[0-9a-f]{{24}}-[0-9a-f]{{100,}}", "v1.0-"),
    _format("twitter-token", rf"{_B}A{{20,}}[A-Za-z0-9%]{{40,}}", "AAAAAAAAAAAAAAAAAAAA"),
    _format("url-key", r"[?&](?:access_|auth_|api_|refresh_|id_|private_|client_)?(?:key|token|secret|signature|password|passwd|apikey|X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature)=(?P<secret>[^\s&\"'<>`#]{8,})", "="),
)  # fmt: skip

#: What stands round a secret, rather than what is in it. Each begins with letters of its own, which are quick to find.
PHRASES = (
    _format("url-password", r"://[^\s:/@\"'<>`]*:(?P<secret>[^\s@/\"'<>`]+)@", "://"),
    *(
        _format("authorization", rf"{word}\s+(?P<secret>(?=[A-Za-z_.~/+-]*\d)[A-Za-z0-9._~+/-]{{16,}}={{0,2}})", word)
        for word in ("earer", "EARER", "asic", "BASIC", "oken", "TOKEN")
    ),
    *(
        _format("authorization", rf"{word}[\"']?\s*[:=,]\s*[\"']?(?i:basic|bearer|token)\s+(?P<secret>[A-Za-z0-9._~+/-]{{6,}}={{0,2}})", word)
        for word in ("uthorization", "UTHORIZATION")
    ),
    _format("password", r"login\s+\S+\s+password\s+(?P<secret>\S+)", "login"),
    _format("password", r"--(?:password|passwd|pass|token|secret|api-key|apikey|auth-token)[ =](?P<secret>(?=\S*[0-9!@#%^&*])[^\s\"'`<>{}\[\]()]{6,})", "--"),
    _format("password", r"curl\b[^\n]*\s(?:-u|--user)[ =]?[\"']?[\w.@-]+:(?P<secret>[^\s\"'`<>{}]{4,})", "curl"),
)  # fmt: skip

EMAIL = Format(
    "email",
    ("@",),
    regex(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b"),
)  # fmt: skip

#: Domains that stand for none.
_NOBODY = regex(r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:example|invalid|test))$", re.I)


def is_nobodys(email: str) -> bool:
    """Whether an address is one that belongs to nobody, such as ``me@example.com``."""
    return bool(_NOBODY.search(email))


# ------------------------------------------------------------------------------------------- private keys

_BEGIN = regex(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|Private-Lines: ?\d+|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")  # fmt: skip
_END = regex(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|Private-MAC|---- END SSH2 ENCRYPTED PRIVATE KEY ----")  # fmt: skip
#: What a line of a key holds behind the number, the quotes or the prefix of a literal that it may begin with.
_KEY_LINE = regex(
    r"(?:^|(?<=\\n)|(?<=\\r))(?:[> ]*\d+(?= )|[-+E#]? )?[ \t]*\(?[bBrRfFuU]{0,2}[\"'`]{0,3}(?P<secret>[A-Za-z0-9+/=]+)(?=[\"'`\\\s,)]|$)",
    re.M,
)
_LONG = regex(r"(?P<secret>[A-Za-z0-9+/]{16,}={0,2})")


def private_keys(text: str) -> list[tuple[int, int]]:
    """Where the lines of private keys are; their first and last lines stay, as do numbers and quotes round them.

    A key whose end is missing goes on to the end of the text, but only its long lines are taken for such.
    """
    if "PRIVATE KEY" not in text and "Private-Lines" not in text:
        return []
    found = []
    for begin in _BEGIN.finditer(text):
        end = _END.search(text, begin.end())
        last = end.start() if end else len(text)
        for pattern in (_KEY_LINE, _LONG) if end else (_LONG,):
            found += [match.span("secret") for match in pattern.finditer(text, begin.end(), last)]
    return found
