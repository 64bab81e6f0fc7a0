"""A report as JSON from which the same report is made again, for what shows the last run once more.

Unlike the JSON report, which is for readers outside, it holds every record, and belongs to one version of this package.
Only records of `pytest_aigen.data` are ever made of it: whatever the file says, it runs nothing.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest_aigen
from pytest_aigen import data, unified
from pytest_aigen.data import Accepted, Report, Verdict
from pytest_aigen.data.coverage import spans
from pytest_aigen.errors import AigenError

#: Most lines that are made of a few numbers.
MOST = 10_000_000
#: Lines that are kept around what an edit adds.
CONTEXT = 3


class KeptError(AigenError):
    """What was kept cannot be read."""


def dumped(report: Report) -> bytes:
    """The report as JSON."""
    body = {"version": pytest_aigen.__version__, "report": _Writer().plain(_slim(report))}
    return json.dumps(body, separators=(",", ":")).encode()


def loaded(kept: bytes, root: Path | None = None) -> Report:
    """The report that was dumped, each record that was shared shared again. Raises KeptError.

    With ``root``, what it says of files below its own root is said of those below this one.
    """
    try:
        body = json.loads(kept)
        if body["version"] != pytest_aigen.__version__:
            raise KeptError(
                f"it was kept by pytest-aigen {body['version']}, this is {pytest_aigen.__version__}"
            )
        moved = (Path(body["report"]["of"]["root"]["path"]), root) if root else None
        report = _Reader(moved).value(body["report"])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise KeptError(f"it is damaged: {type(error).__name__}: {error}") from error
    if not isinstance(report, Report):
        raise KeptError("it is damaged: it holds no report")
    return report


def _slim(report: Report) -> Report:
    """Without the whole text of a test module beside each of its tests: what a difference shows of it is enough."""
    return replace(report, verdicts=tuple(map(_slim_verdict, report.verdicts)))


def _slim_verdict(verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Accepted):
        return verdict
    trial = verdict.trial
    before, after = unified.window(trial.edit.before or "", trial.edit.after, CONTEXT)
    edit = replace(trial.edit, before=None if trial.edit.before is None else before, after=after)
    return Accepted(replace(trial, edit=edit, job=replace(trial.job, overlay={}, changes=())))


class _Writer:
    """Gives each record, mapping and set a number when it is written; one that comes again is written as its number."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def plain(self, value: Any) -> Any:
        if value is None or isinstance(value, (str, int, float)):
            # Enumerations of text or numbers are those as well.
            return {"enum": [type(value).__name__, value.name]} if isinstance(value, Enum) else value
        if id(value) in self._numbers:
            return {"again": self._numbers[id(value)]}
        if isinstance(value, (tuple, list)):
            return [self.plain(item) for item in value]
        if isinstance(value, Enum):
            return {"enum": [type(value).__name__, value.name]}
        if isinstance(value, Path):
            return {"path": str(value)}
        if isinstance(value, bytes):
            return {"bytes": base64.b64encode(value).decode()}
        if isinstance(value, (set, frozenset)):
            written = self._set(value)
        elif getattr(data, type(value).__name__, None) is type(value):
            written = self._record(value)
        elif isinstance(value, Mapping):  # to ask that of a class for the first time takes long
            written = {"map": [[self.plain(key), self.plain(item)] for key, item in value.items()]}
        else:
            return str(value)  # what an extension put there is kept as it is shown
        self._numbers[id(value)] = len(self._numbers)
        return written

    def _set(self, value: Collection[Any]) -> Any:
        """Lines as the first and the last of each run, one after the other; branches as their ends."""
        if all(type(item) is int for item in value):
            return {"lines": [end for first, last in spans(value) for end in (first, last)]}
        if all(type(item) is tuple and [*map(type, item)] == [int, int] for item in value):
            return {"branches": [end for branch in sorted(value) for end in branch]}
        return {"set": [self.plain(item) for item in sorted(value, key=str)]}

    def _record(self, value: Any) -> Any:
        kind: Any = type(value)
        fields = {name: self.plain(getattr(value, name)) for name in _names(kind)}
        return {"is": kind.__name__, "of": fields}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


class _Reader:
    def __init__(self, moved: tuple[Path, Path] | None) -> None:
        self._roots = moved
        self._again: list[Any] = []
        self._paths: dict[str, Path] = {}

    def value(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return tuple(map(self.value, plain))
        if not isinstance(plain, dict):
            return plain
        if "is" in plain:
            kind = _record_type(plain["is"])
            return self._numbered(kind(**{name: self.value(item) for name, item in plain["of"].items()}))
        ((tag, inner),) = plain.items()
        if tag == "again":
            return self._again[inner]
        if tag == "enum":
            return _enum_type(inner[0])[inner[1]]
        if tag == "path":
            return self._paths.setdefault(inner, self._moved(Path(inner)))
        if tag == "bytes":
            return base64.b64decode(inner)
        if tag == "lines":
            if sum(last - first for first, last in _pairs(inner)) > MOST:
                raise ValueError("no file has so many lines")
            lines = (range(first, last + 1) for first, last in _pairs(inner))
            return self._numbered(frozenset(chain.from_iterable(lines)))
        if tag == "branches":
            return self._numbered(frozenset(_pairs(inner)))
        if tag == "set":
            return self._numbered(frozenset(map(self.value, inner)))
        if tag == "map":
            return self._numbered({self.value(key): self.value(item) for key, item in inner})
        raise ValueError(f"unknown: {tag!r}")

    def _moved(self, path: Path) -> Path:
        if self._roots is None or not path.is_relative_to(self._roots[0]):
            return path
        return self._roots[1] / path.relative_to(self._roots[0])

    def _numbered(self, value: Any) -> Any:
        self._again.append(value)
        return value


def _pairs(ends: list[int]) -> Iterator[tuple[int, int]]:
    return zip(ends[::2], ends[1::2], strict=True)


def _record_type(name: str) -> Any:
    kind = getattr(data, name, None)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise ValueError(f"no record: {name!r}")
    return kind


def _enum_type(name: str) -> type[Enum]:
    kind = getattr(data, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        raise ValueError(f"no record: {name!r}")
    return kind
