"""Source files that candidates reached, to be parsed when there is nothing else to do, once for all later forks."""

from __future__ import annotations

from collections.abc import Callable


class Unparsed:
    """Those that were not parsed yet. False where there is none."""

    def __init__(self, parse: Callable[[str], None]) -> None:
        self._parse = parse
        self._waiting: list[str] = []
        self._seen: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def note(self, result: object) -> None:
        """Remember the files in what a candidate's process says, which may be anything."""
        covered = result.get("covered") if isinstance(result, dict) else None
        if isinstance(covered, dict):
            new = [path for path in covered if path not in self._seen]
            self._seen.update(new)
            self._waiting += new

    def parse_one(self) -> None:
        self._parse(self._waiting.pop())
