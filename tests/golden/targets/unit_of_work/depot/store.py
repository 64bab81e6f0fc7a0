from __future__ import annotations

from typing import NamedTuple


class Conflict(Exception):
    """Somebody else was faster."""


class Record(NamedTuple):
    value: int
    version: int = 0

    def next(self, value: int) -> Record:
        """The record after this one."""
        return Record(value, self.version + 1)


class Store:
    def __init__(self, **records: Record) -> None:
        self._records = records

    def read(self, name: str) -> Record | None:
        return self._records.get(name)

    def write(self, name: str, record: Record) -> None:
        """Raises Conflict where the version is not the next one."""
        old = self._records.get(name)
        if old is not None and record.version != old.version + 1:
            raise Conflict(name)
        self._records[name] = record
