"""All or nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType

from depot.store import Conflict, Record, Store

RETRIES = 2


@dataclass
class Work(AbstractContextManager["Work"]):
    """Collects changes and writes them at the end."""

    store: Store
    changes: dict[str, Record] = field(default_factory=dict)
    done: bool = False

    def put(self, name: str, value: int) -> None:
        known = self.store.read(name)
        self.changes[name] = known.next(value) if known else Record(value)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is not None:
            self.changes.clear()
            return issubclass(kind, Conflict)
        for attempt in range(RETRIES):
            try:
                self._write()
                break
            except Conflict:
                if attempt + 1 == RETRIES:
                    raise
        self.done = True
        return False

    def _write(self) -> None:
        for name, record in self.changes.items():
            self.store.write(name, record)
