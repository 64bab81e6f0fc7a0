"""``--ai-gen-report=shard:PATH``: what came of one shard, for ``pytest-aigen merge``.

Like the report of the last run it belongs to one version of this package, and whatever it says, it runs nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_aigen import kept
from pytest_aigen.data import Report, Shard
from pytest_aigen.data.shard import place
from pytest_aigen.errors import AigenError
from pytest_aigen.kept import KeptError
from pytest_aigen.reports import files

if TYPE_CHECKING:
    from pytest_aigen.settings import Settings

#: Says what the file is.
KIND = "pytest-aigen shard"


@dataclass(frozen=True, slots=True)
class Part:
    """What came of one shard."""

    #: Of the file, as the user wrote it.
    name: str
    shard: Shard
    report: Report
    #: Digests of the source files as they were, by their paths relative to the root.
    sources: Mapping[str, str]
    #: ``--ai-gen-comment``
    comment: bool


def digests(report: Report) -> dict[str, str]:
    """Digests of the source files as they are now, by path; empty for one that cannot be read."""
    return {place(path, report.root): _digest(path) for path in sorted(report.before.files)}


def _digest(path: Path) -> str:
    """The same whichever newlines a checkout has."""
    try:
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    except OSError:
        return ""


def dumped(report: Report, *, comment: bool) -> bytes:
    body = {
        "is": KIND,
        "comment": comment,
        "sources": digests(report),
        "run": json.loads(kept.dumped(report)),
    }
    return json.dumps(body, separators=(",", ":")).encode()


def loaded(data: bytes, name: str, root: Path) -> Part:
    """What was dumped, with its files below this root. Raises AigenError that names the file."""
    try:
        body = json.loads(data)
        if not isinstance(body, dict) or body.get("is") != KIND:
            raise KeptError("it is not of --ai-gen-report=shard:PATH")
        report = kept.loaded(json.dumps(body["run"]).encode(), root)
        sources = {str(path): str(digest) for path, digest in body["sources"].items()}
        if report.shard is None:
            raise KeptError("it is of no shard")
        return Part(name, report.shard, report, sources, body["comment"] is True)
    except KeptError as error:
        raise AigenError(f"{name}: {error}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AigenError(f"{name}: it is damaged: {type(error).__name__}: {error}") from error


@pytest.hookimpl
def pytest_aigen_report(report: Report, settings: Settings, config: pytest.Config) -> None:
    if report.shard is not None:
        files.save("shard", lambda: dumped(report, comment=settings.comment), settings, config)
