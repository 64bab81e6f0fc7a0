"""Puts placeholders in place of secrets: the same secret has the same one as long as a run lasts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from pytest_aigen.data import Redaction, Rejected, Report
from pytest_aigen.patterns import regex
from pytest_aigen.privacy import secrets
from pytest_aigen.privacy.randomness import looks_random

_PLACEHOLDER = regex(r"<redacted:[a-z0-9-]+>")
_SECRET_NAME = regex(
    r"PASS(WORD|WD|PHRASE|_|$)|PWD$|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE|AUTH|ENCRYPTION|SIGNING|MASTER|ACCOUNT)_?KEY",
    re.IGNORECASE,
)
_ABOUT = regex(r"_(FILE|PATH|DIR|URL|URI|ID|NAME|REGION|HOST|SOCK|TYPE|TTL)$|^(PWD|OLDPWD)$", re.IGNORECASE)  # fmt: skip
_ONE_WORD = regex(r"[A-Za-z0-9+=_-]{32,}")
_MOST_CACHED = 256


class Redactor:
    """Redacts texts. What it once found is redacted wherever it appears again, known by its looks or not."""

    def __init__(self, *, emails: bool = False, values: Iterable[str] = ()) -> None:
        """``values``: secrets of the environment, by themselves."""
        self._emails = emails
        self._placeholders: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, str] = {}
        self._places: dict[str, set[str]] = {}
        self._numbers: Counter[str] = Counter()
        self._everywhere: dict[str, str] = {}
        self._sent: dict[str, str] = {}
        self._cache: dict[tuple[str, int], str] = {}
        for value in sorted(set(values), key=len, reverse=True):
            self._everywhere[value] = self._placeholder("environment-value", value)

    def text(self, text: str, place: str = "") -> str:
        """The text without its secrets; ``place``: the file that it is of.

        Line breaks, and what stands round a secret, stay: code goes on to parse.
        """
        key = text, len(self._everywhere)
        if key not in self._cache:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            done = self._redacted(text)
            self._cache[text, len(self._everywhere)] = self._cache[key] = done
        done = self._cache[key]
        if place and "<redacted:" in done:
            for placeholder in set(_PLACEHOLDER.findall(done)) & self._kinds.keys():
                self._places.setdefault(placeholder, set()).add(place)
        return done

    def _redacted(self, text: str) -> str:
        parts, last = [], 0
        for secret in secrets.find(text, emails=self._emails):
            value = text[secret.start : secret.end]
            placeholder = self._placeholder(secret.kind, value)
            if _is_distinct(value):
                self._everywhere.setdefault(value, placeholder)
            parts += [text[last : secret.start], placeholder]
            last = secret.end
        done = "".join([*parts, text[last:]])
        for value, placeholder in self._everywhere.items():
            if value in done:
                done = done.replace(value, placeholder)
        return done

    def _placeholder(self, kind: str, value: str) -> str:
        if value in self._everywhere:
            return self._everywhere[value]
        if (kind, value) not in self._placeholders:
            self._numbers[kind] += kind != "private-key"  # which has many lines
            number = self._numbers[kind]
            placeholder = f"<redacted:{kind}{f'-{number}' if number > 1 else ''}>"
            self._placeholders[kind, value] = placeholder
            self._kinds[placeholder] = kind
        return self._placeholders[kind, value]

    # ------------------------------------------------------------------------------------------ what was sent

    def note_sent(self, text: str, place: str) -> None:
        """Keep in mind which placeholders were sent; ``place`` names the text where nothing better is known."""
        if "<redacted:" in text:
            for placeholder in set(_PLACEHOLDER.findall(text)) & self._kinds.keys():
                self._sent.setdefault(placeholder, place)

    def report(self, report: Report) -> Report:
        """A report in whose words there is no secret, with what was redacted from requests.

        Its edits are as they were: what is written to the user's own files is not changed.
        """
        rejected = {id(v): self._rejected(v) for v in report.rejected}
        return replace(
            report,
            verdicts=tuple(rejected.get(id(verdict), verdict) for verdict in report.verdicts),
            suspects=tuple(
                replace(
                    suspect,
                    rejected=rejected.get(id(suspect.rejected), suspect.rejected),
                    expected=self.text(suspect.expected),
                    actual=self.text(suspect.actual),
                )
                for suspect in report.suspects
            ),
            unreached=tuple(
                replace(left, obstacle=replace(left.obstacle, detail=self.text(left.obstacle.detail)))
                for left in report.unreached
            ),
            notes=tuple(map(self.text, report.notes)),
            detail=self.text(report.detail),
            command=tuple(map(self.text, report.command)),
            redacted=self.sent(),
        )

    def _rejected(self, rejected: Rejected) -> Rejected:
        refusal, run = rejected.refusal, rejected.run
        return replace(
            rejected,
            refusal=replace(refusal, reason=self.text(refusal.reason)),
            run=replace(run, detail=self.text(run.detail), output=self.text(run.output)),
        )

    def sent(self) -> tuple[Redaction, ...]:
        """How many secrets were redacted from what was sent, by kind and place; never the secrets."""
        counts: Counter[tuple[str, str]] = Counter()
        for placeholder, elsewhere in self._sent.items():
            for place in self._places.get(placeholder) or {elsewhere}:
                counts[place, self._kinds[placeholder]] += 1
        return tuple(Redaction(kind, place, count) for (place, kind), count in sorted(counts.items()))


def _is_distinct(value: str) -> bool:
    """Whether a text that holds this value holds the secret, and not a word that happens to be the same."""
    return (len(value) >= 8 and not value.isalpha()) or len(value) >= 16


def secret_values(environ: Mapping[str, str]) -> frozenset[str]:
    """Values of variables that are secrets: by their names, or passwords in URLs.

    >>> sorted(secret_values({"OPENAI_API_KEY": "sk-abc-123", "HOME": "/home/me", "DB": "x://me:hunter22@db/"}))
    ['hunter22', 'sk-abc-123']
    """
    found = set()
    for name, value in environ.items():
        if "://" in value:
            try:
                found.add(urlsplit(value).password or "")
            except ValueError:
                continue
        elif _SECRET_NAME.search(name) and not _ABOUT.search(name):
            found.add(value)
        elif _ONE_WORD.fullmatch(value) and looks_random(value):
            found.add(value)
    return frozenset(value for value in found if _is_distinct(value))
